"""A group of commands whose modules are imported only when the command is called."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click


class LazyGroup(click.Group):
    """Imports a command when it is asked for, so that the till starts fast.

    `commands` maps a name to module, attribute and the line that the list of commands shows.
    """

    def __init__(self, *args: Any, commands: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        """Keep the table beside what click asks for."""
        super().__init__(*args, **kwargs)
        self._table = commands

    def main(self, args: Sequence[str] | None = None, *values: Any, **extra: Any) -> Any:
        """Run the command that `args` name, those of the process by default, in the language that they ask for."""
        from pos_app.cli.click_words import spoken

        given = sys.argv[1:] if args is None else args
        with spoken(given):
            return super().main(args, *values, **extra)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names of all commands in the order of the documentation."""
        return list(self._table)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, imported now."""
        if cmd_name not in self._table:
            return None
        module, attribute, _ = self._table[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in self._table.items()])

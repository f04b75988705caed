"""The root of the command line; a command's module is imported only when the command is called."""

import importlib

import click

COMMANDS = {
    "demo": (
        "pos_app.cli.demo",
        "demo",
        "Everything on one machine: ledger, shop, members, scanner and till.",
    ),
    "till": ("pos_app.cli.till", "till", "The till."),
    "ledger": ("pos_app.cli.ledger", "ledger", "The central ledger: serve, pair."),
    "programme": ("pos_app.cli.programme", "programme", "Tools for programme files: check."),
    "journal": ("pos_app.cli.journal", "journal", "The journal of a till: verify."),
    "config": ("pos_app.cli.config", "config", "The configuration of a till: show."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, so that the till starts fast."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names of all commands in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assidu", prog_name="assidu")
def main() -> None:
    """Assidu: a loyalty programme that rewards coming back, at the till, with or without a network.

    Example: assidu demo
    """

"""`assidu programme …`: tools for programme files."""

import click

from pos_app.cli.lazy import LazyGroup

COMMANDS = {
    "check": ("pos_app.cli.programme.check", "check", "Every error and warning of programme files."),
}


@click.group(cls=LazyGroup, commands=COMMANDS)
def programme() -> None:
    """Tools for programme files.

    Example: assidu programme check programme.toml
    """

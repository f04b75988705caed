"""`assidu programme …`: tools for programme files."""

import click

from pos_app.cli.lazy import LazyGroup

COMMANDS = {
    "new": ("pos_app.cli.programme.new", "new", "A programme of your own, after three questions."),
    "check": (
        "pos_app.cli.programme.check",
        "check",
        "Errors and warnings of programme files, and how simple they are.",
    ),
    "explain": ("pos_app.cli.programme.explain", "explain", "Why these points, why not that offer, how far."),
    "diff": ("pos_app.cli.programme.diff", "diff", "What two versions of a programme do differently."),
    "backtest": ("pos_app.cli.programme.backtest", "backtest", "Programmes tried on a history of tickets."),
    "transition": (
        "pos_app.cli.programme.transition",
        "transition",
        "What a move to a new programme comes to, and whom to tell.",
    ),
    "publish": (
        "pos_app.cli.programme.publish",
        "publish",
        "Give a programme to the tills, from a day on, to all stores or some.",
    ),
    "withdraw": (
        "pos_app.cli.programme.publish",
        "withdraw",
        "Take a version back: tills go by the one before it.",
    ),
    "published": (
        "pos_app.cli.programme.published",
        "published",
        "Every version at the ledger, and which till runs which.",
    ),
}


@click.group(cls=LazyGroup, commands=COMMANDS)
def programme() -> None:
    """Programme files: their tools, and giving them to the tills.

    Example: assidu programme check programme.toml
    """

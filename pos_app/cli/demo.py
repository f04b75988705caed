"""`assidu demo`: everything on one machine, nothing to set up, nothing left behind."""

import click

from .failure import Failure


@click.group(invoke_without_command=True)
@click.option("--language", "lang", type=click.Choice(["fr", "en"]), default="en", show_default=True)
@click.option(
    "--theme", type=click.Choice(["auto", "dark", "light", "ansi", "mono"]), default="auto", show_default=True
)
@click.pass_context
def demo(context: click.Context, lang: str, theme: str) -> None:
    """A bakery with 2,000 members, its ledger, a simulated scanner and the till, ready to scan.

    Example: assidu demo --language fr
    """
    if context.invoked_subcommand is not None:
        return
    try:
        from pos_app.demo.run import run_demo
    except ImportError as error:
        raise Failure(
            "the demo needs the ledger ({package}): pip install 'assidu[ledger]'.", package=error.name
        ) from error
    from pos_app.faults import CannotStart

    try:
        run_demo(lang, theme)
    except CannotStart as fault:
        raise Failure.of(fault) from fault


@demo.command()
@click.argument("code")
def scan(code: str) -> None:
    """Scan CODE with the simulated scanner of the demo that runs in another terminal.

    Example: assidu demo scan 2965514286174
    """
    from pos_app.demo.control import NoDemo, scan_in_running_demo

    try:
        scan_in_running_demo(code)
    except NoDemo as error:
        raise Failure.of(error) from error

"""The root of the command line; a command's module is imported only when the command is called."""

import click

from pos_app.cli.lazy import LazyGroup

COMMANDS = {
    "demo": (
        "pos_app.cli.demo",
        "demo",
        "Everything on one machine: ledger, shop, members, scanner and till.",
    ),
    "till": ("pos_app.cli.till", "till", "The till."),
    "ledger": (
        "pos_app.cli.ledger",
        "ledger",
        "The central ledger: serve, pair, devices, quarantine, verify, backup, restore …",
    ),
    "programme": (
        "pos_app.cli.programme.group",
        "programme",
        "Programme files: new, check, explain, diff, backtest, transition, publish, withdraw, published.",
    ),
    "catalogue": ("pos_app.cli.catalogue", "catalogue", "The products that tills know: import."),
    "member": (
        "pos_app.cli.member",
        "member",
        "Members: status, a copy of their data, import from an older programme.",
    ),
    "card": (
        "pos_app.cli.card",
        "card",
        "Cards to print, cards that cannot be forged: numbers, sign, keys, draw.",
    ),
    "staff": ("pos_app.cli.staff", "staff", "Who may sign in at the tills: add, list, revoke."),
    "replay": ("pos_app.cli.replay", "replay", "A history of tickets through the rules, one row a member."),
    "event": ("pos_app.cli.event", "event", "Events and web orders that no till saw: post, source."),
    "report": (
        "pos_app.cli.report",
        "report",
        "Figures for managers: today, week, members, campaigns, provision, outage.",
    ),
    "receipt": ("pos_app.cli.receipt", "receipt", "Receipts as they look on paper: preview."),
    "journal": ("pos_app.cli.journal", "journal", "The journal of a till: verify."),
    "doctor": (
        "pos_app.cli.doctor",
        "doctor",
        "What a till stands on: machine, disk, ports, clock, ledger; tests of scanner and printer.",
    ),
    "config": ("pos_app.cli.config", "config", "The configuration of a till: show."),
}


@click.group(cls=LazyGroup, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assidu", prog_name="assidu")
def main() -> None:
    """Assidu: a loyalty programme that rewards coming back, at the till, with or without a network.

    Example: assidu demo
    """

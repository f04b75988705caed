"""`assidu ledger floors`: what tills may give beyond their grants while they have no line."""

import json
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import table

from .asking import ask
from .database import on_database
from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.floors import WorstCase

_POINTS = click.IntRange(0, 10**9)
_DAYS = click.IntRange(1, 3650)


@click.command()
@on_database
@click.option("--ticket", type=_POINTS, metavar="POINTS", help="Most a ticket may take beyond grants.")
@click.option(
    "--member", type=_POINTS, metavar="POINTS", help="Most a member may take at one till, until it is back."
)
@click.option("--till", type=_POINTS, metavar="POINTS", help="Most a till may give in all, until it is back.")
@click.option("--new-days", type=_DAYS, help="Members for less than this get nothing (30).")
@click.option("--stale-days", type=_DAYS, help="Without word of rules and revocations for this: nothing (7).")
@click.option(
    "--number",
    type=_POINTS,
    metavar="POINTS",
    help="Most a member may spend a day at a till on a number alone.",
)
@click.option("--signed", type=_POINTS, metavar="POINTS", help="The same on a signed card.")
@click.option(
    "--lease", type=_POINTS, metavar="POINTS", help="Most points of a member at one store beforehand."
)
@click.option("--yes", is_flag=True, help="Save without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print limits and worst case as JSON.")
@speaking
def floors(database: "Database", *, yes: bool, as_json: bool, lang: str | None, **given: int | None) -> None:
    """Show what tills may give beyond grants without a line, and the worst case; with a number, change it.

    Nothing is given while one of the three limits in points is 0. --number and --signed hold for what a till has of a
    member, too, with a line or without: on a number alone rewards worth 50.00 a day while nothing is said, on a signed
    card 250.00. --lease bounds what is put at a member's usual store from now on, in case the line
    fails: without it as much as the member usually redeems.

    Example: assidu ledger floors --ticket 100 --member 100 --till 1000 --db chain.db
    """
    from sync.ledger.floors import SetFloors

    words, wanted = words_for(lang), {name: value for name, value in given.items() if value is not None}
    told = ask(database, SetFloors())
    if wanted:
        limits = msgspec.structs.replace(told.limits, **wanted)
        told = ask(database, SetFloors(limits))
        if limits.on and not yes:
            _confirm(told, words)
        told = ask(database, SetFloors(limits, save=True))
    click.echo(json.dumps(msgspec.to_builtins(_plain(told)), indent=2) if as_json else _page(told, words))


def _confirm(told: "WorstCase", words: Words) -> None:
    click.echo(worst_text(told, words), err=True)
    if not sys.stdin.isatty():
        raise Failure(words("nothing was saved: add --yes if that may be lost."))
    click.confirm(words("Save it?"), abort=True, err=True)


def _plain(told: "WorstCase") -> dict[str, object]:
    names = type(told.limits).__struct_fields__
    return {**msgspec.structs.asdict(told), "limits": {name: getattr(told.limits, name) for name in names}}


def _page(told: "WorstCase", words: Words) -> str:
    limits = told.limits
    rows = [
        (words("most a ticket may take beyond grants"), words.number(limits.ticket)),
        (words("most a member may take at one till"), words.number(limits.member)),
        (words("most a till may give in all"), words.number(limits.till)),
        (words("days until a new member gets any"), words.number(limits.new_days)),
        (words("days without word after which nothing is given"), words.number(limits.stale_days)),
        (words("most a member may spend a day on a number alone"), _spending(limits.number, words)),
        (words("most a member may spend a day on a signed card"), _spending(limits.signed, words)),
        (words("most points of a member at one store beforehand"), _leasing(limits.lease, words)),
    ]
    return "\n".join((table((words("limit"), words("points or days")), rows), worst_text(told, words)))


def _spending(points: int | None, words: Words) -> str:
    return words("by worth") if points is None else words.number(points)


def _leasing(points: int | None, words: Words) -> str:
    return words("as usually redeemed") if points is None else words.number(points)


def worst_text(told: "WorstCase", words: Words) -> str:
    """What the limits may cost, in a sentence."""
    if not told.limits.on:
        return words("Nothing is given beyond grants: one of the three limits in points is 0.")
    told_in = {
        "tills": words.number(told.tills),
        "limit": words.number(told.limits.till),
        "points": words.number(told.points),
    }
    if told.cents is None:
        return words("Worst case: {tills} tills x {limit} = {points} points.", **told_in)
    money = words.paying(told.currency).money(told.cents)
    return words(
        "Worst case: {tills} tills x {limit} = {points} points, up to {money} in rewards.",
        money=money,
        **told_in,
    )

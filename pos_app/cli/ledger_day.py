"""`assidu ledger day`: the business days of all stores, by hand or to see what they would bring."""

from datetime import date
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import table
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .speech import day_of, speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.day_rows import Tally


_WHAT = {
    "expiry": mark("lapsed"),
    "conversion": mark("converted"),
    "offer": mark("offers"),
    "dormancy": mark("at risk or dormant"),
    "tier": mark("levels"),
    "birthday": mark("birthdays"),
    "notice": mark("told of a move"),
    "passage loss": mark("left in the old programme"),
    "passage gain": mark("come into the new programme"),
    "retention": mark("told that their data go"),
    "erased": mark("erased, not seen for too long"),
    "failed": mark("with a fault"),
}


@click.command()
@on_database
@click.option("--date", "until", metavar="DAY", help="Up to this day; by default each store's today.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen; the day may lie ahead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each day of a store.")
@speaking
def day(database: "Database", until: str | None, *, dry_run: bool, as_json: bool, lang: str | None) -> None:
    """Do the business days that wait: expiry, tiers, conversions, offers, birthdays, moves to a new programme.

    A running ledger does them by itself. What is done is not done again.

    Example: assidu ledger day --dry-run --date 2026-12-31 --db chain.db
    """
    sums = _sums(database, day_of(until) if until else None, dry_run=dry_run)
    if as_json:
        for (name, on), tally in sorted(sums.items()):
            done = {kind: {"count": count, "points": points} for kind, (count, points) in tally.items()}
            click.echo(msgspec.json.encode({"store": name, "day": on, "dry_run": dry_run, "done": done}))
        return
    words = words_for(lang)
    rows = [
        (name, str(on), words(_WHAT[kind]), str(count), str(points))
        for (name, on), tally in sorted(sums.items())
        for kind, (count, points) in tally.items()
    ]
    head = words("store"), words("day"), words("what"), words("count"), words("points")
    click.echo(table(head, rows) if rows else _nothing(len(sums), words, dry_run=dry_run))


def _sums(database: "Database", until: date | None, *, dry_run: bool) -> "dict[tuple[str, date], Tally]":
    from sync.ledger.day import RunDay
    from sync.ledger.day_rows import add_up

    sums: dict[tuple[str, date], Tally] = {}
    asked = RunDay(until, dry_run)
    while True:
        done = ask(database, asked)
        for part in done.parts:
            key = part.store, part.day
            sums[key] = add_up(sums.get(key, {}), part.tally)
        if not done.more:
            return sums
        asked = RunDay(until, dry_run, done.store, done.member)


def _nothing(days: int, words: Words, *, dry_run: bool) -> str:
    if not days:
        return words("No day waits: all is done.")
    if dry_run:
        return words.plural(
            "Nothing would happen on {n} day of a store.", "Nothing would happen on {n} days of stores.", days
        )
    return words.plural(
        "Nothing happened on {n} day of a store.", "Nothing happened on {n} days of stores.", days
    )

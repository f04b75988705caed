"""`assidu ledger day`: the business days of all stores, by hand or to see what they would bring."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from .asking import ask
from .database import on_database

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.day_rows import Tally


@click.command()
@on_database
@click.option(
    "--date",
    "until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Up to this day; by default each store's today.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would happen; the day may lie ahead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each day of a store.")
def day(database: "Database", until: datetime | None, *, dry_run: bool, as_json: bool) -> None:
    """Do the business days that wait: expiry, tiers, conversions, offers, birthdays, moves to a new programme.

    A running ledger does them by itself. What is done is not done again.

    Example: assidu ledger day --dry-run --date 2026-12-31 --db chain.db
    """
    sums = _sums(database, until.date() if until else None, dry_run=dry_run)
    if as_json:
        for (name, on), tally in sorted(sums.items()):
            done = {kind: {"count": count, "points": points} for kind, (count, points) in tally.items()}
            click.echo(msgspec.json.encode({"store": name, "day": on, "dry_run": dry_run, "done": done}))
        return
    rows = [
        f"{name:<16} {on}  {kind:<16} {count:>8} {points:>12}"
        for (name, on), tally in sorted(sums.items())
        for kind, (count, points) in tally.items()
    ]
    header = f"{'store':<16} {'day':<10}  {'what':<16} {'count':>8} {'points':>12}"
    click.echo("\n".join([header, *rows]) if rows else _nothing(len(sums), dry_run=dry_run))


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


def _nothing(days: int, *, dry_run: bool) -> str:
    if not days:
        return "No day waits: all is done."
    return f"Nothing {'would happen' if dry_run else 'happened'} on {days} store day(s)."

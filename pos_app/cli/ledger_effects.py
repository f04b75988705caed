"""`assidu ledger effects`: the log of what members' books did."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from .asking import ask
from .database import on_database

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.effect import Effect, Placed


@click.command()
@on_database
@click.option("--after", default=0, show_default=True, metavar="POS", help="Go on after this position.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def effects(database: "Database", after: int, *, as_json: bool) -> None:
    """Print all effects after a position, in order: gains, losses, tiers, incidents, gifts, donations …

    Example: assidu ledger effects --after 1200 --json --db chain.db
    """
    for one in effects_after(database, after):
        click.echo(msgspec.json.encode(one) if as_json else f"{one.pos}  {told(one)}")


def effects_after(database: "Database", after: int) -> "Iterator[Placed]":
    """All effects after a position, in order, a page at a time."""
    from sync.ledger.sources import ReadEffects

    more = True
    while more:
        page = ask(database, ReadEffects(after))
        yield from page.effects
        after, more = page.next, page.more


def told(one: "Effect") -> str:
    """An effect as a line for people."""
    amount = f"{one.quantity} {one.asset}" if one.asset else f"{one.detail} {one.quantity or ''}"
    return f"{one.day}  member {one.member}  {one.what}  {amount.strip()}  {one.cause}".rstrip()

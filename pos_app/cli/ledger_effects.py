"""`assidu ledger effects`: the log of what members' books did."""

from typing import TYPE_CHECKING

import click
import msgspec

from .asking import ask
from .database import on_database

if TYPE_CHECKING:
    from sync.ledger.database import Database


@click.command()
@on_database
@click.option("--after", default=0, show_default=True, metavar="POS", help="Go on after this position.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def effects(database: "Database", after: int, *, as_json: bool) -> None:
    """Print all effects after a position, in order: gains, losses, tiers, incidents, gifts, donations …

    Example: assidu ledger effects --after 1200 --json --db chain.db
    """
    from sync.ledger.sources import ReadEffects

    more = True
    while more:
        page = ask(database, ReadEffects(after))
        for one in page.effects:
            amount = f"{one.quantity} {one.asset}" if one.asset else f"{one.detail} {one.quantity or ''}"
            line = f"{one.pos}  {one.day}  member {one.member}  {one.what}  {amount.strip()}  {one.cause}"
            click.echo(msgspec.json.encode(one) if as_json else line.rstrip())
        after, more = page.next, page.more

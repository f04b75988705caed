"""`assidu ledger stock`: how many of its counted gifts a shop has."""

import json
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.tools.table import table

from .asking import ask
from .database import on_database
from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database


@click.command()
@on_database
@click.option("--store", required=True, metavar="ID", help="The store, as in shop.toml.")
@click.option("--gift", default="", metavar="RULE.GIFT", help="A gift of the catalogue, such as shop.mug.")
@click.option(
    "--left", type=click.IntRange(0, 10**9), help="How many are there in all, the ones at tills too."
)
@click.option("--json", "as_json", is_flag=True, help="Print the gifts as JSON.")
@speaking
def stock(
    database: "Database", store: str, gift: str, left: int | None, as_json: bool, lang: str | None
) -> None:
    """Show the counted gifts of a store; with --gift and --left, say how many of one are there.

    Example: assidu ledger stock --store halles --gift shop.mug --left 12 --db chain.db
    """
    from sync.ledger.stock import CountGift

    if bool(gift) != (left is not None):
        raise Failure("a gift and its number belong together: give both --gift and --left, or neither.")
    found, words = ask(database, CountGift(store, gift, left or 0)).gifts, words_for(lang)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
        return
    head = (words("gift"), words("free"), words("at tills"), words("handed out"))
    rows = [
        (one.gift, words.number(one.free), words.number(one.at_tills), words.number(one.given))
        for one in found
    ]
    click.echo(table(head, rows))

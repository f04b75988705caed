"""`assidu ledger effects`: the log of what members' books did."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.effect import Effect, Placed

_WHAT = {
    "gain": mark("gained"),
    "loss": mark("lost"),
    "tier": mark("level"),
    "incident": mark("incident"),
    "dormancy": mark("dormancy"),
    "birthday": mark("birthday"),
    "transition": mark("move to another programme"),
    "merged": mark("merged"),
    "same_contact": mark("same phone or e-mail as"),
    "gift": mark("given away"),
    "donation": mark("donation"),
    "partner": mark("sent to a partner"),
}


@click.command()
@on_database
@click.option("--after", default=0, show_default=True, metavar="POS", help="Go on after this position.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@speaking
def effects(database: "Database", after: int, *, as_json: bool, lang: str | None) -> None:
    """Print all effects after a position, in order: gains, losses, tiers, incidents, gifts, donations …

    Example: assidu ledger effects --after 1200 --json --db chain.db
    """
    words = words_for(lang)
    for one in effects_after(database, after):
        click.echo(msgspec.json.encode(one) if as_json else f"{one.pos}  {told(one, words)}")


def effects_after(database: "Database", after: int) -> "Iterator[Placed]":
    """All effects after a position, in order, a page at a time."""
    from sync.ledger.sources import ReadEffects

    more = True
    while more:
        page = ask(database, ReadEffects(after))
        yield from page.effects
        after, more = page.next, page.more


def told(one: "Effect", words: Words) -> str:
    """An effect as a line for people."""
    amount = f"{one.quantity} {one.asset}" if one.asset else f"{one.detail} {one.quantity or ''}"
    member, what = words("member {number}", number=one.member), words(_WHAT.get(one.what, one.what))
    return f"{words.date(one.day)}  {member}  {what}  {amount.strip()}  {one.cause}".rstrip()

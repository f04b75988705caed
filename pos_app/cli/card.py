"""`assidu card`: signed cards, and the keys that sign them."""

import json
from typing import TYPE_CHECKING

import click

from pos_app.cli.asking import ask
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.speech import speaking, words_for
from pos_app.tools.table import table

if TYPE_CHECKING:
    from sync.ledger.cards import CardKeys, SignedCards
    from sync.ledger.database import Database

_THREE_YEARS = 3 * 365


@click.group()
def card() -> None:
    """Cards that cannot be forged: sign, keys.

    Example: assidu card sign 2943195855872 --db chain.db
    """


@card.command("sign")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER…")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=_THREE_YEARS,
    show_default=True,
    help="How long the cards are good.",
)
@click.option("--renew", is_flag=True, help="The next card of each member; the one before is void.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print numbers, texts, issues and last days as JSON.")
@speaking
def sign_cards(
    numbers: tuple[str, ...],
    days: int,
    renew: bool,
    database: "Database",
    as_json: bool,
    lang: str | None,  # noqa: ARG001 - faults are told in it
) -> None:
    """Print, for the members who have the cards NUMBER…, the text for the QR code of their signed card.

    Example: assidu card sign 2943195855872 --db chain.db
    """
    from sync.ledger.cards import SignCards

    done = ask(database, SignCards(numbers, days, renew))
    if as_json:
        click.echo(json.dumps(_plain_cards(done), indent=2))
    else:
        for one in done.cards:
            if one.text:
                click.echo(f"{one.number} {one.text}")
    missing = [one.number for one in done.cards if not one.text]
    if missing:
        raise Failure(
            "Nobody has the card {numbers}: enrol it first, or check the number.", numbers=", ".join(missing)
        )


@card.command("keys")
@click.option("--new", is_flag=True, help="Begin a new key; cards of the others stay good.")
@click.option(
    "--revoke", type=click.IntRange(1, 255), metavar="KEY", help="Void all cards signed by this key."
)
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@speaking
def keys(new: bool, revoke: int | None, database: "Database", as_json: bool, lang: str | None) -> None:
    """List the keys that cards are signed with; begin one, or revoke one. The last that is good signs.

    Example: assidu card keys --db chain.db
    """
    from sync.ledger.cards import ChangeCardKeys

    words = words_for(lang)
    told = ask(database, ChangeCardKeys(new, revoke or 0))
    if as_json:
        click.echo(json.dumps(_plain_keys(told), indent=2))
    elif not told.keys:
        click.echo(words("No card was signed yet."))
    else:
        rows = [
            (str(one.kid), words("revoked") if one.revoked else words("good"), one.public.hex())
            for one in told.keys
        ]
        click.echo(table((words("key"), words("state"), words("public key")), rows))


def _plain_cards(done: "SignedCards") -> dict[str, object]:
    return {
        "cards": [
            {
                "number": one.number,
                "text": one.text,
                "issue": one.issue,
                "expires": None if one.expires is None else one.expires.isoformat(),
            }
            for one in done.cards
        ]
    }


def _plain_keys(told: "CardKeys") -> dict[str, object]:
    return {
        "keys": [{"kid": one.kid, "revoked": one.revoked, "public": one.public.hex()} for one in told.keys]
    }

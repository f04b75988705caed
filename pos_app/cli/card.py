"""`assidu card`: numbers, signed cards and the keys that sign them, pictures of cards."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_app.cli.asking import ask
from pos_app.cli.card_phone import phone, twice
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
    """Cards to print in advance, cards that cannot be forged, pictures and sheets, what a phone shows instead.

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
    _all_known([one.number for one in done.cards if not one.text])


def _all_known(missing: list[str]) -> None:
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


@card.command("numbers")
@click.argument("count", type=click.IntRange(1))
@on_database
@speaking
def new_numbers(count: int, database: "Database", lang: str | None) -> None:  # noqa: ARG001 - faults are told in it
    """Print COUNT new numbers, one a line, for cards that are printed now and enrolled at a till later.

    Example: assidu card numbers 100 --db chain.db
    """
    from sync.ledger.blank_cards import TakeNumbers

    for number in ask(database, TakeNumbers(count)).numbers:
        click.echo(number)


@card.command("draw")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER…")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="FILE.pdf for sheets of ten, else a folder for one picture a card.",
)
@click.option("--title", default="", help="What stands at the top: the name of the shop.")
@click.option("--svg", is_flag=True, help="Pictures for a print shop, instead of PNG.")
@click.option(
    "--signed", is_flag=True, help="The QR code holds the member's signed card, instead of the number."
)
@on_database
@speaking
def draw(
    numbers: tuple[str, ...],
    out: Path,
    title: str,
    svg: bool,
    signed: bool,
    database: "Database",
    lang: str | None,
) -> None:
    """Draw the cards NUMBER…: bar code, QR code and number, in the size of a bank card.

    Example: assidu card draw 2943195855872 --title "Le Fournil" --out cards.pdf
    """
    texts = _signed_texts(database, numbers) if signed else {}
    files = _drawn(numbers, texts, title, out, svg=svg)
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise Failure(
            "{out} cannot be written ({reason}): choose another place.", out=out, reason=error.strerror
        ) from error
    words = words_for(lang)
    click.echo(words.plural("{n} card is in {out}.", "{n} cards are in {out}.", len(numbers), out=out))


def _signed_texts(database: "Database", numbers: tuple[str, ...]) -> Mapping[str, str]:
    from sync.ledger.cards import SignCards

    done = ask(database, SignCards(numbers, _THREE_YEARS)).cards
    _all_known([one.number for one in done if not one.text])
    return {one.number: one.text for one in done}


def _drawn(
    numbers: tuple[str, ...], texts: Mapping[str, str], title: str, out: Path, *, svg: bool
) -> Mapping[Path, bytes]:
    """The files to write."""
    try:
        from pos_app.cards import bitmap, sheet, vector
        from pos_app.cards.face import face
    except ImportError as error:
        raise Failure("cards need two more packages: pip install 'assidu[cards]'.") from error
    try:
        faces = [face(title, number, texts.get(number, "")) for number in numbers]
    except ValueError as error:
        raise Failure.of(error) from error
    if out.suffix.lower() == ".pdf":
        return {out: sheet.pdf(faces)}
    ending, drawn = ("svg", vector.svg) if svg else ("png", bitmap.png)
    return {out / f"{number}.{ending}": drawn(one) for number, one in zip(numbers, faces, strict=True)}


card.add_command(phone)
card.add_command(twice)


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

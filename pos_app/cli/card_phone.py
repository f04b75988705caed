"""`assidu card phone` and `assidu card twice`: what a member's phone draws, and codes that were shown twice."""

import json
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_app.cli.asking import ask
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.speech import speaking, words_for
from pos_app.tools.table import table

if TYPE_CHECKING:
    from sync.ledger.database import Database

_MEMBERS = click.IntRange(0, 2**48 - 1)


@click.command()
@click.option(
    "--key", "path", required=True, type=click.Path(path_type=Path), help="The phone's key; made if missing."
)
@click.option("--member", type=_MEMBERS, default=0, help="Number of the member, as the till told it.")
@click.option(
    "--kid", type=click.IntRange(1, 255), default=1, show_default=True, help="What the phone calls its key."
)
@click.option(
    "--at", type=click.IntRange(0, 2**32 - 1), help="When it is drawn, seconds since 1970; default: now."
)
@click.option("--introduce", is_flag=True, help="The text that is shown once, so that tills know the key.")
@speaking
def phone(path: Path, member: int, kid: int, at: int | None, introduce: bool, lang: str | None) -> None:  # noqa: ARG001
    """Print what a member's phone shows as a QR code: an example for whoever writes the phone's program.

    Example: assidu card phone --key phone.key --introduce
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from sync.card_code import CardCode, PhoneCode, introduced, written

    key = Ed25519PrivateKey.from_private_bytes(_seed(path))
    now = int(time.time()) if at is None else at
    if introduce:
        public = key.public_key().public_bytes_raw()
        click.echo(introduced(PhoneCode(member, kid, now, public), key.sign))
        return
    if not member:
        raise Failure("Say whose phone it is: --member and the number that the till told.")
    click.echo(written(CardCode(member, kid, at_s=now), key.sign))


def _seed(path: Path) -> bytes:
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        seed = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise Failure("{path} is no key of a phone: name another file.", path=path) from error
    if len(seed) != 32:
        raise Failure("{path} is no key of a phone: name another file.", path=path)
    return seed


@click.command()
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print codes, tickets and tills as JSON.")
@speaking
def twice(database: "Database", as_json: bool, lang: str | None) -> None:
    """List the tickets that were shown one code of a phone at two tills: somebody had a picture of it.

    Example: assidu card twice --db chain.db
    """
    from sync.ledger.cards import ShownTwice

    words = words_for(lang)
    found = ask(database, ShownTwice()).codes
    rows = [(one.day.isoformat(), str(one.member), f"{one.dev}-{one.inc}", one.ticket) for one in found]
    if as_json:
        names = ("day", "member", "till", "ticket")
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    elif not rows:
        click.echo(words("No code of a phone was shown twice."))
    else:
        click.echo(table((words("day"), words("member"), words("till"), words("ticket")), rows))

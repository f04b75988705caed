"""`assidu ledger devices …`: the tills of the chain as their owner sees them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import table
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.devices import Device

_STATES = {
    "open": mark("open"),
    "closed": mark("closed"),
    "revoked": mark("revoked"),
    "written_off": mark("written off"),
}


@click.group()
def devices() -> None:
    """The tills: list, revoke, write-off.

    Example: assidu ledger devices list --db chain.db
    """


@devices.command("list")
@on_database
@click.option("--store", default="", metavar="ID", help="Only the tills of this store.")
@click.option("--json", "as_json", is_flag=True, help="Print the tills as JSON.")
@speaking
def list_devices(database: "Database", store: str, as_json: bool, lang: str | None) -> None:
    """Every till, when the ledger heard of it last, what it had left to send, and what it holds.

    Example: assidu ledger devices list --store halles --db chain.db
    """
    from sync.ledger.devices import ListDevices

    found, words = ask(database, ListDevices(store)).devices, words_for(lang)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
        return
    head = (
        words("number"),
        words("store"),
        words("till"),
        words("state"),
        words("last contact"),
        words("accepted"),
        words("not sent"),
        words("holds"),
        words("freed"),
    )
    click.echo(table(head, [_row(one, words) for one in found]))


def _row(one: "Device", words: Words) -> tuple[str, ...]:
    return (
        f"{one.dev}-{one.inc}",
        one.store,
        one.till,
        words(_STATES[one.state]),
        moment(one.seen_ms) if one.seen_ms else words("never"),
        str(one.accepted),
        str(one.backlog),
        sums(one.held),
        sums(one.freed),
    )


def moment(at_ms: int) -> str:
    """A time (ms UTC) as a report shows it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def sums(units: Mapping[str, int]) -> str:
    """Units by asset on one line, - for none."""
    return ", ".join(f"{count} {asset}" for asset, count in units.items()) or "-"


@devices.command()
@click.argument("number", type=click.IntRange(min=1))
@on_database
@speaking
def revoke(number: int, database: "Database", lang: str | None) -> None:
    """Refuse a till's key from its next request on; what it holds stays reserved until it is written off.

    Example: assidu ledger devices revoke 3 --db chain.db
    """
    from sync.ledger.devices import RevokeDevice

    done, words = ask(database, RevokeDevice(number)), words_for(lang)
    place = {"number": number, "till": done.till, "store": done.store}
    if done.new:
        click.echo(words("Till {number} ({store}, {till}) is shut out from its next request on.", **place))
    else:
        click.echo(words("Till {number} ({store}, {till}) was shut out before.", **place))
    if done.held:
        click.echo(
            words("It holds {units}, which stay reserved until it is written off.", units=sums(done.held))
        )


@devices.command("write-off")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--yes", is_flag=True, help="Do it; without it, only what it would free is shown.")
@on_database
@speaking
def write_off(number: int, yes: bool, database: "Database", lang: str | None) -> None:
    """Give what a lost till holds back to its members; what it spent offline may then be spent twice, and is counted.

    Example: assidu ledger devices write-off 3 --yes --db chain.db
    """
    from sync.ledger.devices import WriteOffDevice

    done, words = ask(database, WriteOffDevice(number, go=yes)), words_for(lang)
    if yes:
        click.echo(
            words.plural(
                "Till {number} is written off: {units} of {n} account are free again.",
                "Till {number} is written off: {units} of {n} accounts are free again.",
                done.accounts,
                number=number,
                units=sums(done.freed),
            )
        )
        return
    click.echo(
        words.plural(
            "This would free {units} of {n} account.",
            "This would free {units} of {n} accounts.",
            done.accounts,
            units=sums(done.freed),
        )
    )
    click.echo(
        words("What the till has spent of it may be spent a second time. Add --yes to write it off."),
        err=True,
    )

"""`assidu programme transition`: what a move to a new programme comes to."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, fail_on, programme_of, tickets_of
from pos_app.cli.speech import day_of, progress, speaking, words_for
from pos_app.tools.transition_text import transition_text
from rules.history.record import Record
from rules.tools.move import Channels, NoMove, check_notice, move

_TELL_EVERY = 1000
_COSTS = {"till": 0, "email": 50, "sms": 700, "letter": 15_000}


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--tickets", required=True, multiple=True, type=PATH, help="A history; may be repeated.")
@click.option("--on", "told", metavar="DATE", help="Day on which members are told; today by default.")
@click.option("--contacts", type=PATH, help="CSV with the columns member, channel: how each member is told.")
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="CHANNEL=AMOUNT",
    help="Cost of a message; by default email=0.005, sms=0.07, letter=1.50, till=0.",
)
@click.option(
    "--otherwise",
    default="letter",
    show_default=True,
    metavar="CHANNEL",
    help="For members without a channel who were not in a shop in the last 30 days before the move.",
)
@click.option(
    "--redeem",
    type=click.Choice(["auto", "none"]),
    default="auto",
    show_default=True,
    help="auto: every ticket of the history takes one step of the first redemption that is possible.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, amounts in cents.")
@speaking
def transition(
    old: Path,
    new: Path,
    tickets: tuple[Path, ...],
    told: str | None,
    contacts: Path | None,
    costs: tuple[str, ...],
    otherwise: str,
    redeem: str,
    as_json: bool,
    lang: str | None,
) -> None:
    """Work out a move: balances converted, vouchers issued, who must be told at what cost, the provision.

    NEW has a [transition] from OLD; the day of the move is its effective_from. Too short a notice is refused.

    Example: assidu programme transition v1.toml v2.toml --tickets 2026.ndjson.gz --on 2026-10-01 --cost letter=1.20
    """
    before, after = programme_of(old)[1], programme_of(new)[1]
    words = words_for(lang).paying(after.header.currency)
    day = day_of(told) if told else datetime.now(ZoneInfo(after.header.timezone)).date()
    channels = Channels(_contacts(contacts) if contacts else {}, _costs(costs), otherwise)
    try:
        check_notice(after, day)
        history = tickets_of(tickets, words)
        with progress(words("Trying out")) as tell:
            records = _told(history.records, tell)
            found = move(before, after, records, history.returning, day, channels, redeem=redeem == "auto")
    except NoMove as error:
        raise Failure.of(error) from error
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
    else:
        click.echo(transition_text(found, words))
    fail_on(sorted((*history.faults, *[history.place(*fault) for fault in found.faults])))
    if found.total.short:
        raise Failure(
            "{count} member(s) would get less than their balance: add smaller vouchers.",
            count=found.total.short,
        )


def _told(
    records: Sequence[tuple[int, Record]], tell: Callable[[float], None]
) -> Iterator[tuple[int, Record]]:
    """The records one by one, telling how far they are, from 0 to 1."""
    for n, pair in enumerate(records):
        if n % _TELL_EVERY == 0:
            tell(n / len(records))
        yield pair


def _costs(written: tuple[str, ...]) -> dict[str, int]:
    """Hundredths of a cent by channel."""
    costs = dict(_COSTS)
    for text in written:
        channel, _, amount = text.partition("=")
        try:
            exact = Decimal(amount) * 10_000
        except InvalidOperation:
            exact = Decimal("0.1")
        if not channel or not exact.is_finite() or exact < 0 or exact != int(exact):
            raise Failure("{text} is no cost of a message: write CHANNEL=AMOUNT, like sms=0.07.", text=text)
        costs[channel] = int(exact)
    return costs


def _contacts(path: Path) -> dict[str, str]:
    """The channel of members by their name in the history."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"member", "channel"} <= set(rows.fieldnames or ()):
                raise Failure(
                    "{path} needs the columns member and channel: write them into its first line.", path=path
                )
            return {row["member"]: row["channel"] for row in rows if row["member"] and row["channel"]}
    except OSError as error:
        raise Failure(
            "{path} cannot be read ({reason}): check the name and your rights.",
            path=path,
            reason=error.strerror,
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Failure("{path} is no CSV file in UTF-8: save it as one.", path=path) from error

"""`assidu report …`: figures for managers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import comma_separated, table
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .report_store import COMMANDS
from .speech import day_of, speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.outage import Conflict, OfflineTill

DAYS = 7
HOUR_MS = 3_600_000
_WHAT = {
    "honoured": mark("kept promise"),
    "overrun": mark("given beyond what was owned"),
    "floor": mark("given beyond grants, owned or not"),
    "lost": mark("used, then taken back"),
    "waits": mark("in quarantine"),
    "unbooked": mark("spent by entries that wait"),
    "fork": mark("two lives of a till"),
    "freed": mark("freed by override"),
    "lapsed": mark("lapsed while a later lot was drawn"),
}
_CALL = {
    "overrun": mark("owes what was given beyond the balance"),
    "lost": mark("has used what was taken back"),
    "waits": mark("a ticket is not in the account yet"),
}


class StoreOffline(msgspec.Struct, frozen=True):
    """Tickets of a store that were accepted offline, their cents, and hours in which a till of it had no line."""

    store: str
    tickets: int
    cents: int
    hours: float


class Call(msgspec.Struct, frozen=True):
    """A member to call, by number, and why."""

    member: int
    reasons: tuple[str, ...]


class Cost(msgspec.Struct, frozen=True):
    """What conflicts of one kind came to in an asset; `cents` is None where nothing tells what it is worth."""

    what: str
    asset: str
    quantity: int
    cents: int | None


@click.group()
def report() -> None:
    """Figures for managers.

    Example: assidu report today --data ./till1
    """


for _command in COMMANDS:
    report.add_command(_command)


@report.command()
@on_database
@click.option(
    "--since",
    metavar="DAY",
    help="What has arrived since this day; by default in the last seven.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the report as CSV, one row a store or conflict.")
@speaking
def outage(database: "Database", since: str | None, as_json: bool, as_csv: bool, lang: str | None) -> None:
    """What was accepted offline, what conflicted, what it cost, and which members to call (by number).

    Example: assidu report outage --since 2026-11-01 --db chain.db
    """
    from sync.ledger.outage import ReadConflicts, Since

    begin = datetime.now(UTC) - timedelta(days=DAYS)
    if since:
        begin = datetime.combine(day_of(since), time(), UTC)
    begin_ms = int(begin.timestamp() * 1000)
    tills = _tills(database, begin_ms)
    fresh = [one for one in tills if one.first]
    answer = ask(
        database,
        ReadConflicts(
            begin_ms,
            min([one.day for one in fresh], default=begin.date()),
            tuple([Since(one.dev, one.inc, one.first) for one in fresh]),
        ),
    )
    found: tuple[Conflict, ...] = answer.conflicts
    stores, costs, calls = _stores(tills), _costs(found), _calls(found)
    if as_json:
        parts = {"since": begin, "offline": stores, "conflicts": found, "cost": costs, "call": calls}
        click.echo(json.dumps(msgspec.to_builtins(parts), ensure_ascii=False, indent=2))
    elif as_csv:
        click.echo(_csv(stores, found), nl=False)
    else:
        words = words_for(lang)
        words = words.paying(answer.currency) if answer.currency else words
        click.echo(_page(begin, stores, found, costs, calls, words))


def _tills(database: "Database", begin_ms: int) -> list["OfflineTill"]:
    from sync.ledger.outage import ReadOffline

    page = ask(database, ReadOffline(begin_ms))
    tills = list(page.tills)
    while page.more:
        page = ask(database, ReadOffline(begin_ms, (tills[-1].dev, tills[-1].inc)))
        tills += page.tills
    return tills


def _stores(tills: Sequence["OfflineTill"]) -> tuple[StoreOffline, ...]:
    from sync.ledger.outage import merged

    rows = []
    for store in sorted({one.store for one in tills if one.tickets}):
        mine = [one for one in tills if one.store == store]
        spans = merged([span for one in mine for span in one.spans])
        hours = sum(end - start for start, end in spans) / HOUR_MS
        rows.append(
            StoreOffline(
                store,
                sum(one.tickets for one in mine),
                sum(one.cents for one in mine),
                round(hours, 1),
            )
        )
    return tuple(rows)


def _costs(found: Sequence["Conflict"]) -> tuple[Cost, ...]:
    sums: dict[tuple[str, str], list[Any]] = {}
    for one in found:
        if one.asset:
            total = sums.setdefault((one.what, one.asset), [0, 0])
            total[0] += one.quantity
            total[1] = None if one.cents is None or total[1] is None else total[1] + one.cents
    return tuple([Cost(*key, *total) for key, total in sorted(sums.items())])


def _calls(found: Sequence["Conflict"]) -> tuple[Call, ...]:
    reasons: dict[int, set[str]] = {}
    for one in found:
        if one.member and one.what in _CALL:
            reasons.setdefault(one.member, set()).add(one.what)
    return tuple([Call(member, tuple(sorted(why))) for member, why in sorted(reasons.items())])


def _csv(stores: Sequence[StoreOffline], found: Sequence["Conflict"]) -> str:
    head = (
        "what",
        "store",
        "till",
        "member",
        "ticket",
        "rule",
        "asset",
        "quantity",
        "cents",
        "day",
        "code",
        "tickets",
        "hours",
    )
    rows: list[tuple[object, ...]] = [
        ("offline", one.store, "", "", "", "", "", "", one.cents, "", "", one.tickets, one.hours)
        for one in stores
    ]
    for one in found:
        row = (one.what, one.store, one.till, one.member or "", one.ticket, one.rule, one.asset)
        rows.append((*row, one.quantity or "", one.cents, one.day, one.code, "", ""))
    return comma_separated(head, rows)


def _page(
    begin: datetime,
    stores: Sequence[StoreOffline],
    found: Sequence["Conflict"],
    costs: Sequence[Cost],
    calls: Sequence[Call],
    words: Words,
) -> str:
    parts = [words("What has arrived since {day}", day=words.date(begin.date())), words("Accepted offline")]
    if stores:
        head = (words("store"), words("tickets"), words("amount"), words("hours"))
        rows = [
            (
                one.store,
                words.number(one.tickets),
                _money(one.cents, words),
                words.decimal(round(one.hours * 10), 1),
            )
            for one in stores
        ]
        parts.append(table(head, rows))
    else:
        parts.append(words("Nothing."))
    parts.append(words("What conflicted, and what it cost"))
    counts = {what: sum(1 for one in found if one.what == what) for what in _WHAT}
    lines = [words("{what}: {count}", what=words(_WHAT[what]), count=n) for what, n in counts.items() if n]
    parts.append("\n".join(lines) or words("Nothing."))
    if costs:
        head = (words("conflict"), words("what it is of"), words("units"), words("amount"))
        body = [
            (words(_WHAT[one.what]), one.asset, words.number(one.quantity), _money(one.cents, words))
            for one in costs
        ]
        parts.append(table(head, body))
    parts.append(words("Members to call"))
    told = [f"{one.member}: {', '.join(words(_CALL[why]) for why in one.reasons)}" for one in calls]
    parts.append("\n".join(told) or words("Nobody."))
    return "\n\n".join(parts)


def _money(cents: int | None, words: Words) -> str:
    """An amount in the shop's currency, ? where nothing tells it."""
    return "?" if cents is None else words.money(cents)

"""The dashboard: today and the week by till beside the same days of last week, and what wants looking at."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from pos_app.manager.shop import Shop
from sync.figures import DAY, SO_FAR, WEEK, Row, rows_of, total
from sync.patterns import NO_TICKET, Pattern, patterns_of
from sync.till.own_figures import own_seen


class Period(msgspec.Struct, frozen=True):
    """A day or a week so far: a row for each till, all of them together, and what the one before had come to by now."""

    first: date
    last: date
    tills: tuple[Row, ...]
    whole: Row
    before: Row


class Board(msgspec.Struct, frozen=True):
    """The figures of a store. `made_ms` is when the ledger told those of the other tills (UTC), 0 for never."""

    store: str
    till: str
    day: date
    made_ms: int
    today: Period
    week: Period
    days: tuple[Row, ...]
    patterns: tuple[Pattern, ...]


def board_of(shop: Shop) -> Board:
    """Count it: this till's own journal as of now, the other tills as the ledger told of them last."""
    now, till = shop.now, shop.identity.till
    own = own_seen(shop.connection, till, now.before, now.day, shop.at_ms)
    told = shop.told.rows if shop.told is not None else ()
    rows = [*rows_of(own, now), *(row for row in told if row.till != till)]
    last_week = now.monday - timedelta(days=7)
    week = tuple(total(_of(rows, DAY, now.monday + timedelta(days=n))) for n in range(now.day.weekday() + 1))
    return Board(
        shop.identity.store_name or shop.identity.store,
        till,
        now.day,
        shop.told.made_ms if shop.told is not None else 0,
        _period(rows, DAY, now.day, now.day, now.day - timedelta(days=7)),
        _period(rows, WEEK, now.monday, now.day, last_week),
        tuple(
            msgspec.structs.replace(row, span=DAY, first=now.monday + timedelta(days=n))
            for n, row in enumerate(week)
        ),
        merged(
            patterns_of(own, now.before), shop.told.patterns if shop.told is not None else None, now.before
        ),
    )


def merged(own: Iterable[Pattern], told: Iterable[Pattern] | None, first: date) -> tuple[Pattern, ...]:
    """What this till and what the ledger found since `first`, each once: the one that counts more.

    Whether anybody knows the ticket of a return, the ledger alone can say.
    """
    found: dict[tuple[str, str, int], Pattern] = {}
    here = [one for one in own if told is None or one.kind != NO_TICKET]
    for one in (*(told or ()), *here):
        key = one.kind, one.cashier if not one.member else "", one.member
        known = found.get(key)
        if one.day >= first and (known is None or (known.count, known.at_ms) < (one.count, one.at_ms)):
            found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (-one.at_ms, one.kind, one.member)))


def _of(rows: Iterable[Row], span: str, first: date) -> list[Row]:
    found = [row for row in rows if (row.span, row.first) == (span, first)]
    return sorted(found, key=lambda row: (len(row.till), row.till))


def _period(rows: list[Row], span: str, first: date, last: date, before: date) -> Period:
    tills = tuple(_of(rows, span, first))
    earlier = total(_of(rows, f"{span} {SO_FAR}", before))
    return Period(first, last, tills, total(tills), earlier)

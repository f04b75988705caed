"""The tickets of a history as a programme needs them: added up by DuckDB where that gives the same."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pos_app.tools.duck_load import Loaded
from pos_app.tools.tickets import Tickets, in_time
from rules.history.record import Record
from rules.history.referring import families
from rules.language.sql import figure_sql, filter_sql, quoted
from rules.language.tree import QUANTITY
from rules.programme.model import Header
from rules.tools.collapse import Collapse, Part, Parts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = Decimal(1)
_ON_TICKET = (
    "t.store AS ticket__store, t.store AS store__id, t.till AS ticket__till, t.channel AS ticket__channel"
)


def added_up(loaded: Loaded, collapse: Collapse) -> Tickets:
    """All records in the order of time, the plain sales added up for `collapse` where they may be."""
    records = dict(loaded.odd)
    own = {record.member for record in records.values() if record.refund_of}
    own |= families(records.values()).keys()
    kept: list[int] = []
    for number, record in _sales(loaded, collapse):
        if record is None or record.member in own:
            kept.append(number)
        else:
            records[number] = record
    records |= loaded.records_of(kept)
    return in_time(loaded.files, sorted(records.items()), tuple(loaded.faults))


def as_they_are(loaded: Loaded) -> Tickets:
    """All records in the order of time."""
    records = loaded.odd | loaded.records("n IN (SELECT n FROM t)")
    return in_time(loaded.files, sorted(records.items()), tuple(loaded.faults))


def _sales(loaded: Loaded, collapse: Collapse) -> Iterator[tuple[int, Record | None]]:
    """Plain sales by number; None for those that keep their lines."""
    parts, broken = _parts(loaded, collapse)
    figures = _figures(loaded, collapse)
    rows = loaded.link.execute(
        "SELECT n, ticket, us, member, store, till, channel FROM t ORDER BY rank"
    ).fetchall()
    for number, ticket, us, member, store, till, channel in rows:
        lines = Parts(parts.get(number, ()))
        if collapse.keeps_lines((part.bits for part in lines if isinstance(part, Part)), number in broken):
            yield number, None
            continue
        if figures:
            lines.facts = figures[number]
        at = _EPOCH + timedelta(microseconds=us)
        yield number, Record(ticket, at, lines, member, store, till, channel)


def _parts(loaded: Loaded, collapse: Collapse) -> tuple[dict[int, list[Part]], set[int]]:
    """The added lines by ticket, and the tickets with parts of a unit."""
    marks = [
        f"CASE WHEN {filter_sql(one)} THEN {1 << place} ELSE 0 END"
        for place, one in enumerate(collapse.filters)
    ]
    if collapse.units:
        marks.append(f"CASE WHEN l.cents < 0 THEN {1 << len(marks)} ELSE 0 END")
    units = (
        "CASE WHEN l.cents >= 0 AND l.qty > 0 THEN CAST(l.qty * 1000 AS BIGINT) ELSE 0 END"
        if collapse.units
        else "1000"
    )
    rows = loaded.link.execute(
        "SELECT n, bits, CAST(sum(cents) AS BIGINT), CAST(sum(units) AS BIGINT), bool_or(units % 1000 <> 0) FROM "  # noqa: S608
        f"(SELECT rank, l.n AS n, CAST({' + '.join(marks) or '0'} AS BIGINT) AS bits, l.cents AS cents, {units} AS "
        f"units FROM l JOIN (SELECT n, rank, {_ON_TICKET} FROM t) t ON t.n = l.n "
        f"WHERE {_eligible(collapse.programme.header)}) "
        "GROUP BY rank, n, bits ORDER BY rank, bits"
    ).fetchall()
    found: dict[int, list[Part]] = {}
    broken: set[int] = set()
    part, last = collapse.part, -1
    lines: list[Part] = []
    for number, bits, cents, milli, fraction in rows:
        if number != last:
            last, lines = number, []
            found[number] = lines
        lines.append(part(bits, cents, Decimal(milli) / 1000 if collapse.units else _ONE))
        if fraction:
            broken.add(number)
    return found, broken


def _eligible(header: Header) -> str:
    """The lines of a sale that the programme counts, in SQL."""
    kept = [
        f"l.{column} NOT IN ({', '.join(map(quoted, names))})"
        for column, names in (("category", header.exclude_categories), ("sku", header.exclude_skus))
        if names
    ]
    if header.typed_amount == "nothing":
        kept.append("(l.sku <> '' OR l.category <> '')")
    return " AND ".join(kept) or "TRUE"


def _figures(loaded: Loaded, collapse: Collapse) -> Mapping[int, Mapping[str, Any]]:
    """The figures of every ticket, by its number; none where the programme reads none."""
    if not collapse.figures and not collapse.counts_lines:
        return {}
    written = {name: figure_sql(node) for name, node in collapse.figures.items()}
    aggregates = {name: one.expression for sql in written.values() for name, one in sql.aggregates.items()}
    inner = ", ".join(f"{expression} AS {name}" for name, expression in aggregates.items())
    outer = ", ".join(sql.expression for sql in written.values())
    rows = loaded.link.execute(
        f"SELECT a.n, a.lines_of{', ' + outer if outer else ''} FROM (SELECT l.n AS n, count(*) AS lines_of"  # noqa: S608
        f"{', ' + inner if inner else ''} FROM l JOIN (SELECT n, {_ON_TICKET} FROM t) t ON t.n = l.n GROUP BY l.n) a"
    ).fetchall()
    names = tuple(written)
    exact = [node.type == QUANTITY for node in collapse.figures.values()]
    found = {}
    for number, lines, *values in rows:
        facts: dict[str, Any] = {"ticket.lines": lines}
        for name, value, quantity in zip(names, values, exact, strict=True):
            if value is not None:
                facts[name] = Decimal(value) / 1000 if quantity else value
        found[number] = facts
    return found

"""Histories as a table: one row a line of a ticket, the rows of a ticket one after the other."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pos_app.history.reader import Complain, Entry
from rules.history.record import Record, fault_of
from rules.sentences import said

TICKET_COLUMNS = ("ticket", "member", "store", "till", "at", "channel", "refund_of")
LINE_COLUMNS = ("sku", "category", "subcategory", "qty", "cents", "promo")
NEEDED = ("ticket", "at", "cents")

Row = Mapping[str, Any]

Numbered = tuple[int, Row | None, str]
"""The number of a row, what it says (None where nothing of it can be read), and what is wrong with it or ""."""


class _Ticket(msgspec.Struct):
    """Rows that follow each other and speak of the same ticket, and the faults among them."""

    name: tuple[Any, Any]
    rows: list[tuple[int, Row]]
    faults: list[tuple[int, str]]

    def goes_on(self, row: Row, fault: str) -> bool:
        """Whether `row` is another line of this ticket; one that is cut off tells by the ticket's name alone."""
        cut = fault or len(self.faults) == len(self.rows)
        return _name(row) == self.name or (bool(cut) and row.get("ticket") == self.name[0])


def records(rows: Iterator[Numbered], complain: Complain) -> Iterator[Entry]:
    """Records out of numbered rows; a ticket with a bad row is left out as a whole, and its bad rows are named."""
    for ticket in _tickets(rows, complain):
        number, first = ticket.rows[0]
        for fault in ticket.faults:
            complain(*fault)
        if ticket.faults:
            continue
        record = _record([row for _, row in ticket.rows], first)
        if isinstance(record, str):
            complain(number, record)
        else:
            yield number, record


def _tickets(rows: Iterator[Numbered], complain: Complain) -> Iterator[_Ticket]:
    """The tickets one after the other; a row that cannot be read at all belongs to the ticket that goes on after it."""
    now: _Ticket | None = None
    lost: list[tuple[int, str]] = []
    for number, row, fault in rows:
        if row is None:
            lost.append((number, fault))
            continue
        if now is not None and now.goes_on(row, fault):
            now.faults += lost
        else:
            if now is not None:
                yield now
            for each in lost:
                complain(*each)
            now = _Ticket(_name(row), [], [])
        lost = []
        now.rows.append((number, row))
        if fault:
            now.faults.append((number, fault))
    if now is not None:
        yield now
    for each in lost:
        complain(*each)


def _name(row: Row) -> tuple[Any, Any]:
    return row.get("ticket"), row.get("refund_of") or ""


def _record(rows: list[Row], first: Row) -> Record | str:
    """The record of a ticket's rows, or what is wrong with it."""
    raw = {name: first[name] for name in TICKET_COLUMNS if first.get(name) not in (None, "")}
    raw["lines"] = [
        {name: row[name] for name in LINE_COLUMNS if row.get(name) not in (None, "")} for row in rows
    ]
    try:
        record = msgspec.convert(raw, Record, strict=False)
    except (msgspec.ValidationError, ArithmeticError) as error:
        return str(error)
    return fault_of(record) or record


def missing(columns: set[str]) -> str:
    """What keeps a table with these columns from being a history, or an empty text."""
    lacking = [name for name in NEEDED if name not in columns]
    if not lacking:
        return ""
    return said("add the column {column}: a row is one line of a ticket", column=lacking[0])


def returning(rows: Iterator[Numbered]) -> frozenset[str]:
    """The members of whom something comes back."""
    return frozenset(str(row.get("member") or "") for _, row, _ in rows if row and row.get("refund_of"))

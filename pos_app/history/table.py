"""Histories as a table: one row a line of a ticket, the rows of a ticket one after the other."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import msgspec

from pos_app.history.reader import Complain, Entry
from rules.history.record import Record, fault_of

TICKET_COLUMNS = ("ticket", "member", "store", "till", "at", "channel", "refund_of")
LINE_COLUMNS = ("sku", "category", "subcategory", "qty", "cents", "promo")
NEEDED = ("ticket", "at", "cents")

Row = Mapping[str, Any]


def records(rows: Iterator[tuple[int, Row]], complain: Complain) -> Iterator[Entry]:
    """Records out of numbered rows; a ticket with a bad row is named as a whole, by its first row."""
    for (_, _), group in groupby(rows, lambda pair: (pair[1]["ticket"], pair[1].get("refund_of"))):
        pairs = list(group)
        number, first = pairs[0]
        raw = {name: first[name] for name in TICKET_COLUMNS if first.get(name) not in (None, "")}
        raw["lines"] = [
            {name: row[name] for name in LINE_COLUMNS if row.get(name) not in (None, "")} for _, row in pairs
        ]
        try:
            record = msgspec.convert(raw, Record, strict=False)
        except msgspec.ValidationError as error:
            complain(number, str(error))
            continue
        fault = fault_of(record)
        if fault:
            complain(number, fault)
        else:
            yield number, record


def missing(columns: set[str]) -> str:
    """What keeps a table with these columns from being a history, or an empty text."""
    lacking = [name for name in NEEDED if name not in columns]
    return f"add the column {lacking[0]}: a row is one line of a ticket" if lacking else ""


def returning(rows: Iterator[tuple[int, Row]]) -> frozenset[str]:
    """The members of whom something comes back."""
    return frozenset(str(row.get("member") or "") for _, row in rows if row.get("refund_of"))

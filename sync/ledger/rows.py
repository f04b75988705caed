"""Between rows of a database and the structs of `records`: columns are named and ordered as the fields."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)


@cache
def columns(struct: type[msgspec.Struct]) -> str:
    """The column list of `struct` for a SELECT or INSERT."""
    return ", ".join(struct.__struct_fields__)


@cache
def _dates(struct: type[msgspec.Struct]) -> tuple[int, ...]:
    fields = msgspec.structs.fields(struct)
    return tuple(n for n, field in enumerate(fields) if field.type in (date, date | None))


def to_struct(struct: type[R], row: Sequence[Any]) -> R:
    """The struct whose fields are the columns of `row`."""
    dates = _dates(struct)
    if not dates:
        return struct(*row)
    values = list(row)
    for n in dates:
        if values[n] is not None:
            values[n] = date.fromisoformat(values[n])
    return struct(*values)


def to_structs(struct: type[R], rows: Iterable[Sequence[Any]]) -> tuple[R, ...]:
    """All rows as structs."""
    return tuple([to_struct(struct, row) for row in rows])


def to_row(record: msgspec.Struct) -> tuple[Any, ...]:
    """The values of `record` as a database takes them."""
    values = msgspec.structs.astuple(record)
    dates = _dates(type(record))
    if not dates:
        return values
    return tuple([one.isoformat() if isinstance(one, date) else one for one in values])


def to_rows(records: Sequence[msgspec.Struct]) -> Iterable[tuple[Any, ...]]:
    """The values of each of `records`, which are of one kind."""
    return map(to_row if records and _dates(type(records[0])) else msgspec.structs.astuple, records)


@cache
def upsert(table: str, struct: type[msgspec.Struct], key: tuple[str, ...], owner: bool = False) -> str:
    """The statement that writes a struct into `table`; `owner` puts the column `member` in front."""
    fields = (("member",) if owner else ()) + struct.__struct_fields__
    marks = ", ".join("?" * len(fields))
    changes = ", ".join(f"{field} = excluded.{field}" for field in fields if field not in key)
    return (
        f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    )

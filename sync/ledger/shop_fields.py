"""Profile fields in a shop's list of members: columns `field:NAME`, typed as the programme declares them."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rules.language.tree import BOOL, DATE, INT, MONEY, Type
from rules.programme.values import cents_from
from rules.sentences import mark, said
from sync.ledger.shop_files import ShopFault

FIELD = "field:"
LARGEST = 10**12
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
Value = str | int | bool


def read_fields(
    path: Path, line: int, row: Mapping[str, str], declared: Mapping[str, Type]
) -> dict[str, Value]:
    """The fields of one row by their name without `member.`; an empty cell tells nothing.

    Fields that no programme declares are left out. Money is cents, a date ISO text. Raises ShopFault.
    """
    found: dict[str, Value] = {}
    for title, cell in row.items():
        name = title.removeprefix(FIELD)
        if not title.startswith(FIELD) or not cell or name not in declared:
            continue
        value = _value(declared[name], cell)
        if value is None:
            raise ShopFault(
                path,
                line,
                said(
                    '"{title}" is "{cell}": {advice}.', title=title, cell=cell, advice=_advice(declared[name])
                ),
            )
        found[name] = value
    return found


def _value(kind: Type, cell: str) -> Value | None:
    if kind.values:
        return cell if cell in kind.values else None
    read = _READERS.get(kind)
    try:
        return None if read is None else read(cell)
    except (ValueError, InvalidOperation):
        return None


def _whole(cell: str) -> int:
    number = int(cell)
    if not cell.isascii() or abs(number) > LARGEST:
        raise ValueError(cell)
    return number


_READERS: dict[Type, Callable[[str], Value | None]] = {
    INT: _whole,
    MONEY: lambda cell: int(cents_from(Decimal(cell))),
    BOOL: lambda cell: _TRUTH.get(cell.lower()),
    DATE: lambda cell: date.fromisoformat(cell).isoformat(),
}
_ADVICE = {
    INT: mark("write a whole number"),
    MONEY: mark("write an amount with two decimals, like 12.50"),
    BOOL: mark("write true or false"),
    DATE: mark("write a date like 2025-01-31"),
}


def _advice(kind: Type) -> str:
    return (
        said(_ADVICE[kind])
        if kind in _ADVICE
        else said("write one of {values}", values=", ".join(kind.values))
    )

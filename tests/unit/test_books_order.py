"""The books of a member come out the same in whatever order their rows were read."""

from collections.abc import Callable, Iterable
from datetime import date

import pytest

from sync.ledger.books import Books, Origin
from sync.ledger.debits import expire
from sync.ledger.records import Lot, MemberData, MemberRecord

TODAY = date(2026, 6, 6)
RECORD = MemberRecord(7, "active", None, "halles", None, b"", b"{}")


def lapsed(name: str, last_day: date) -> Lot:
    return Lot(name, "points", 5, date(2025, 1, 1), date(2025, 1, 1), last_day, "ACCRUE", available=5)


LOTS = (
    lapsed("1-1-2-0", date(2026, 5, 4)),
    lapsed("1-1-10-0", date(2026, 5, 3)),
    lapsed("2-1-1-0", date(2026, 5, 5)),
)


@pytest.mark.parametrize("order", [tuple, reversed])
def test_what_lapses_is_posted_in_the_order_of_the_lots(
    order: Callable[[Iterable[Lot]], Iterable[Lot]],
) -> None:
    """PostgreSQL gives rows without an order of their own; the postings must not tell."""
    books = Books(MemberData(RECORD, tuple(order(LOTS)), (), (), (), ()), Origin(0, 0, 0, TODAY))
    expire(books, TODAY)
    assert [posting.lot for posting in books.postings] == ["1-1-10-0", "1-1-2-0", "2-1-1-0"]


@pytest.mark.parametrize("order", [tuple, reversed])
def test_lots_that_are_learnt_later_come_in_their_order(
    order: Callable[[Iterable[Lot]], Iterable[Lot]],
) -> None:
    """The same of lots that were asked for by name or ticket."""
    books = Books(MemberData(RECORD, (), (), (), (), ()), Origin(0, 0, 0, TODAY))
    books.learn(order(LOTS))
    assert list(books.lots) == ["1-1-10-0", "1-1-2-0", "2-1-1-0"]

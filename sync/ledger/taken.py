"""What a ticket took of lots, and the way back when it is undone."""

from collections import Counter
from collections.abc import Iterable

from sync.entry import Draw
from sync.ledger.books import AVAILABLE, Books, Why, granted
from sync.ledger.records import Posting


class Taken:
    """What a ticket has taken of each lot and not given back yet, by the postings of its account."""

    def __init__(self, postings: Iterable[Posting], ticket: str) -> None:
        self._ticket = ticket
        self._before = self._mine(postings)
        self._counted: Counter[str] = Counter()

    def _mine(self, postings: Iterable[Posting]) -> list[Posting]:
        return [one for one in postings if one.ticket == self._ticket and one.cause != "REPAY"]

    def to_slices(self, books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
        """Put draws back into the same slices of the same grants; the quantity that never came from there.

        What a draw did not find in its slice, because another ticket that was booked before had taken it, was owed.
        What a return gave back while the till was written off is free, and stays so.
        """
        rest = 0
        for one in draws:
            lent = granted(one.grant)
            mine = [posting for posting in self._of(books, one.lot) if posting.rule == why.rule]
            left = sum([x.quantity for x in mine if (x.source, x.target) == (lent, bucket)])
            left -= sum([x.quantity for x in mine if (x.source, x.target) == (bucket, lent)])
            left -= self._given_back(mine, one.lot, bucket, left)
            part = min(one.quantity, left)
            books.move(one.lot, bucket, lent, part, why)
            rest += one.quantity - part
        return rest

    def _given_back(self, mine: Iterable[Posting], lot: str, bucket: str, most: int) -> int:
        """At most `most` units of a lot that a return took out of `bucket` and that are not counted yet."""
        back = sum([x.quantity for x in mine if x.source == bucket and x.cause in ("RESTORE", "TRANSFER")])
        part = min(most, back - self._counted[lot])
        self._counted[lot] += part
        return part

    def free(self, books: Books, draws: Iterable[Draw], bucket: str, why: Why) -> int:
        """Make what was drawn available, at most what is left of it; the quantity that was not."""
        rest = 0
        for one in draws:
            part = 0
            if one.lot in books.lots:
                mine = self._of(books, one.lot)
                left = sum([x.quantity for x in mine if x.target == bucket])
                left -= sum([x.quantity for x in mine if x.source == bucket])
                part = max(0, min(one.quantity, left, getattr(books.lots[one.lot], bucket)))
                books.move(one.lot, bucket, AVAILABLE, part, why)
            rest += one.quantity - part
        return rest

    def _of(self, books: Books, lot: str) -> list[Posting]:
        return [one for one in (*self._before, *self._mine(books.postings)) if one.lot == lot]

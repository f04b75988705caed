"""What the tests of histories share: a programme with everything, records, and the row of a member."""

from datetime import UTC, datetime, timedelta

import rules.kinds.all  # noqa: F401
from rules.history.book import Posting
from rules.history.record import Record
from rules.history.replay import Replay
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Line

HEADER = """format = 1
[programme]
id = "h"
name = "H"
version = 1
effective_from = 2025-01-01
effective_to = 2029-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
"""
BASE = """
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
PAY = """
[[rule]]
id = "pay"
kind = "burn.money"
points = 10
value = 1.00
max_steps = 1
"""
STREAK = """
[[rule]]
id = "weeks"
kind = "earn.streak"
period = "week"
length = 2
points = 7
repeat = true
"""
VISIT = """
[[rule]]
id = "visit"
kind = "earn.visit"
points = 3
"""
CARD = """
[[rule]]
id = "card"
kind = "stamp"
per = "unit"
lines = ".category == 'coffee'"
need = 3
reward = { lines = ".category == 'coffee'" }
"""
TIERS = """
[tiers]
measure = "spend"
levels = [{ id = "blue", from = 0.00 }, { id = "gold", from = 30.00, multiply = "2" }]
"""
EXPIRY = """
[expiry]
lot_life = "90d"
"""
CHEQUE = """
[[rule]]
id = "cheque"
kind = "convert"
points = 20
voucher = "two"

[[rule]]
id = "two"
kind = "voucher"
value = 2.00
life = "30d"
"""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def programme(*parts: str) -> Programme:
    """The programme with these rules."""
    return load_programme((HEADER + "".join(parts)).encode())


def sold(name: str, day: float, *lines: Line, member: str = "m") -> Record:
    """A ticket `day` days after Monday 2 March 2026, ten in Paris; ten euros when no lines are given."""
    at = START + timedelta(days=day)
    return Record(name, at, lines or (Line(1000, "x", "food"),), member, "s1")


def back(name: str, day: float, of: str, *lines: Line, member: str = "m") -> Record:
    """A refund of the ticket `of`."""
    return Record(name, START + timedelta(days=day), lines, member, "s1", refund_of=of)


class Told:
    """A replay with all members remembered, and the lines of its ledger."""

    def __init__(self, loaded: Programme, *, redeem: bool = False) -> None:
        self.postings: list[Posting] = []
        self.replay = Replay([loaded], redeem=redeem, post=self._post)

    def _post(self, _record: Record | None, _member: str, posting: Posting) -> None:
        self.postings.append(posting)

    def take(self, *records: Record) -> "Told":
        """Count records."""
        for record in records:
            self.replay.take(record)
        return self

    def row(self, day: float | None = None, member: str = "m") -> dict[str, str | int]:
        """The figures of a member, at the end or at the beginning of a day."""
        as_of = None if day is None else (START + timedelta(days=day)).date()
        rows = [dict(zip(self.replay.columns, row, strict=True)) for row in self.replay.rows(as_of)]
        return next(row for row in rows if row["member"] == member)

    def moves(self, asset: str = "points") -> list[tuple[str, str, int, int]]:
        """Cause, rule, quantity and balance of every line of the ledger about an asset."""
        return [
            (each.why.cause, each.why.rule, each.quantity, each.balance)
            for each in self.postings
            if each.asset == asset
        ]


def some(row: dict[str, str | int], *names: str) -> tuple[str | int, ...]:
    """Some of the figures of a row."""
    return tuple([row[name] for name in names])

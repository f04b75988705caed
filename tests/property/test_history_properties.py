"""Random histories: the books balance in every row, and what came back whole leaves no trace."""

from datetime import timedelta
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.history.record import Record, RecordError
from rules.history.replay import Replay
from rules.ticket import Line
from tests.unit.history_kit import (
    BASE,
    CARD,
    CHEQUE,
    EXPIRY,
    PAY,
    START,
    STREAK,
    TIERS,
    VISIT,
    Told,
    programme,
)

EVERYTHING = programme(BASE, PAY, STREAK, VISIT, CARD, CHEQUE, TIERS, EXPIRY)
SIMPLE = programme(BASE, STREAK, VISIT, TIERS, EXPIRY)
CAUSES = ("ACCRUE", "TOP_UP", "BURN", "RESTORE", "EXPIRE", "CLAWBACK", "REPAY", "CONVERT")
GOODS = (("x", "food"), ("y", "food"), ("c", "coffee"), ("d", "discount"))

lines = st.builds(
    lambda goods, cents, qty: Line(-cents // 4 if goods[0] == "d" else cents, *goods, qty=Decimal(qty)),
    st.sampled_from(GOODS),
    st.integers(0, 3000),
    st.integers(1, 3),
)
tickets = st.lists(lines, min_size=1, max_size=4).map(tuple)
steps = st.lists(
    st.tuples(st.integers(0, 40), tickets, st.none() | st.tuples(st.integers(0, 9), st.integers(0, 3000))),
    min_size=1,
    max_size=14,
)


def history(plan: list[tuple[int, tuple[Line, ...], tuple[int, int] | None]]) -> list[Record]:
    """Tickets, and returns of a part of one before: some lines of it, or an amount."""
    at, records, sold = START, [], []
    for n, (days, basket, wanted) in enumerate(plan):
        at += timedelta(days=days, minutes=1)
        if wanted is None or not sold:
            sold.append(Record(f"t{n}", at, basket, "m", "s"))
            records.append(sold[-1])
            continue
        of = sold[wanted[0] % len(sold)]
        part = of.lines[: 1 + wanted[0] % len(of.lines)] if wanted[1] % 2 else (Line(wanted[1]),)
        records.append(Record(f"r{n}", at, part, "m", "s", refund_of=of.ticket))
    return records


def balanced(told: Told) -> None:
    """The identity of every row, and of every lot and asset behind it."""
    for row in told.replay.rows():
        each = dict(zip(told.replay.columns, row, strict=True))
        left = each["earned"] + each["honoured"]
        spent = each["burned"] + each["converted"] + each["expired"] + each["clawed"]
        assert left == spent - each["deficit"] + each["balance"]
        assert each["paid_cents"] == each["net_cents"] - each["reward_cents"]
        assert each["earned"] == sum(value for name, value in each.items() if name.startswith("earned:"))
        assert min(each[name] for name in ("balance", "deficit", "burned", "clawed", "expired")) >= 0
    for member in told.replay.members.values():
        book = member.book
        for asset, sums in book.sums.items():
            lots = [lot for lot in book.lots.values() if lot.asset == asset]
            parts = ("available", "burned", "converted", "expired")
            assert all(sum(getattr(lot, part) for lot in lots) == getattr(sums, part) for part in parts)
            assert sum(lot.clawed for lot in lots) + sums.owed == sums.clawed
            assert sum(debt.quantity for debt in book.debts if debt.asset == asset) == sums.owed


def ledger_sums(told: Told) -> None:
    """The lines of the ledger, by cause, are the columns of the row."""
    for row in told.replay.rows():
        each = dict(zip(told.replay.columns, row, strict=True))
        sums = dict.fromkeys(CAUSES, 0)
        balance = 0
        for cause, _, quantity, after in told.moves():
            sums[cause] += quantity
            balance = after
        assert sums["ACCRUE"] + sums["TOP_UP"] == each["earned"]
        assert sums["BURN"] + sums["RESTORE"] == -each["burned"]
        assert (sums["EXPIRE"], sums["CLAWBACK"]) == (-each["expired"], -each["clawed"])
        assert sums["CONVERT"] == -each["converted"]
        assert balance == each["balance"]


@given(steps, st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_row_balances(plan: list, redeem: bool) -> None:
    """Random tickets, returns, redemptions, cards, tiers and expiry: earned is spent, lost, clawed or held."""
    told = Told(EVERYTHING, redeem=redeem)
    for record in history(plan):
        try:
            told.take(record)
        except RecordError:
            continue
        balanced(told)
    ledger_sums(told)


@given(steps, st.integers(0, 13), st.lists(st.integers(1, 900), max_size=6), st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_what_came_back_whole_was_never_there(plan: list, which: int, cuts: list[int], later: int) -> None:
    """Without redemptions and cards: returns that add up to a whole ticket leave the account of a history without it.

    Tickets and earned points are told gross, and what fell is told as clawed; all else is equal.
    """
    sold = [record for record in history(plan) if not record.refund_of]
    gone = sold[which % len(sold)]
    with_it = Told(SIMPLE).take(*sold)
    at = sold[-1].at + timedelta(days=later)
    for n, part in enumerate(_parts(gone, cuts)):
        with_it.take(Record(f"r{n}", at + timedelta(minutes=n), (part,), "m", "s", refund_of=gone.ticket))
    without = Replay([SIMPLE])
    for record in sold:
        if record is not gone:
            without.take(record)
    as_of = (at + timedelta(days=1)).date()
    one = dict(zip(with_it.replay.columns, next(with_it.replay.rows(as_of)), strict=True))
    other = dict(zip(without.columns, next(without.rows(as_of), ()), strict=False))
    names = (
        "visit_days",
        "net_cents",
        "paid_cents",
        "burned",
        "deficit",
        "longest:weeks",
        "tier",
        "since:gold",
    )
    for name in names:
        assert one[name] == other.get(name, {"tier": "blue", "since:gold": ""}.get(name, 0)), name
    assert one["earned"] - one["clawed"] == other.get("earned", 0)
    assert one["balance"] + one["expired"] == other.get("balance", 0) + other.get("expired", 0)
    kept = without.members.get("m")
    if kept is not None:
        history_with = with_it.replay.members["m"].history
        assert msgspec.structs.replace(history_with, tier_since=None) == msgspec.structs.replace(
            kept.history, member=1, tier_since=None
        )


def _parts(record: Record, cuts: list[int]) -> list[Line]:
    """Returns that bring all of the ticket back: some amounts of its lines, then what is left of each."""
    left = [[line, line.cents, line.qty] for line in record.lines]
    found: list[Line] = []
    for n, cut in enumerate(cuts):
        line = left[n % len(left)]
        part = min(cut, line[1])
        if part > 0 and all(other[0].sku != line[0].sku or other is line for other in left):
            found.append(msgspec.structs.replace(line[0], cents=part, qty=Decimal(0)))
            line[1] -= part
    return found + [msgspec.structs.replace(line, cents=cents, qty=qty) for line, cents, qty in left]

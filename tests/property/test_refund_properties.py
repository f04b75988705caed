"""Any sequence of refunds that adds up to the whole gives exactly everything back."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rules.account import FOREVER
from rules.allocate import allocate, spread
from rules.decision import Burn, Contribution
from rules.refund import LineReturn, Return, restored, returned, target
from rules.ticket import Line

DAY = date(2026, 5, 6)


@st.composite
def _tickets(draw: st.DrawFn) -> tuple[Line, ...]:
    cents = draw(st.lists(st.integers(-500, 3000), min_size=1, max_size=6))
    lines = tuple(Line(value, qty=Decimal(draw(st.integers(1, 4)))) for value in cents)
    return lines if sum(cents) > 0 else (*lines, Line(1 - sum(cents)))


@given(st.integers(-10_000, 10_000), st.lists(st.integers(-5, 900), min_size=1, max_size=40))
def test_a_share_out_adds_up_and_stays_near(quantity: int, weights: list[int]) -> None:
    """Shares sum to the quantity, have its sign, and differ from the exact share by less than one."""
    total = sum(weight for weight in weights if weight > 0)
    if not total:
        return
    shares = spread(quantity, weights)
    assert sum(shares) == quantity
    for share, weight in zip(shares, weights, strict=True):
        assert share * quantity >= 0
        assert abs(share * total - quantity * max(0, weight)) < total


@given(_tickets(), st.integers(1, 500), st.data())
def test_piecemeal_refunds_add_up_to_the_whole(
    lines: tuple[Line, ...], quantity: int, data: st.DataObject
) -> None:
    """Parts of lines in any order, then the rest as an amount or by line: every target is its whole."""
    refunds = []
    for n, line in enumerate(lines):
        low, high = min(0, line.cents), max(0, line.cents)
        part = data.draw(st.integers(low, high))
        if part:
            refunds.append(Return(lines=(LineReturn(n, part, Decimal(0)),)))
    backs = returned(lines, refunds)
    left = sum(back.of_cents - back.cents for back in backs)
    if data.draw(st.booleans()) and left > 0:
        first = data.draw(st.integers(0, left))
        refunds += [Return(amount) for amount in (first, left - first) if amount]
    else:
        refunds += [
            Return(lines=(LineReturn(n, back.of_cents - back.cents, back.of_qty),))
            for n, back in enumerate(backs)
        ]
    cents = [line.cents for line in lines]
    counted = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, unique=True))
    allocation = allocate(quantity, counted, cents)
    points = Contribution("r", "points", quantity, DAY, FOREVER, allocation)
    stamps = Contribution("s", "stamp:s", quantity, DAY, FOREVER, allocation)
    of_day = Contribution("d", "stamp:d", 1, DAY, FOREVER, allocate(1, counted, cents), by_ticket=True)
    burn = Burn("b", "points", quantity, 1, 77, allocate(77, counted, cents))
    done = [0, 0, 0, 0]
    for count in range(1, len(refunds) + 1):
        now = returned(lines, data.draw(st.permutations(refunds[:count])))
        targets = [target(each, now) for each in (points, stamps, of_day)] + [restored(burn, now)[0]]
        assert all(
            0 <= each <= top for each, top in zip(targets, (quantity, quantity, 1, quantity), strict=True)
        )
        done = [before + (goal - before) for before, goal in zip(done, targets, strict=True)]
    full = returned(lines, refunds)
    if all(back.whole for back in full):
        assert done == [quantity, quantity, 1, quantity]
        assert restored(burn, full) == (quantity, 77)
    assert sum(back.cents for back in full) == sum(cents)

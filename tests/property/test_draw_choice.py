"""Whatever is held and asked for: draws cover the debit or say what is missing, first to expire first."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync import grants
from sync.grants import HeldSlice

DAY = date(2026, 3, 10)
_days = st.integers(-3, 9).map(lambda n: DAY + timedelta(days=n))


@st.composite
def holdings(draw: st.DrawFn) -> tuple[HeldSlice, ...]:
    count = draw(st.integers(0, 8))
    return tuple(
        HeldSlice(
            grant=f"g{n}",
            kind=draw(st.sampled_from(["birth", "hold", "lease"])),
            asset=draw(st.sampled_from(["points", "stamp:x"])),
            lot=f"lot{draw(st.integers(0, 3))}",
            quantity=draw(st.integers(0, 20)),
            last_day=draw(_days),
            available_on=draw(_days),
            ticket=draw(st.sampled_from(["t1", "t2"])),
            earned_on=draw(_days),
        )
        for n in range(count)
    )


@given(holdings(), st.integers(0, 100))
def test_a_choice_pays_or_says_what_is_missing(slices: tuple[HeldSlice, ...], quantity: int) -> None:
    """Drawn plus short is the debit, and nothing is short while something usable is left."""
    chosen = grants.choose(slices, "points", quantity, DAY, "t1")
    drawn = sum(one.quantity for one in chosen.draws)
    assert drawn + chosen.short == quantity
    assert chosen.short == max(0, quantity - grants.usable_sums(slices, DAY, "t1").get("points", 0))


@given(holdings(), st.lists(st.integers(1, 30), max_size=5))
def test_several_debits_in_turn_never_overdraw(slices: tuple[HeldSlice, ...], debits: list[int]) -> None:
    """No slice goes below zero, however often the same holdings are drawn on."""
    left = slices
    for quantity in debits:
        left = grants.after(left, grants.choose(left, "points", quantity, DAY, "t1").draws)
        assert all(piece.quantity >= 0 for piece in left)


@given(holdings(), st.integers(1, 60))
def test_first_to_expire_is_first_used(slices: tuple[HeldSlice, ...], quantity: int) -> None:
    """Every usable slice before the last one drawn is used up."""
    chosen = grants.choose(slices, "points", quantity, DAY, "t1")
    if not chosen.draws:
        return
    order = [piece for piece in grants.usable(slices, DAY, "t1") if piece.asset == "points"]
    assert [one.grant for one in chosen.draws] == [piece.grant for piece in order[: len(chosen.draws)]]
    assert all(one.quantity == piece.quantity for one, piece in zip(chosen.draws[:-1], order, strict=False))


@given(holdings())
def test_order_follows_last_day_then_day_earned(slices: tuple[HeldSlice, ...]) -> None:
    """The order does not depend on how the slices lie in the table."""
    assert grants.usable(slices, DAY, "t1") == grants.usable(slices[::-1], DAY, "t1") or _has_equal_keys(
        slices
    )
    order = grants.usable(slices, DAY, "t1")
    assert [piece.last_day for piece in order] == sorted(piece.last_day for piece in order)


def _has_equal_keys(slices: tuple[HeldSlice, ...]) -> bool:
    keys = [grants.fifo_key(piece) for piece in slices]
    return len(set(keys)) < len(keys)

"""Whole numbers shared out exactly, and the one rounding."""

import pytest

from rules.allocate import allocate, rounded, spread
from rules.shares import Shares


@pytest.mark.parametrize(
    ("quantity", "weights", "shares"),
    [
        (10, (1, 1, 1), (4, 3, 3)),
        (3, (1, 0, -5, 2), (1, 0, 0, 2)),
        (-10, (1, 1, 1), (-4, -3, -3)),
        (5, (0, 7), (0, 5)),
        (0, (0, -1), (0, 0)),
    ],
)
def test_a_quantity_goes_by_weight_and_ties_to_the_earlier(
    quantity: int, weights: tuple[int, ...], shares: tuple[int, ...]
) -> None:
    """Only positive weights carry; what is taken back is shared like what is given."""
    assert spread(quantity, weights) == shares


def test_something_needs_somewhere_to_lie() -> None:
    """A quantity without any positive weight is refused, not lost."""
    with pytest.raises(ValueError, match="weight"):
        spread(1, (0, -2))


def test_points_lie_on_paid_lines_else_on_all_that_count() -> None:
    """One cent is enough to carry; lines of 0.00 share equally when nothing was paid; others get nothing."""
    assert allocate(3, (0, 1), (0, 1, 900)) == (0, 3, 0)
    assert allocate(3, (0, 2), (0, 900, 0)) == (2, 0, 1)


@pytest.mark.parametrize(
    ("numerator", "floor", "half_up"), [(7, 3, 4), (-7, -3, -4), (-5, -2, -3), (0, 0, 0)]
)
def test_what_is_negative_is_rounded_like_what_is_positive(numerator: int, floor: int, half_up: int) -> None:
    """Halves of 7: what is taken back is what was given."""
    assert (rounded(numerator, 2), rounded(numerator, 2, "half_up")) == (floor, half_up)


def test_lines_that_are_counted_carry_before_all_others() -> None:
    """Two lines of 0.00 were counted: they share, and the paid line that was not counted gets nothing."""
    assert Shares((0, 1), (0, 1, 2), [0, 0, 500]).of(3) == (2, 1, 0)
    assert Shares((), (0, 2), [300, 900, 100]).of(4) == (3, 0, 1)
    assert Shares((0, 1), (0, 1), [300, 0]).of(4) == (4, 0)


def test_what_is_counted_is_never_negative() -> None:
    """A discount larger than its goods counts as nothing, and nothing as nothing."""
    assert Shares((0, 1), (0, 1), [300, -500]).cents == 0
    assert Shares((0,), (0,), [0]).cents == 0

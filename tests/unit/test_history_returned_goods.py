"""Which lines of a ticket a return means: several at once, after others, as registers write them (docs/replay.md)."""

from decimal import Decimal

from rules.history.returns import returns_of
from rules.refund import LineReturn, Return
from rules.ticket import Line

TWO = Decimal(2)


def found(
    lines: tuple[Line, ...], *refund: Line, before: tuple[Return, ...] = ()
) -> list[tuple[int, int, int]]:
    """Line, cents and quantity of what a return of `refund` takes back."""
    (one,) = returns_of(lines, before, refund)
    return [(part.index, part.cents, int(part.qty)) for part in one.lines]


def test_negative_cents_are_the_same_cents() -> None:
    """A register that writes minus six euros means six, not twelve, of a line that has more."""
    assert found((Line(1000, "a"),), Line(-600, "a")) == [(0, 600, 1)]


def test_amounts_without_goods_add_up() -> None:
    """Two lines without goods are one amount over the ticket."""
    assert returns_of((Line(1000, "a"),), (), (Line(300), Line(200))) == (Return(cents=500),)


def test_a_discount_that_is_taken_back_stays_one() -> None:
    """Only the discount comes back: it was negative on the ticket and is so now."""
    assert found((Line(1000, "a"), Line(-200, "off")), Line(-200, "off")) == [(1, -200, 1)]


def test_pieces_that_came_back_leave_fewer_for_the_next_return() -> None:
    """Two of three pieces came back: of three more one is of the first line, two of the second."""
    lines = (Line(0, "a", qty=Decimal(3)), Line(0, "a", qty=Decimal(3)))
    before = (Return(lines=(LineReturn(0, 0, TWO),)),)
    assert found(lines, Line(0, "a", qty=Decimal(3)), before=before) == [(0, 0, 1), (1, 0, 2)]


def test_pieces_of_one_return_leave_fewer_for_its_next_line() -> None:
    """Two pieces, then two more of the same goods, in one return of lines with three each."""
    lines = (Line(0, "a", qty=Decimal(3)), Line(0, "a", qty=Decimal(3)))
    pair = Line(0, "a", qty=TWO)
    assert found(lines, pair, pair) == [(0, 0, 2), (0, 0, 1), (1, 0, 1)]


def test_the_last_piece_goes_to_the_next_line() -> None:
    """Two free pieces, one on each of two lines."""
    assert found((Line(0, "a"), Line(0, "a")), Line(0, "a", qty=TWO)) == [(0, 0, 1), (1, 0, 1)]

"""What goes back with goods: targets by line, whole things, amounts without lines."""

from datetime import date
from decimal import Decimal

import pytest

from rules.account import FOREVER
from rules.decision import Burn, Contribution
from rules.refund import LineReturn, Return, gone, restored, returned, target
from rules.ticket import Line

DAY = date(2026, 5, 6)
LINES = (Line(1000), Line(500), Line(-300))


def points(*allocation: int) -> Contribution:
    return Contribution("base", "points", sum(allocation), DAY, FOREVER, allocation)


def stamps(*allocation: int, by_ticket: bool = False) -> Contribution:
    return Contribution("c", "stamp:c", sum(allocation), DAY, FOREVER, allocation, by_ticket)


def line(index: int, cents: int, qty: str = "1") -> Return:
    return Return(lines=(LineReturn(index, cents, Decimal(qty)),))


@pytest.mark.parametrize(("cents", "expected"), [(0, 0), (70, 0), (72, 1), (500, 4), (1000, 7)])
def test_points_follow_the_cents_of_their_line(cents: int, expected: int) -> None:
    """7 points on a line of 10.00: 0.72 is the first half point; half of it is 3.5, rounded up to 4."""
    assert target(points(7, 5, 0), returned(LINES, (line(0, cents),))) == expected


def test_an_amount_is_spread_over_what_is_left_discounts_included() -> None:
    """The ticket of 12.00 with a discount of 3.00: 12.00 back is everything, 6.00 half of every line."""
    assert [back.cents for back in returned(LINES, (Return(1200),))] == [1000, 500, -300]
    half = returned(LINES, (Return(600),))
    assert [back.cents for back in half] == [500, 250, -150]
    assert target(points(7, 5, 0), half) == 4 + 3


def test_lines_come_first_whatever_the_order_of_refunds() -> None:
    """An amount of 4.00 and the second line: the amount lies on 7.00 of what is left after the line."""
    refunds = (Return(400), line(1, 500))
    assert returned(LINES, refunds) == returned(LINES, refunds[::-1])
    assert [back.cents for back in returned(LINES, refunds)] == [571, 500, -171]


def test_more_than_the_line_is_not_taken() -> None:
    """Two blind refunds of one line are one line."""
    backs = returned(LINES, (line(0, 1000), line(0, 1000)))
    assert [back.cents for back in backs] == [1000, 0, 0]
    assert target(points(7, 5, 0), backs) == 7


def test_a_line_of_no_cents_goes_by_quantity() -> None:
    """One of two units given at 0.00 takes half of its points."""
    lines = (Line(0, qty=Decimal(2)),)
    assert target(points(4), returned(lines, (line(0, 0, "1"),))) == 2
    assert target(points(4), returned(lines, (line(0, 0, "2"),))) == 4


def test_stamps_fall_whole() -> None:
    """Three cups on a line for 7.99: a stamp falls with each cup, none with a price reduction."""
    lines = (Line(799, qty=Decimal(3)), Line(100))
    assert target(stamps(3, 0), returned(lines, (line(0, 266, "1"),))) == 1
    assert target(stamps(3, 0), returned(lines, (line(0, 266, "1.9"),))) == 1
    assert target(stamps(3, 0), returned(lines, (line(0, 200, "0"),))) == 0
    assert target(stamps(3, 0), returned(lines, (line(0, 799, "3"),))) == 3


def test_a_stamp_of_the_day_falls_with_the_last_line() -> None:
    """It stays while anything paid is kept."""
    day = stamps(1, 0, 0, by_ticket=True)
    assert target(day, returned(LINES, (line(0, 1000),))) == 0
    whole = returned(LINES, (line(0, 1000), line(1, 500)))
    assert gone(whole)
    assert target(day, whole) == 1


def test_a_burn_comes_back_as_its_discount_was_spread() -> None:
    """100 points for 5.00 on lines of 10.00 and 5.00 (3.33 and 1.67): the first line brings 67 and 3.33."""
    burn = Burn("pay", "points", 100, 1, 500, (333, 167, 0))
    assert restored(burn, returned(LINES, (line(0, 1000),))) == (67, 333)
    assert restored(burn, returned(LINES, (Return(1200),))) == (100, 500)


def test_a_free_item_comes_back_only_whole() -> None:
    """Half the amount of the free cup's line returns no card; the whole line does."""
    burn = Burn("coffee", "reward:coffee", 1, 1, 250, (250, 0, 0))
    assert restored(burn, returned(LINES, (line(0, 500, "0.5"),))) == (0, 125)
    assert restored(burn, returned(LINES, (line(0, 1000),))) == (1, 250)


def test_what_settlement_changed_falls_by_the_same_shares() -> None:
    """A contribution of 12 raised to 24: half the first line takes half of its scaled share."""
    assert target(points(8, 4, 0), returned(LINES, (line(0, 500),)), quantity=24) == 8


def test_more_than_the_ticket_is_the_ticket() -> None:
    """50.00 back of a ticket of 12.00 gives back every line once, what was free with it; so do 12.00."""
    lines = (*LINES, Line(0, qty=Decimal(2)))
    backs = returned(lines, (Return(5000),))
    assert returned(lines, (Return(1200),)) == backs
    assert [back.cents for back in backs] == [1000, 500, -300, 0]
    assert [back.qty for back in backs] == [1, 1, 1, 2]
    assert all(back.whole for back in backs)


def test_a_part_of_the_ticket_leaves_what_was_free() -> None:
    """Half of it in cents says nothing of units; nor does an amount when nothing paid is left."""
    lines = (Line(1000), Line(0, qty=Decimal(2)))
    assert [back.qty for back in returned(lines, (Return(500),))] == [0, 0]
    assert [back.qty for back in returned(lines, (line(0, 1000), Return(500)))] == [1, 0]


def test_units_of_several_refunds_add_up() -> None:
    """One cup today and one tomorrow are two stamps."""
    lines = (Line(900, qty=Decimal(3)),)
    assert target(stamps(3), returned(lines, (line(0, 0), line(0, 0)))) == 2


def test_a_discount_comes_back_only_as_a_discount() -> None:
    """Money asked for a line of -3.00 or of 0.00 is none of it."""
    backs = returned((*LINES, Line(0)), (line(2, 50), line(3, 1)))
    assert [back.cents for back in backs] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("given", "of", "units", "expected"), [(3, 2, "1", 2), (4, 3, "2", 3), (5, 4, "1", 1)]
)
def test_points_of_what_was_free_are_rounded_half_up(given: int, of: int, units: str, expected: int) -> None:
    """1.5 is 2, 2.67 is 3, 1.25 is 1."""
    assert target(points(given), returned((Line(0, qty=Decimal(of)),), (line(0, 0, units),))) == expected


def test_stamps_follow_an_amount_by_the_piece() -> None:
    """Half the money for two cups is one cup; one of two free cups is none of the one stamp."""
    assert target(stamps(2), returned((Line(1000, qty=Decimal(2)),), (Return(500),))) == 1
    assert target(stamps(1), returned((Line(0, qty=Decimal(2)),), (line(0, 0, "1"),))) == 0


def test_a_line_without_quantity_goes_by_its_cents() -> None:
    """A typed amount of 5.00 with a stamp: it falls with all of it."""
    lines = (Line(500, qty=Decimal(0)),)
    assert target(stamps(1), returned(lines, (line(0, 499, "0"),))) == 0
    assert target(stamps(1), returned(lines, (line(0, 500, "0"),))) == 1


def test_what_was_free_does_not_keep_a_ticket() -> None:
    """The last paid line decides, be it of one cent; without paid lines the last line does."""
    lines = (Line(1000), Line(1), Line(0))
    assert not gone(returned(lines, (line(0, 1000),)))
    assert gone(returned(lines, (line(0, 1000), line(1, 1))))
    assert not gone(returned((Line(0), Line(0)), (line(0, 0),)))
    assert gone(returned((Line(0), Line(0)), (line(0, 0), line(1, 0))))


def test_free_items_on_one_line_come_back_one_by_one() -> None:
    """Two free cups on a line of two: the one that is returned gives one card back."""
    burn = Burn("coffee", "reward:coffee", 2, 1, 500, (500,))
    assert restored(burn, returned((Line(500, qty=Decimal(2)),), (line(0, 250, "1"),))) == (1, 250)


def test_points_paid_come_back_by_the_cent() -> None:
    """10 points on one line: a quarter of the line is 2.5 of them, rounded up."""
    burn = Burn("pay", "points", 10, 1, 400, (400,))
    assert restored(burn, returned((Line(1000),), (line(0, 250, "0"),))) == (3, 100)

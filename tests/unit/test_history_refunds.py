"""Returns in a history: by goods, by amount, in parts, late, after the points were spent (ledger-and-sync.md 3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rules.history.book import Why
from rules.history.record import RecordError
from rules.history.returns import returns_of
from rules.refund import LineReturn, Return
from rules.ticket import Line
from tests.unit.history_kit import (
    BASE,
    CARD,
    CHEQUE,
    EXPIRY,
    PAY,
    STREAK,
    TIERS,
    VISIT,
    Told,
    back,
    programme,
    sold,
    some,
)

TEN = Line(1000, "x", "food")
COFFEE = Line(250, "c", "coffee")
IDENTITY = ("earned", "clawed", "burned", "expired", "deficit", "balance")


def test_goods_that_come_back_take_their_points_with_them() -> None:
    """Two lines of ten euros, one comes back: its 10 points are clawed; a refund is no ticket."""
    told = Told(programme(BASE)).take(sold("1", 0, TEN, Line(1000, "y")), back("r", 1, "1", Line(1000, "y")))
    assert told.moves()[-1] == ("CLAWBACK", "base", -10, 10)
    names = ("tickets", "net_cents", "paid_cents", "earned", "clawed", "balance", "visit_days")
    assert some(told.row(), *names) == (1, 1000, 1000, 20, 10, 10, 1)


def test_parts_add_up_to_the_whole() -> None:
    """Three refunds of 3.33, 3.33 and 3.34 of ten euros leave nothing, whatever each rounded."""
    told = Told(programme(BASE)).take(sold("1", 0, TEN))
    for n, cents in enumerate((333, 333, 334)):
        told.take(back(f"r{n}", n, "1", Line(cents, "x", "food")))
    assert some(told.row(), *IDENTITY) == (10, 10, 0, 0, 0, 0)
    assert some(told.row(), "net_cents", "visit_days") == (0, 0)


def test_an_amount_is_spread_over_what_is_left() -> None:
    """One line comes back whole, then half of the rest by amount only."""
    told = Told(programme(BASE)).take(sold("1", 0, TEN, Line(2000, "y")))
    told.take(back("r1", 1, "1", TEN), back("r2", 2, "1", Line(1000)))
    assert some(told.row(), "net_cents", "clawed", "balance") == (1000, 20, 10)


def test_registers_that_write_returns_as_negative_are_understood() -> None:
    """Minus ten euros, minus one piece: the same return."""
    told = Told(programme(BASE)).take(
        sold("1", 0), back("r", 1, "1", Line(-1000, "x", "food", "", Decimal(-1)))
    )
    assert some(told.row(), "net_cents", "balance", "clawed") == (0, 0, 10)


def test_points_that_had_lapsed_make_no_debt() -> None:
    """The claw lands on the ticket's own lot, expired or not."""
    told = Told(programme(BASE, EXPIRY)).take(sold("1", 0), sold("2", 100), back("r", 101, "1", TEN))
    assert some(told.row(), *IDENTITY) == (20, 10, 0, 0, 0, 10)
    assert told.moves()[-2:] == [("EXPIRE", "base", 10, 10), ("CLAWBACK", "base", -10, 10)]


def test_points_that_were_spent_are_owed_and_repaid() -> None:
    """10 points are spent, then their ticket comes back: a debt, paid by the next ticket; until then no reward."""
    told = Told(programme(BASE, PAY), redeem=True)
    told.take(sold("1", 0), sold("2", 1, Line(190, "y")), back("r", 2, "1", TEN))
    assert some(told.row(), *IDENTITY) == (10, 10, 10, 0, 10, 0)
    told.take(sold("3", 3, Line(700, "y")), sold("4", 4, Line(1300, "y")))
    assert some(told.row(), *IDENTITY) == (30, 10, 10, 0, 0, 10)
    assert ("REPAY", "base", -7, 0) in told.moves()


def test_a_ticket_paid_with_points_gives_them_back_to_their_lots() -> None:
    """Half of the goods: half of the points and half of the cents; the other half with the rest."""
    told = Told(programme(BASE, PAY, EXPIRY), redeem=True).take(sold("1", 0), sold("2", 80, TEN, TEN))
    told.take(back("r1", 81, "2", TEN))
    names = ("burned", "reward_cents", "rewards", "net_cents", "paid_cents")
    assert some(told.row(82), *names) == (5, 50, 1, 2000, 1950)
    assert told.moves()[-1] == ("RESTORE", "pay", 5, 14)
    told.take(back("r2", 82, "2", TEN))
    assert some(told.row(83), *names) == (0, 0, 0, 1000, 1000)
    assert told.row(91)["expired"] == 10


def test_points_given_back_after_their_last_day_lapse_at_once() -> None:
    """The lot is the same, and so is its last day."""
    told = Told(programme(BASE, PAY, EXPIRY), redeem=True)
    told.take(sold("1", 0), sold("2", 80, Line(100, "y")), back("r", 95, "2", Line(100, "y")))
    assert some(told.row(96), "burned", "expired", "balance") == (0, 10, 0)


def test_a_second_ticket_of_the_day_earns_what_the_first_one_had() -> None:
    """The visit of the day was on a ticket that came back: it is topped up on the other one."""
    told = Told(programme(VISIT)).take(sold("1", 0), sold("2", 0.1), back("r", 1, "1", TEN))
    assert ("TOP_UP", "visit", 3, 6) in told.moves()
    assert some(told.row(), "earned", "clawed", "balance", "visit_days") == (6, 3, 3, 1)


def test_a_streak_that_rested_on_a_returned_ticket_falls() -> None:
    """Week two earned because of week one; week one comes back: the bonus on week two is clawed."""
    told = Told(programme(STREAK)).take(sold("1", 0), sold("2", 7), back("r", 8, "1", TEN))
    assert told.moves() == [("ACCRUE", "weeks", 7, 7), ("CLAWBACK", "weeks", -7, 0)]
    assert some(told.row(), "longest:weeks", "earned", "clawed") == (1, 7, 7)


def test_a_tier_bought_and_given_back_falls_with_what_it_multiplied() -> None:
    """Gold by thirty euros, doubled on the next ticket; the thirty come back: neither gold nor the double."""
    told = Told(programme(BASE, TIERS)).take(sold("1", 0, Line(3000, "x", "food")), sold("2", 1))
    assert some(told.row(), "tier", "balance") == ("gold", 50)
    told.take(back("r", 2, "1", Line(3000, "x", "food")))
    row = told.row()
    assert some(row, "tier", "since:gold", "earned", "clawed", "balance") == ("blue", "", 50, 40, 10)


def test_stamps_of_a_card_that_was_made_are_owed() -> None:
    """Three coffees made a card; one comes back: the card stays, the next stamp is owed, one set gives one card."""
    told = Told(programme(BASE, CARD)).take(sold("1", 0, COFFEE, COFFEE), sold("2", 1, COFFEE))
    told.take(back("r", 2, "2", COFFEE), sold("3", 3, COFFEE))
    assert some(told.row(), "cards:card", "stamps:card") == (1, 0)
    assert told.moves("stamp:card")[-3:] == [
        ("CLAWBACK", "card", -1, 0),
        ("ACCRUE", "card", 1, 1),
        ("REPAY", "card", -1, 0),
    ]


def test_a_return_of_an_unknown_ticket_is_refused() -> None:
    """Not sold before, or sold to somebody else."""
    told = Told(programme(BASE)).take(sold("1", 0))
    for refund in (back("r", 1, "2", TEN), back("r", 1, "1", TEN, member="n")):
        with pytest.raises(RecordError, match="not in the history before it"):
            told.take(refund)
    with pytest.raises(RecordError, match="has no z"):
        told.take(back("r", 1, "1", Line(100, "z")))
    assert some(told.row(), *IDENTITY) == (10, 0, 0, 0, 0, 10)


LINES = (Line(300, "a", qty=Decimal(3)), Line(500, "b"), Line(100, "a"), Line(0, "gift"))


@pytest.mark.parametrize(
    ("refund", "found"),
    [
        (Line(200, "a", qty=Decimal(2)), ((0, 200, 2),)),
        (Line(400, "a", qty=Decimal(4)), ((0, 300, 3), (2, 100, 1))),
        (Line(0, "gift"), ((3, 0, 1),)),
        (Line(500, "b", "other"), ((1, 500, 1),)),
        (Line(900, "b", qty=Decimal(2)), ((1, 900, 2),)),
    ],
)
def test_goods_find_their_lines(refund: Line, found: tuple[tuple[int, int, int], ...]) -> None:
    """By name in the order of the ticket; what goes beyond stays with the last line."""
    wanted = Return(lines=tuple(LineReturn(n, cents, Decimal(qty)) for n, cents, qty in found))
    assert returns_of(LINES, (), (refund,)) == (wanted,)


def test_what_has_come_back_leaves_room_for_less() -> None:
    """The first line is gone: the second one of the same goods is meant."""
    before = returns_of(LINES, (), (Line(300, "a", qty=Decimal(3)),))
    assert returns_of(LINES, before, (Line(100, "a"),)) == (Return(lines=(LineReturn(2, 100, Decimal(1)),)),)
    with pytest.raises(RecordError, match="name the lines"):
        returns_of(LINES, (), ())


def test_a_part_that_comes_back_lowers_the_tier() -> None:
    """Gold by exactly thirty euros; ten of them come back: the next ticket's double points are clawed."""
    told = Told(programme(BASE, TIERS)).take(sold("1", 0, TEN, Line(2000, "y")), sold("2", 1, Line(500, "z")))
    assert some(told.row(), "tier", "balance") == ("gold", 40)
    told.take(back("r", 2, "1", TEN))
    assert some(told.row(), "tier", "since:gold", "balance", "clawed") == ("blue", "", 25, 15)


def test_a_bonus_that_falls_takes_less_with_the_goods() -> None:
    """Half of week two comes back, then all of week one: of the bonus nothing was kept, of the points the half."""
    told = Told(programme(BASE, STREAK)).take(sold("1", 0), sold("2", 7, TEN, Line(1000, "y")))
    told.take(back("r1", 8, "2", TEN))
    assert some(told.row(), "earned", "clawed") == (37, 14)
    told.take(back("r2", 9, "1", TEN))
    assert some(told.row(), "earned", "clawed", "balance", "deficit") == (37, 27, 10, 0)


def test_a_claw_that_was_owed_is_lifted() -> None:
    """The bonus was spent before; what a part of the goods owed of it falls when the whole bonus does."""
    told = Told(programme(BASE, STREAK, PAY.replace("points = 10", "points = 30")), redeem=True)
    told.take(sold("1", 0), sold("2", 7, TEN, Line(1000, "y")), sold("3", 7.1, Line(150, "y")))
    assert some(told.row(), "burned", "balance") == (30, 7)
    told.take(back("r1", 8, "2", TEN), back("r2", 9, "1", TEN))
    assert some(told.row(), "earned", "clawed", "burned", "deficit", "balance") == (37, 27, 30, 20, 0)
    told.take(sold("4", 15, Line(2500, "y")))
    assert some(told.row(), "deficit", "balance") == (0, 12)


def test_what_others_bore_moves_home_when_the_own_lot_can_bear_it() -> None:
    """The points of 1 paid for 2; both come back: ticket 3 is as if neither had been, its lot whole."""
    told = Told(programme(BASE, PAY, EXPIRY), redeem=True)
    told.take(sold("1", 0), sold("2", 1, Line(500, "y")), sold("3", 2, Line(2000, "z")))
    assert some(told.row(3), "burned", "balance") == (10, 24)
    told.take(back("r1", 3, "1", TEN))
    assert some(told.row(4), "clawed", "balance", "deficit") == (10, 14, 0)
    told.take(back("r2", 4, "2", Line(500, "y")))
    assert some(told.row(5), "earned", "clawed", "burned", "deficit", "balance") == (34, 14, 0, 0, 20)
    lots = told.replay.members["m"].book.lots
    assert [(lots[name].available, lots[name].clawed) for name in ("1:0", "2:0", "3:0")] == [
        (0, 10),
        (0, 4),
        (20, 0),
    ]


def test_points_given_back_repay_a_debt_before_they_lapse() -> None:
    """The points of 1 paid for 2 and are owed; 2 comes back after their last day: no debt is left."""
    told = Told(programme(BASE, PAY, EXPIRY), redeem=True)
    told.take(sold("1", 0), sold("2", 80, Line(150, "y")), back("r1", 95, "1", TEN))
    assert some(told.row(96), "deficit", "burned", "clawed") == (10, 10, 10)
    told.take(back("r2", 96, "2", Line(150, "y")))
    assert some(told.row(97), "deficit", "burned", "clawed", "expired", "balance") == (0, 0, 10, 0, 0)


def test_each_lot_gets_back_what_it_gave() -> None:
    """3 drew 5 points of lot 1 and 5 of lot 2; its halves come back one after the other, each to its lot."""
    told = Told(programme(BASE, PAY), redeem=True)
    told.take(sold("1", 0, Line(1500, "x")), sold("2", 1, Line(800, "y")), sold("3", 2, TEN, TEN))
    told.take(back("r1", 3, "3", TEN), back("r2", 4, "3", TEN))
    lots = told.replay.members["m"].book.lots
    assert [(lots[name].available, lots[name].burned) for name in ("1:0", "2:0")] == [(5, 10), (7, 0)]


def test_a_voucher_comes_back_with_the_ticket_it_paid() -> None:
    """Whole, with its old last day; half of the goods leaves it used."""
    told = Told(programme(BASE, CHEQUE), redeem=True)
    told.take(sold("1", 0, Line(2000, "x")), sold("2", 1, TEN, TEN), back("r1", 2, "2", TEN))
    assert some(told.row(3), "vouchers_used", "reward_cents") == (1, 100)
    told.take(back("r2", 3, "2", TEN))
    assert some(told.row(4), "vouchers_used", "vouchers_issued", "reward_cents") == (0, 1, 0)
    assert told.row(40)["vouchers_expired"] == 1


@pytest.mark.parametrize(
    ("refund", "found"),
    [
        ((Line(500, "b"), Line(-500, "off")), ((1, 500, 1), (4, -500, 1))),
        ((Line(500, "b"), Line(0, "gift")), ((1, 500, 1), (3, 0, 1))),
        ((Line(200, "a"), Line(200, "a")), ((0, 200, 1), (0, 100, 1), (2, 100, 0))),
    ],
)
def test_several_goods_of_one_return(
    refund: tuple[Line, ...], found: tuple[tuple[int, int, int], ...]
) -> None:
    """Each finds its own line and leaves less for the next; a discount as large as its goods stays one."""
    wanted = Return(lines=tuple(LineReturn(n, cents, Decimal(qty)) for n, cents, qty in found))
    assert returns_of((*LINES, Line(-500, "off")), (), refund) == (wanted,)


def test_goods_of_two_categories_are_told_apart() -> None:
    """The same number, once as food and once as a gift: the category of the return decides."""
    lines = (Line(300, "a", "food"), Line(300, "a", "gift"))
    (found,) = returns_of(lines, (), (Line(300, "a", "gift"),))
    assert [one.index for one in found.lines] == [1]


def test_a_burn_comes_back_in_parts() -> None:
    """Three thirds of the goods that ten points paid: 4, 7 and 10 of them are back."""
    told = Told(programme(BASE, PAY), redeem=True).take(sold("1", 0), sold("2", 1, TEN, TEN, TEN))
    for n, spent in enumerate((6, 3, 0)):
        told.take(back(f"r{n}", n + 2, "2", TEN))
        assert told.row()["burned"] == spent


DAY = date(2026, 3, 2)
CAP = '[[rule]]\nid = "cap"\nkind = "cap"\nof = ["*"]\nmax = 20\nper = "month"\n'
FIVE = Line(500, "y", "food")


def test_what_a_cap_lets_go_is_topped_up_time_and_again() -> None:
    """5, 5 and 10 of 20 points under a cap of 20; then the first two tickets come back, one after the other."""
    told = Told(programme(BASE, CAP)).take(sold("1", 0, FIVE), sold("2", 1, FIVE), sold("3", 2, TEN, TEN))
    for n, figures in enumerate(((25, 5, 20), (30, 10, 20))):
        told.take(back(f"r{n}", n + 3, f"{n + 1}", FIVE))
        assert some(told.row(), "earned", "clawed", "balance") == figures
    member = told.replay.members["m"]
    assert [
        (lot.lot, lot.available, lot.earned_on.day) for lot in member.book.of_ticket("3", "base", "points")
    ] == [
        ("3:0", 10, 4),
        ("3:base:1", 5, 4),
        ("3:base:2", 5, 4),
    ]
    assert member.sales["3"].rows["base", "points"].given == 20


def test_a_rule_that_never_gave_anything_is_topped_up() -> None:
    """The first visit was large; it comes back, and the small one after it is the first now."""
    first = VISIT.replace("points = 3", 'points = 3\nwhen = "member.visits < 1 && ticket.total < 6.00"')
    told = Told(programme(first)).take(sold("1", 0), sold("2", 1, FIVE), back("r", 2, "1", TEN))
    assert some(told.row(), "earned", "earned:visit", "balance") == (3, 3, 3)
    (posted,) = told.postings
    assert posted.why == Why("TOP_UP", DAY + timedelta(days=2), "2", "visit")


def test_what_falls_elsewhere_names_its_own_ticket() -> None:
    """Week one comes back: the bonus of ticket 2 is clawed there."""
    told = Told(programme(STREAK)).take(sold("1", 0), sold("2", 7), back("r", 8, "1", TEN))
    assert told.postings[-1].why == Why("CLAWBACK", DAY + timedelta(days=8), "2", "weeks")


def test_two_prizes_of_one_ticket_are_not_touched_by_another_that_comes_back() -> None:
    """Both levels at once, 5 and 7 points; a later ticket comes back with its own points alone."""
    levels = (TIERS + "\n").replace(
        "from = 0.00 }", 'from = 0.00 }, { id = "silver", from = 10.00, gives = { points = 5 } }'
    )
    levels = levels.replace('multiply = "2"', "gives = { points = 7 }")
    told = Told(programme(BASE, levels)).take(sold("1", 0, TEN, TEN, TEN), sold("2", 1))
    assert some(told.row(), "earned", "balance") == (52, 52)
    told.take(back("r", 2, "2", TEN))
    assert some(told.row(), "earned", "clawed", "balance") == (52, 10, 42)


def test_the_level_is_told_with_the_return_that_lowers_it() -> None:
    """Gold on day 0, blue on day 2: what comes back is not waited for."""
    told = Told(programme(BASE, TIERS)).take(
        sold("1", 0, TEN, TEN, TEN), sold("2", 1), back("r", 2, "1", TEN)
    )
    levels = [(one.why.rule, one.why.day.day) for one in told.postings if one.why.cause == "TIER"]
    assert levels == [("gold", 2)]
    told.take(back("r2", 3, "1", TEN))
    levels = [(one.why.rule, one.why.day.day) for one in told.postings if one.why.cause == "TIER"]
    assert levels == [("gold", 2), ("blue", 5)]


def test_what_a_return_makes_is_called_after_it() -> None:
    """Points that come back with goods become a cheque again."""
    told = Told(programme(BASE, PAY.replace("points = 10", "points = 15"), CHEQUE), redeem=True)
    told.take(sold("1", 0, Line(1900, "x")), sold("2", 1, Line(1100, "y")), sold("3", 2, Line(300, "z")))
    assert some(told.row(), "balance", "vouchers_issued") == (17, 0)
    told.take(back("r", 3, "2", Line(1100, "y")))
    made = [(one.why.cause, one.lot, one.why.ticket) for one in told.postings if one.asset == "voucher:two"]
    assert made == [("CONVERT", "r:c0", "r")]

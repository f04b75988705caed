"""What is clawed, owed, borne by others and given back, lot by lot (ledger-and-sync.md section 3)."""

from datetime import date, timedelta

from rules.history.book import AVAILABLE, BURNED, CONVERTED, EXPIRED, Book, Lot, Posting, Why
from rules.history.claws import claw, claw_all, repay, restore, unclaw

DAY = date(2026, 3, 2)
GIVEN = Why("ACCRUE", DAY, "t", "base")


class Booked:
    """A book, with lots called after letters that lapse in their order, and what was posted after they were given."""

    def __init__(self, *quantities: int) -> None:
        self.posted: list[Posting] = []
        self.book = Book(self.posted.append, keep=True)
        self.lots = []
        for name, quantity in zip("abc", quantities, strict=False):
            last = DAY.replace(month=5, day=ord(name) - 96)
            self.lots.append(Lot(name, "points", DAY, DAY, last, f"ticket-{name}", f"rule-{name}"))
            self.book.issue(self.lots[-1], quantity, GIVEN)
        self.posted.clear()

    def spend(self, lot: int, quantity: int, target: str = BURNED) -> None:
        self.book.move(self.lots[lot], AVAILABLE, target, quantity)
        self.book.tidy()

    def told(self) -> list[tuple[str, str, str, str, int]]:
        """Cause, ticket, rule, lot and quantity of what was posted, all of it on the day of the work."""
        assert {one.why.day for one in self.posted} <= {LATER}
        return [(one.why.cause, one.why.ticket, one.why.rule, one.lot, one.quantity) for one in self.posted]


LATER = DAY + timedelta(days=9)
BACK = Why("CLAWBACK", LATER, "ticket-a", "rule-a")


def test_a_claw_takes_what_is_there_then_what_lapsed_and_owes_the_rest() -> None:
    """Of ten 3 are left and 6 lapsed: 5 take 3 and 2; 6 more take 4, owe 2, and the other lot pays them."""
    one = Booked(10, 5)
    one.spend(0, 1)
    one.spend(0, 6, EXPIRED)
    claw(one.book, one.lots[0], 5, BACK)
    lot = one.lots[0]
    assert (lot.available, lot.expired, lot.clawed, one.book.debts) == (0, 4, 5, [])
    assert one.told() == [
        ("CLAWBACK", "ticket-a", "rule-a", "a", -3),
        ("EXPIRE", "ticket-a", "rule-a", "a", 2),
        ("CLAWBACK", "ticket-a", "rule-a", "a", -2),
    ]
    one.posted.clear()
    claw(one.book, lot, 6, BACK)
    assert one.told()[2:] == [
        ("CLAWBACK", "ticket-a", "rule-a", "", -2),
        ("REPAY", "ticket-a", "rule-a", "b", -2),
    ]
    assert (one.book.debts[0].quantity, one.book.debts[0].covers) == (0, {"b": 2})


def test_of_two_lots_the_last_one_owes_what_was_spent_of_it() -> None:
    """The second lot was spent: it is clawed all the same, and the first one bears it."""
    one = Booked(5, 5)
    one.spend(1, 5)
    claw_all(one.book, one.lots, 5, BACK)
    assert [(debt.lot, debt.covers) for debt in one.book.debts] == [("b", {"a": 5})]


def test_what_was_borne_goes_home_available_first_then_lapsed() -> None:
    """Lot a was spent when its ticket came back and b bore 8; then 3 and 4 of a come back, the latter lapsed."""
    one = Booked(10, 20)
    one.spend(0, 10)
    claw(one.book, one.lots[0], 8, BACK)
    one.book.move(one.lots[0], BURNED, AVAILABLE, 3)
    one.book.move(one.lots[0], BURNED, EXPIRED, 4)
    one.posted.clear()
    repay(one.book, LATER)
    own, other = one.lots
    assert (own.available, own.expired, own.clawed, other.available, other.clawed) == (0, 0, 7, 19, 1)
    assert one.told() == [
        ("REPAY", "ticket-a", "rule-a", "a", -3),
        ("REPAY", "ticket-a", "rule-a", "b", 3),
        ("EXPIRE", "ticket-a", "rule-a", "a", 4),
        ("REPAY", "ticket-a", "rule-a", "a", -4),
        ("REPAY", "ticket-a", "rule-a", "b", 4),
    ]
    assert one.book.debts[0].covers == {"b": 1}


def test_a_debt_is_paid_by_its_own_lot_even_where_that_lapsed() -> None:
    """Nobody else had anything; what comes back of the lot has lapsed meanwhile."""
    one = Booked(10)
    one.spend(0, 10)
    claw(one.book, one.lots[0], 8, BACK)
    one.book.move(one.lots[0], BURNED, EXPIRED, 5)
    one.posted.clear()
    repay(one.book, LATER)
    assert one.told() == [("EXPIRE", "ticket-a", "rule-a", "a", 5), ("REPAY", "ticket-a", "rule-a", "a", -5)]
    assert one.book.deficit() == {"points": 3}


def test_a_claw_is_lifted_from_debts_then_from_others_then_from_the_lot() -> None:
    """Of 9 clawed 2 came from the lot, 4 another bore and 3 are owed: 3, then 4, then 1 are given back."""
    one = Booked(9, 4)
    one.spend(0, 7)
    claw(one.book, one.lots[0], 9, BACK)
    assert one.book.deficit() == {"points": 3}
    one.posted.clear()
    unclaw(one.book, one.lots[:1], 8, BACK)
    assert one.told() == [
        ("CLAWBACK", "ticket-a", "rule-a", "", 3),
        ("CLAWBACK", "ticket-a", "rule-a", "b", 4),
        ("CLAWBACK", "ticket-a", "rule-a", "a", 1),
    ]
    assert (one.book.balance(), one.book.deficit()) == ({"points": 5}, {})
    assert one.book.debts[0].covers == {"b": 0}


def test_a_burn_is_given_back_lot_by_lot() -> None:
    """Five of each were spent: seven come back as five and two, then three more go to the second."""
    one = Booked(5, 5)
    one.spend(0, 5)
    one.spend(1, 5)
    done: dict[str, int] = {}
    for quantity, left in ((7, (5, 2)), (3, (5, 5))):
        restore(one.book, {"a": 5, "b": 5}, done, quantity, BACK)
        assert tuple(lot.available for lot in one.lots) == left
    assert done == {"a": 5, "b": 5}
    assert sum(each.quantity for each in one.book.holdings()) == 10


def test_a_lot_stands_in_the_book_once() -> None:
    """Half spent and given back while some of it was left."""
    one = Booked(10)
    one.spend(0, 4)
    one.book.move(one.lots[0], BURNED, AVAILABLE, 4)
    one.spend(0, 5)
    assert [each.quantity for each in one.book.holdings()] == [5]


def test_what_lapsed_or_was_converted_of_two_lots_is_clawed_there() -> None:
    """Both lots have room for what was given in them, wherever it went: nothing falls on the first one alone."""
    one = Booked(6, 4)
    one.spend(0, 6, EXPIRED)
    one.spend(1, 4, EXPIRED)
    claw_all(one.book, one.lots, 10, BACK)
    assert ([lot.clawed for lot in one.lots], one.book.debts) == ([6, 4], [])
    assert {posting.asset for posting in one.posted} == {"points"}
    two = Booked(6, 4)
    two.spend(0, 6, CONVERTED)
    two.spend(1, 4, CONVERTED)
    claw_all(two.book, two.lots, 10, BACK)
    assert [(debt.lot, debt.quantity) for debt in two.book.debts] == [("b", 4), ("a", 6)]


def test_a_lot_that_was_taken_whole_owes_the_rest_at_once() -> None:
    """All of it was clawed already: what is clawed again is one debt, for nothing of it is left."""
    one = Booked(7)
    claw_all(one.book, one.lots, 7, BACK)
    claw_all(one.book, one.lots, 7, BACK)
    assert one.told() == [
        ("CLAWBACK", "ticket-a", "rule-a", "a", -7),
        ("CLAWBACK", "ticket-a", "rule-a", "", -7),
    ]


def test_what_a_lot_owes_or_others_bore_for_it_is_not_clawed_there_again() -> None:
    """Of lot b 2 are owed and 3 borne by c when 5 more are clawed: b has no room left, a owes them."""
    one = Booked(5, 5, 3)
    one.spend(0, 5)
    one.spend(1, 5)
    own = one.lots[:2]
    claw_all(one.book, own, 5, BACK)
    assert [(debt.lot, debt.quantity, debt.covers) for debt in one.book.debts] == [("b", 2, {"c": 3})]
    claw_all(one.book, own, 5, BACK)
    assert [(debt.lot, debt.quantity) for debt in one.book.debts] == [("b", 2), ("a", 5)]


def test_a_lot_that_bears_twice_gets_all_of_it_back() -> None:
    """Lot b bore 3, then the 2 that came back to it; both go home when a can bear them."""
    one = Booked(5, 5)
    one.spend(0, 5)
    one.spend(1, 2)
    claw(one.book, one.lots[0], 5, BACK)
    one.book.move(one.lots[1], BURNED, AVAILABLE, 2)
    repay(one.book, LATER)
    assert one.book.debts[0].covers == {"b": 5}
    one.book.move(one.lots[0], BURNED, AVAILABLE, 5)
    one.posted.clear()
    repay(one.book, LATER)
    assert one.told() == [("REPAY", "ticket-a", "rule-a", "a", -5), ("REPAY", "ticket-a", "rule-a", "b", 5)]
    assert [lot.available for lot in one.lots] == [0, 5]


def test_a_debt_is_paid_by_what_its_own_lot_has_on_that_day() -> None:
    """What comes back to the lot pays at once, and the day of it is written down."""
    one = Booked(5)
    one.spend(0, 5)
    claw(one.book, one.lots[0], 5, BACK)
    one.book.move(one.lots[0], BURNED, AVAILABLE, 2)
    one.posted.clear()
    repay(one.book, LATER)
    assert one.told() == [("REPAY", "ticket-a", "rule-a", "a", -2)]


def test_a_lapsed_part_goes_home_after_nothing_was_left_of_the_lot() -> None:
    """The own lot has only what lapsed: it bears all the same, under the name of the asset."""
    one = Booked(4, 6)
    one.spend(0, 4)
    claw(one.book, one.lots[0], 4, BACK)
    one.book.move(one.lots[0], BURNED, EXPIRED, 4)
    one.posted.clear()
    repay(one.book, LATER)
    assert [(each.why.cause, each.asset, each.lot, each.quantity) for each in one.posted] == [
        ("EXPIRE", "points", "a", 4),
        ("REPAY", "points", "a", -4),
        ("REPAY", "points", "b", 4),
    ]


def test_what_lapsed_pays_a_debt_under_the_name_of_the_asset() -> None:
    """As above, where nobody bore anything."""
    one = Booked(4)
    one.spend(0, 4)
    claw(one.book, one.lots[0], 4, BACK)
    one.book.move(one.lots[0], BURNED, EXPIRED, 4)
    one.posted.clear()
    repay(one.book, LATER)
    assert {each.asset for each in one.posted} == {"points"}


def test_a_claw_over_two_lots_is_lifted_as_far_as_asked() -> None:
    """Of 6 and 4 clawed eight come back: 6 of the first, 2 of the second."""
    one = Booked(6, 4)
    claw_all(one.book, one.lots, 10, BACK)
    unclaw(one.book, one.lots, 8, BACK)
    assert [lot.available for lot in one.lots] == [6, 2]


def test_what_is_owed_and_borne_is_lifted_no_further_than_asked() -> None:
    """2 owed, 4 borne: of the four only one is lifted when three are asked for."""
    one = Booked(6, 4)
    one.spend(0, 6)
    claw(one.book, one.lots[0], 6, BACK)
    unclaw(one.book, one.lots[:1], 3, BACK)
    assert (one.book.debts[0].quantity, one.book.debts[0].covers) == (0, {"b": 3})

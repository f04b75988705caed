"""What is left at the till of what a member holds after a return that the ledger has not told of yet."""

from datetime import date

import pytest

from pos_app.till.member import after_refund
from rules.account import Account, Holding
from rules.fold import expire
from sync.entry import Claw, Draw, RefundBody

SOLD, TODAY, LAST = date(2026, 4, 17), date(2026, 5, 7), date(2026, 5, 7)
TICKET = "019d99d80c9c70f0b7771cc612a7c7e8"
CLAIMED = "1-1-17-4"


@pytest.mark.parametrize("told", [True, False], ids=["by the ledger's row", "by this till's own entry"])
def test_a_return_takes_the_lot_of_its_own_ticket(told: bool) -> None:
    """The stamp of a returned ticket was to lapse today; tomorrow the one of the next ticket is still there."""
    returned = Holding("stamp:daily", CLAIMED if told else f"{TICKET}:4", 1, SOLD, SOLD, LAST)
    newer = Holding("stamp:daily", "019d99de60ec739bbc8a2eb177a36c33:3", 1, TODAY, TODAY, date(2026, 5, 27))
    account = Account(1001, holdings=(returned, newer), balance={"stamp:daily": 2})
    claw = Claw("daily", "stamp:daily", CLAIMED, 1, (Draw(CLAIMED, "stamp:daily", CLAIMED, 1),))
    body = RefundBody("halles", "camille", TICKET, "1-1-17", 1280, (), (claw,), ())
    after = expire(after_refund(account, body, {}), date(2026, 5, 8))
    assert (after.holdings, after.balance) == ((newer,), {"stamp:daily": 1})


def test_what_its_own_lot_no_longer_has_leaves_the_newest() -> None:
    """Spent in part meanwhile: the rest of what is taken back is the last that would have lapsed anyway."""
    older, returned, newer = (
        Holding("points", name, 10, SOLD, SOLD, date(2027, 4, 17)) for name in ("o-1001-1", CLAIMED, "c-9")
    )
    account = Account(1001, holdings=(older, returned, newer), balance={"points": 30})
    body = RefundBody(
        "halles", "camille", TICKET, "1-1-17", 1280, (), (Claw("base", "points", CLAIMED, 12, ()),), ()
    )
    after = after_refund(account, body, {})
    assert [(one.lot, one.quantity) for one in after.holdings] == [("o-1001-1", 10), ("c-9", 8)]
    assert after.balance == {"points": 18}


def test_a_lot_that_bears_a_debt_stays_as_it_is() -> None:
    """The ledger tells less than nothing of a lot that is going to bear more than it has: nothing is taken from it."""
    debt = Holding("points", "c-1", -3, SOLD, SOLD, date(2027, 4, 17))
    account = Account(1001, holdings=(debt,), balance={"points": -3})
    body = RefundBody("halles", "camille", TICKET, "1-1-17", 500, (), (Claw("base", "points", CLAIMED, 5),))
    after = after_refund(account, body, {"points": 5})
    assert (after.holdings, after.balance) == ((debt,), {"points": -3})

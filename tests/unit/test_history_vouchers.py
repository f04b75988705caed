"""Vouchers in a history: one that was used before its ticket came back is written off."""

from rules.ticket import Line
from tests.unit.history_kit import Told, back, programme, sold

CAKE = '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n'
VISIT = '[[rule]]\nid = "hello"\nkind = "earn.visit"\nvoucher = "cake"\nwhen = "ticket.total >= 10.00"\n'
TEN = Line(1000, "x", "food")


def test_a_used_voucher_is_written_off() -> None:
    """Given on day 0 and used on day 1; its ticket comes back: nothing is owed, and the next one is not touched."""
    told = Told(programme(CAKE, VISIT), redeem=True)
    told.take(sold("1", 0, TEN), sold("2", 1, Line(700, "y")))
    told.take(back("r", 2, "1", TEN), sold("3", 3, TEN))
    vouchers = next(iter(told.replay.members.values())).book.sums["voucher:cake"]
    assert (vouchers.available, vouchers.burned, vouchers.owed, vouchers.clawed) == (1, 1, 0, 0)


def test_an_unused_voucher_falls_with_its_ticket() -> None:
    """Whole, with the last line."""
    told = Told(programme(CAKE, VISIT)).take(sold("1", 0, TEN), back("r", 1, "1", TEN))
    vouchers = next(iter(told.replay.members.values())).book.sums["voucher:cake"]
    assert (vouchers.available, vouchers.clawed) == (0, 1)

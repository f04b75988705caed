"""Vouchers on paper: printed with a code, taken by a scan of it, given once however often it was copied."""

import datetime
import io

import msgspec
import pytest
import zxingcpp
from PIL import Image

from pos_app.printing.picture import png
from pos_app.printing.rows import as_text
from pos_app.printing.viewer import viewed
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.slip import printed
from pos_app.till.view import Stage
from rules.account import Holding
from sync.entry import Slice, TicketBody
from sync.till import slices, spool
from sync.tokens import voucher_code, voucher_lot
from tests.unit.test_till_vouchers import CHEQUE, GROCER
from tests.unit.till_kit import LOOKUP, Shop, lot

DAY = datetime.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def grocer(shop: Shop) -> None:
    """60 points are a voucher of 5.00; a second day in a row gives one for bread."""
    shop.publish("programme", GROCER)


def coupon(shop: Shop) -> str:
    """The voucher's code on the receipt that was printed last, as a scanner reads it from the paper."""
    job = spool.last_job(shop.store.reader())
    assert job is not None
    paper = viewed(printed(shop.till.parts, job.data))
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(png(paper, 42))).convert("L"))
    (found,) = [one.text for one in codes if one.text.startswith("V-")]
    assert found in as_text(paper.rows), "for the keyboard, where the square cannot be read"
    return str(found)


def chosen(shop: Shop) -> tuple[str, ...]:
    """The rewards that are taken on the begun ticket."""
    return tuple(one.rule for one in shop.view.ticket.rewards if one.chosen) if shop.view.ticket else ()


def held(shop: Shop, member: int, name: str, last: datetime.date) -> None:
    """This till holds a voucher of that lot for the member, as a lease."""
    shop.write(lambda conn: slices.lend(conn, member, f"l-{name}", [Slice(CHEQUE, name, 1, last)]))


def test_a_voucher_is_printed_and_taken_by_its_code(shop: Shop) -> None:
    """Given on one ticket, scanned without a card on the next: its member comes up, 5.00 are off, the paper is dead."""
    card = shop.member(1)
    shop.sale(card, "6000")
    code = coupon(shop)
    assert code == voucher_code(LOOKUP, "2-1-1-1") == "V-2-1-1-1-QIDOIS434GSXG", "as docs/printers.md has it"
    shop.till.typed("2000")
    shop.scan(code)
    assert (shop.code, chosen(shop)) == ("voucher_taken", ("cheque",))
    assert shop.view.ticket is not None
    assert (shop.view.ticket.due, shop.view.member is not None) == (1500, True)
    shop.scan(card)
    assert shop.code == "same_scan", "the member's own card is no other member"
    shop.scan(code)
    assert (shop.code, shop.view.ticket.due) == ("voucher_twice", 1500)
    shop.till.enter()
    body = shop.last_body()
    assert isinstance(body, TicketBody)
    assert [draw.lot for burn in body.burns for draw in burn.draws] == ["2-1-1-1"]
    for scans in ((code,), (card, code)):
        shop.till.escape()
        for scan in scans:
            shop.scan(scan)
        assert shop.code == "voucher_spent", "a copy of the paper"


def test_let_go_it_can_be_scanned_again_and_undone_it_is_good_again(shop: Shop) -> None:
    """What the cashier takes off the ticket is not used up, nor what is undone."""
    card = shop.member(1)
    shop.sale(card, "6000")
    code = coupon(shop)
    for _ in range(2):
        shop.scan(card)
        shop.till.put_amount("2000")
        for _ in range(2):
            shop.scan(code)
            assert chosen(shop) == ("cheque",)
            shop.till.redeem("cheque", 0)
        shop.scan(code)
        shop.till.enter()
        assert shop.held(1, CHEQUE) == 0
        shop.till.undo()
        assert shop.held(1, CHEQUE) == 1


def test_a_guess_and_a_word_of_nobody(shop: Shop) -> None:
    """A number from a receipt is no voucher without its proof; a genuine one of an unknown member needs the card."""
    shop.sale(shop.member(1), "6000")
    code = coupon(shop)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    for bad in (wrong, "V-2-1-1-1", "V-2-1-1-1-AAAAAAAAAAAAA", code.replace("1-1-1", "1-1-0")):
        shop.scan(bad)
        assert shop.code == "voucher_unknown"
    shop.scan(voucher_code(LOOKUP, "9-1-77-0"))
    assert (shop.code, shop.view.ticket) == ("voucher_card_first", None)
    shop.scan(shop.member(2))
    shop.till.put_amount("2000")
    shop.scan(code)
    assert (shop.code, chosen(shop)) == ("voucher_spent", ()), "another member's"


@pytest.mark.parametrize("cut", [False, True])
def test_the_very_lot_on_the_paper_is_drawn(shop: Shop, cut: bool) -> None:
    """Two vouchers: the paper shown is that of the one which lapses later, so the other paper stays good.

    So it is after a power cut in the middle of the sale.
    """
    day = datetime.date(2026, 1, 1)
    lots = [("9-1-5-0", datetime.date(2026, 12, 1)), ("9-1-6-0", datetime.date(2026, 12, 31))]
    holdings = tuple(Holding(CHEQUE, name, 1, day, day, last) for name, last in lots)
    card = shop.member(1, balance={CHEQUE: 2}, holdings=holdings)
    for name, last in lots:
        held(shop, 1, name, last)
    for name, _ in reversed(lots):
        shop.scan(card)
        shop.till.put_amount("2000")
        shop.scan(voucher_code(LOOKUP, name))
        if cut:
            shop.restart()
            shop.sign_in()
        assert chosen(shop) == ("cheque",)
        shop.till.enter()
        body = shop.last_body()
        assert isinstance(body, TicketBody)
        assert [draw.lot for burn in body.burns for draw in burn.draws] == [name]
        shop.scan(card)
        shop.scan(voucher_code(LOOKUP, name))
        assert shop.code == "voucher_spent", "though the ledger's row still lists it"
        shop.till.escape()


def test_what_another_till_holds_is_asked_for(shop: Shop) -> None:
    """On line the ledger gives the grant, and the voucher is on the ticket; without a line it is refused."""
    card = shop.member(1, balance={CHEQUE: 1}, holdings=(lot(CHEQUE, "9-1-5-0", 1),))
    shop.scan(card)
    shop.till.put_amount("2000")
    shop.scan(voucher_code(LOOKUP, "9-1-5-0"))
    assert (shop.code, chosen(shop)) == ("reward_asked", ())
    shop.grant(1, shop.till.state.basket.ticket, CHEQUE, 1, "9-1-5-0")  # type: ignore[union-attr]
    assert chosen(shop) == ("cheque",)
    shop.till.escape()
    shop.till.escape()
    shop.go_offline()
    shop.scan(shop.member(2, balance={CHEQUE: 1}, holdings=(lot(CHEQUE, "9-1-8-0", 1),)))
    shop.till.put_amount("2000")
    shop.scan(voucher_code(LOOKUP, "9-1-8-0"))
    assert (shop.code, chosen(shop)) == ("reward_beyond", ())


def test_too_early(shop: Shop) -> None:
    """The paper says from when, and so does the till; before there is a purchase it asks for that."""
    card = shop.member(1)
    shop.sale(card, "6000")
    code = coupon(shop)
    shop.scan(code)
    assert (shop.code, shop.view.stage) == ("voucher_purchase", Stage.TICKET)
    later = Holding(CHEQUE, "9-1-5-0", 1, DAY, DAY + datetime.timedelta(1), DAY + datetime.timedelta(9))
    shop.scan(shop.member(2, balance={CHEQUE: 1}, holdings=(later,)))
    shop.till.put_amount("2000")
    shop.scan(voucher_code(LOOKUP, "9-1-5-0"))
    assert (shop.code, "21/11/2026" in str(shop.view.notice)) == ("voucher_from", True)


def test_what_the_ledger_made_is_printed_at_the_counter(shop: Shop) -> None:
    """The page has each voucher with its days; a digit prints it with a code of its own, which any till takes."""
    shop.till.errand("vouchers")
    assert shop.code == "vouchers_card_first"
    lots = (lot(CHEQUE, "c-17", 1), Holding(CHEQUE, "9-1-5-0", 1, DAY, DAY, DAY + datetime.timedelta(9)))
    card = shop.member(1, balance={CHEQUE: 2}, holdings=lots)
    held(shop, 1, "c-17", datetime.date(2027, 1, 1))
    shop.options = msgspec.structs.replace(shop.options, prints=True)
    shop.restart()
    shop.sign_in()
    shop.scan(card)
    shop.till.errand("vouchers")
    page = shop.view.errand
    assert page is not None
    first, second = (choice.label for choice in page.choices)
    assert "until 29/11/2026" in first, "what lapses first"
    assert "5.00" in second
    shop.till.choose_in_errand(2)
    assert shop.code == "voucher_prints"
    code = coupon(shop)
    assert (code, voucher_lot(LOOKUP, code)) == (voucher_code(LOOKUP, "c-17"), "c-17")
    assert code.startswith("V-C-17-")
    shop.till.escape()
    shop.till.put_amount("2000")
    shop.scan(code)
    assert (shop.code, chosen(shop)) == ("voucher_taken", ("cheque",))
    shop.till.enter()
    assert [d.lot for burn in shop.last_body().burns for d in burn.draws] == ["c-17"]  # type: ignore[union-attr]
    shop.scan(shop.member(2))
    shop.till.errand("vouchers")
    assert shop.code == "no_vouchers"


def test_a_voucher_that_came_at_night_is_told_and_a_key_prints_it(shop: Shop) -> None:
    """At the next visit the screen has it and V opens the page; the receipt reminds of it until it is used."""
    shop.options = msgspec.structs.replace(shop.options, prints=True)
    shop.restart()
    shop.sign_in()
    bare = shop.member(2)
    shop.scan(bare)
    assert "V" not in shop.view.keys
    shop.till.escape()
    card = shop.member(1, balance={CHEQUE: 1}, holdings=(lot(CHEQUE, "c-17", 1),))
    held(shop, 1, "c-17", datetime.date(2027, 12, 31))
    shop.scan(card)
    assert shop.view.member is not None
    assert len(shop.view.member.vouchers) == 1
    assert shop.view.keys["V"] == "Vouchers"
    press(shop.till, Desk(), "v", "v")
    assert shop.view.stage is Stage.ERRAND
    shop.till.choose_in_errand(1)
    assert coupon(shop).startswith("V-C-17-")
    shop.till.escape()
    shop.key_in("1000")
    assert "Still yours: " in receipt(shop)
    shop.scan(card)
    shop.till.put_amount("2000")
    shop.till.redeem("cheque", 1)
    shop.till.enter()
    assert "Still yours: " not in receipt(shop)


def receipt(shop: Shop) -> str:
    """The rows of the receipt that was printed last."""
    job = spool.last_job(shop.store.reader())
    assert job is not None
    return " ".join(as_text(viewed(printed(shop.till.parts, job.data)).rows).split())

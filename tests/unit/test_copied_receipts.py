"""Receipts of tills whose folder was copied: two that print the same number, and a ticket that was sent once more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.till.record import unpack
from sync.till.tickets import recent
from tests.unit.copies_kit import CARDS, MEMBER, OTHER, Chain, Copied, chain, points


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path) as made:
        yield made


@pytest.mark.parametrize("early", [True, False])
def test_a_receipt_says_which_of_two_copies_printed_it(shop: Chain, *, early: bool) -> None:
    """Two copies print the same number: at another till the six characters find the right ticket, late or not."""
    first, desk = shop.till(), shop.till("gare")
    copy = shop.twin(first)
    mine, theirs = printed(first, CARDS[0], 10), printed(copy, CARDS[1], 20)
    assert mine.split()[0] == theirs.split()[0]
    first.talk()
    if not early:
        copy.talk()
        copy.pair_again(shop.code())
        copy.talk()
    give_back(desk, theirs, 20)
    desk.talk()
    if early:
        assert points(shop, OTHER)[0] == 0
        copy.talk()
        copy.pair_again(shop.code())
        copy.talk()
    assert shop.books(MEMBER).clawed == {}
    assert shop.books(OTHER).clawed == {"points": 20}
    assert give_back(copy, theirs.split()[0] + " " + mine.split()[1], 1) == "ticket_other"
    give_back(desk, mine.split()[0], 9)  # without them the number is that of the entry that has it
    for till in (desk, copy):
        till.talk()
    assert shop.books(MEMBER).clawed == {"points": 10}
    assert shop.books(OTHER).clawed == {"points": 20}


def test_a_receipt_is_found_whose_ticket_was_sent_once_more(shop: Chain) -> None:
    """A till that is paired again sends its ticket under another number: the printed one still finds it."""
    till, desk = shop.till(), shop.till("gare")
    till.line.up = False
    receipt = printed(till, CARDS[0], 10)
    till.line.up = True
    till.pair_again(shop.code())
    till.talk()
    give_back(desk, receipt.split()[0], 10)
    desk.talk()
    assert shop.books(MEMBER).clawed == {"points": 10}


def printed(till: Copied, card: str, euros: int) -> str:
    """A sale; the number and the characters at the foot of its receipt."""
    number = till.sale(card, euros)
    return f"{number} {unpack(recent(till.store.reader(), 1)[0].result).tail}"


def give_back(till: Copied, receipt: str, euros: int) -> str:
    """A return by a receipt of another till; the code of what is said about the receipt."""
    till.till.open_return()
    till.till.return_reference(receipt)
    notice = till.till.state.notice
    till.till.return_amount(euros * 100)
    till.till.return_confirm()
    till.settle_writer()
    return "" if notice is None else notice.code

"""Finished tickets that a register sold on a card which is not taken any more: facts, but nothing for the finder."""

import pytest

from pos_app.till.card_jobs import block, cards_of, found_again
from sync.card_code import CARD_KEYS
from sync.card_marks import BlockReason
from sync.entry import MoveTicketBody, TicketBody
from sync.wire import pack
from tests.unit.inbox_kit import LINES, Inn, inn
from tests.unit.test_signed_cards import OURS, issued, text

__all__ = ["inn"]


@pytest.mark.parametrize(
    ("why", "code"), [(BlockReason.LOST, "card_lost"), (BlockReason.STOLEN, "card_stolen")]
)
def test_the_finder_of_a_card_earns_nothing(inn: Inn, why: BlockReason, code: str) -> None:
    """The sale is recorded without the card, told to the register and on the screen; again the same."""
    card = inn.shop.member(1)
    till = inn.shop.till
    [token] = cards_of(till.parts, 1)
    assert block(till.parts, till.state, 1, why) == ""
    inn.shop.go_offline()
    sale = {"pos_ref": "h/1", "member": card, "lines": LINES}
    [told] = inn.ticket(**sale)
    assert (told["ok"], told["code"], told["recorded"]["gained"]) == (True, code, [])
    assert "20/11" in told["sentence"]
    assert inn.shop.code == "sold_bare"
    [entry] = [one for one in inn.shop.entries() if one.kind == "TICKET"]
    assert entry.member is None
    assert sum(line.cents for line in inn.bodies(TicketBody)[0].lines) == 1520
    [again] = inn.ticket(**sale)
    assert (again["again"], again["code"]) == (True, code)
    assert found_again(till.parts, till.state, 1, token) == ""
    assert "code" not in inn.ticket(**sale)[0]
    assert inn.ticket(**{**sale, "pos_ref": "h/2"})[0]["recorded"]["gained"]


def test_what_a_shop_finds_beside_the_file(inn: Inn) -> None:
    """The file is done, not refused, and a text beside it names the ticket."""
    card = inn.shop.member(1)
    block(inn.shop.till.parts, inn.shop.till.state, 1, BlockReason.STOLEN)
    inn.put("t.csv", f"pos_ref,member,cents\nh/1,{card},500\nh/2,,700\n")
    inn.look(14)
    assert not [*(inn.path / "refused").iterdir()]
    [note] = (inn.path / "done").glob("*.why.txt")
    [line] = note.read_text().splitlines()
    assert line.startswith("h/1: This card was reported stolen on 20/11")


def test_a_replaced_signed_card_earns_nothing_either(inn: Inn) -> None:
    """The paper that was copied before the new card was issued is as good as none."""
    inn.shop.publish(CARD_KEYS, pack((OURS,)))
    inn.shop.member(1)
    issued(inn.shop, 1, 2)
    [old] = inn.ticket(pos_ref="h/1", member=text(issue=1), lines=LINES)
    [new] = inn.ticket(pos_ref="h/2", member=text(issue=2), lines=LINES)
    assert (old["ok"], old["code"], old["recorded"]["gained"]) == (True, "signed_replaced", [])
    assert new["recorded"]["gained"]
    assert "code" not in new


def test_its_member_claims_it(inn: Inn) -> None:
    """By the number and the six characters that the register was answered, at the counter, with a card that is good."""
    lost = inn.shop.member(1)
    other = inn.shop.member(2)
    block(inn.shop.till.parts, inn.shop.till.state, 1, BlockReason.LOST)
    [told] = inn.ticket(pos_ref="h/1", member=lost, lines=LINES)
    inn.shop.sign_in()
    inn.shop.scan(other)
    inn.shop.till.errand("claim")
    inn.shop.key_in(f"{told['recorded']['reference']} {told['recorded']['tail']}")
    assert inn.shop.code == "claim_noted"
    [moved] = [one for one in inn.shop.bodies("MOVE_TICKET") if isinstance(one, MoveTicketBody)]
    assert moved.to == 2

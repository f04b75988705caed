"""One phone or e-mail enrolled as two accounts: both stay, and readers and the till's manager are told."""

from datetime import date
from pathlib import Path

from sync.entry import EntryKind, EraseBody, MergeBody
from sync.ledger.arrivals import NewMember
from sync.ledger.effect import Placed
from sync.wire import SAME_CONTACT
from tests.unit.ledger_kit import Shop, TillSim, looking, run

PHONE, EMAIL, OTHER = b"p" * 16, b"e" * 16, b"o" * 16
FIRST, SECOND, THIRD = 501, 502, 503


def enrol(till: TillSim, member: int, *contacts: bytes, card: int = 0) -> None:
    """Who has these contacts, with the card of `card` or their own."""
    till.enrol(member, f"card of member {card or member}".encode(), contacts=contacts)


async def remarks(till: TillSim) -> list[tuple[str, str]]:
    """What the ledger does with what is sent now, and what it remarks on."""
    return [(one.state, one.code) for one in (await till.push()).dispositions]


async def told(shop: Shop) -> list[Placed]:
    """What readers of the log are told of contacts."""
    every = await looking(shop.ledger._storage).effects(0, 999)
    return [one for one in every if one.what == SAME_CONTACT]


def test_one_phone_at_two_tills_is_told(tmp_path: Path) -> None:
    """Both are enrolled; the till that came second is told, and readers of the log once, with the other's number."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        enrol(one, FIRST, PHONE, EMAIL)
        enrol(two, SECOND, PHONE, EMAIL)
        assert await remarks(one) == [("applied", "")]
        assert await told(shop) == []
        assert await remarks(two) == [("applied", "same_contact")]
        assert [(effect.member, effect.detail) for effect in await told(shop)] == [(SECOND, str(FIRST))]
        tx = looking(shop.ledger._storage)
        assert await tx.members_of_contact(PHONE) == (FIRST, SECOND)
        assert await tx.member_of_card(b"card of member 502") == SECOND

    run(tmp_path, scenario)


def test_every_other_account_is_named(tmp_path: Path) -> None:
    """One who shares a phone with the one and an e-mail with the other has an effect for each."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        enrol(till, FIRST, PHONE)
        enrol(till, SECOND, EMAIL)
        enrol(till, THIRD, EMAIL, PHONE)
        assert [code for _, code in await remarks(till)] == ["", "", "same_contact"]
        assert [(effect.member, effect.detail) for effect in await told(shop)] == [
            (THIRD, str(FIRST)),
            (THIRD, str(SECOND)),
        ]

    run(tmp_path, scenario)


def test_a_card_that_is_taken_is_remarked_first(tmp_path: Path) -> None:
    """An entry has one remark: the card that is another's wins, readers are told of the contact none the less."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        enrol(till, FIRST, PHONE)
        enrol(till, SECOND, PHONE, card=FIRST)
        assert [code for _, code in await remarks(till)] == ["", "card_taken"]
        assert [effect.detail for effect in await told(shop)] == [str(FIRST)]

    run(tmp_path, scenario)


def test_nobody_is_told_of_accounts_that_are_no_more(tmp_path: Path) -> None:
    """Who was erased, or is one with the new account, or is the same member once more, is no second account."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        enrol(till, FIRST, PHONE)
        enrol(till, SECOND, EMAIL)
        till.write(EntryKind.ERASE, EraseBody(FIRST, "camille", "nadia"), member=FIRST)
        till.write(EntryKind.MERGE, MergeBody(THIRD, SECOND, "camille", "nadia"), member=THIRD)
        enrol(till, THIRD, PHONE, EMAIL)
        enrol(till, THIRD, EMAIL)
        enrol(till, SECOND, PHONE)
        assert {code for _, code in await remarks(till)} == {""}
        assert await told(shop) == []

    run(tmp_path, scenario)


def test_a_second_word_about_one_member_is_told_by_itself(tmp_path: Path) -> None:
    """Enrolled once more with another contact that somebody has: an effect of its own, nothing fails."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        rows = [NewMember(FIRST, (), "halles", date(2026, 1, 1), contacts=(PHONE, EMAIL))]
        assert await shop.ledger.add_members(rows) == 1
        for contact in (PHONE, EMAIL, OTHER):
            enrol(till, SECOND, contact)
        assert [code for _, code in await remarks(till)] == ["same_contact", "same_contact", ""]
        assert [effect.detail for effect in await told(shop)] == [str(FIRST)] * 2

    run(tmp_path, scenario)

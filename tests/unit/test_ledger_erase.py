"""Erasure at the ledger (failure table, row 38): the person goes, late entries find nobody, the books stay balanced."""

from datetime import date
from functools import partial
from pathlib import Path

import msgspec
import pytest

from rules.ticket import Line
from sync.entry import ConsentBody, EntryKind, EraseBody
from sync.field import decrypt_display
from sync.ledger.arrivals import NewMember
from sync.ledger.caller import LedgerRefusal
from sync.ledger.member_copy import copy_of
from sync.ledger.thin import LAST, Listed, read_changes
from sync.ledger.work import Work
from sync.member_copy import CopyRequest, MemberCopy
from sync.seal import reference_to, seal
from sync.snapshot import SCOPE
from sync.thin import ThinCard, short
from sync.wire import Blob
from tests.unit.day_kit import dry, run_days
from tests.unit.ledger_kit import Randomness, Shop, TillSim, line, looking, promise, run
from tests.unit.recovery_kit import copied, restored, speak

CARD, OTHER, PHONE = b"card-of-member-1", b"card-of-member-2", b"contact-of-memb1"
MEMBER = 501
BREAD: tuple[Line, ...] = (line(900),)


def told(till: TillSim) -> tuple[Blob, ...]:
    """What was told at the enrolment, as it travels."""
    random, key = Randomness(b"told"), till.paired.sealing_key
    said = {"first_name": b"Adele", "birthday": b"04-23", "contact": b"adele@example.com"}
    return tuple(seal(key, what, text, random) for what, text in said.items())


async def enrolled(till: TillSim) -> tuple[Blob, ...]:
    """A member with a card, a contact, a consent and 9 points."""
    blobs = told(till)
    till.enrol(MEMBER, CARD, contacts=(PHONE,), sealed=tuple(map(reference_to, blobs)))
    till.write(EntryKind.CONSENT, ConsentBody("offers", True, "2026-1", "camille"), member=MEMBER)
    till.sale(MEMBER, BREAD, (promise("base", 9, till.today),))
    await till.push(blobs=blobs)
    return blobs


def erase(till: TillSim) -> None:
    till.write(EntryKind.ERASE, EraseBody(MEMBER, "camille", "nadia"), member=MEMBER)


async def is_nobody(shop: Shop, blobs: tuple[Blob, ...]) -> None:
    """Nothing at the ledger leads to the person."""
    tx = looking(shop.ledger._storage)
    record = await tx.member(MEMBER)
    assert record is not None
    assert (record.display, record.birthday, record.fields, record.state) == (b"", "", "{}", "provisional")
    assert [await tx.sealed(blob.sha256) for blob in blobs] == [None] * len(blobs)
    assert await tx.members_of_contact(PHONE) == ()
    assert await tx.member_of_card(CARD) != MEMBER
    kept = [record.history, *[sale.before for sale in await tx.sales_from(MEMBER, "")]]
    assert [one for one in kept if b'"birthday":[4,23]' in one] == []


def test_an_erased_member_leaves_books_without_a_person(tmp_path: Path) -> None:
    """Name, contact, birthday, cards and consents go, the balance lapses, tills are told, and readers elsewhere."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        blobs = await enrolled(one)
        two.euros(MEMBER, 3)
        await two.push()
        before = await one.pull()
        erase(two)
        assert [one.state for one in (await two.push()).dispositions] == ["applied"]
        await is_nobody(shop, blobs)
        seen = await one.pull(*before.cursors)
        assert (seen.gone, seen.members) == ((MEMBER,), ())
        assert (await shop.ledger.account(one.device, CARD)).row is None
        tx = looking(shop.ledger._storage)
        assert await tx.recalled(one.paired.dev, 1) == ("1-1-3-0",)  # what was born at its first till
        effects = await tx.effects(0, 99)
        assert [effect.what for effect in effects].count("erased") == 1
        listed = Listed(SCOPE), Listed("south", "south")
        for one_list in listed:  # every till's list, and that of a region, hear that the card is nobody's
            told = await shop.ledger.read(partial(read_changes, which=one_list, after=0, upto=LAST, most=99))
            assert ThinCard(short(CARD), 0) in told.cards
            assert [row.balance for row in told.rows if row.member == MEMBER] in ([0], [])

    run(tmp_path, scenario)


def test_what_comes_late_is_booked_to_nobody(tmp_path: Path) -> None:
    """Tickets, a card and a consent written before anybody knew: counted, lapsed, and nothing personal comes back."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        blobs = await enrolled(one)
        more = (seal(two.paired.sealing_key, "contact", b"+33600000000", Randomness(b"more")),)
        sold = two.sale(MEMBER, BREAD, (promise("base", 9, two.today),))
        two.link(MEMBER, OTHER)
        body = ConsentBody("offers", True, "2026-1", "camille", tuple(map(reference_to, more)))
        two.write(EntryKind.CONSENT, body, member=MEMBER)
        two.euros(CARD.hex(), 5)
        erase(one)
        erase(one)
        await one.push()
        answer = await two.push(blobs=more)
        assert [one.state for one in answer.dispositions] == ["applied"] * 4
        two.give_back(sold.lots[0], ("points", sold.lots[0], 9))
        await two.push()
        await is_nobody(shop, (*blobs, *more))
        held = await shop.balances(MEMBER)
        assert (held.balance(), held.granted, held.expired) == (9, {"points": 9}, {"points": 9})
        tx = looking(shop.ledger._storage)
        assert await tx.member_of_card(OTHER) is None
        owner = await tx.member_of_card(CARD)
        assert owner is not None
        assert (await shop.balances(owner)).balance() == 5  # a card that nobody has enrolled

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("first", [0, 1], ids=["who enrolled first", "who erased first"])
def test_a_restored_backup_erases_again(tmp_path: Path, first: int) -> None:
    """A copy from before the enrolment or after it, whoever speaks first: the member is nobody again (row 38)."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        if first:
            copied(shop, tmp_path)
        blobs = await enrolled(one)
        if not first:
            copied(shop, tmp_path)
        erase(two)
        await two.push()
        await restored(shop, tmp_path)
        assert (await looking(shop.ledger._storage).sealed(blobs[0].sha256) is None) == bool(first)
        for till in (one, two) if not first else (two, one):
            await speak(till)
        await is_nobody(shop, blobs)
        shop.clock.advance(days=1)
        assert (await shop.balances(MEMBER)).expired.get("points", 0) == 0  # nine are at the till still

    run(tmp_path, scenario)


def test_who_is_not_seen_for_three_years_is_told_and_erased(tmp_path: Path) -> None:
    """The day job does it without a table in the programme; a dry run counts, a visit starts the time anew."""

    async def scenario(shop: Shop) -> None:
        shop.clock.advance(days=-1100)
        since = date(2023, 2, 26)
        assert since.toordinal() == date.fromtimestamp(shop.clock.ms / 1000).toordinal()
        rows = [NewMember(number, (b"card" * 4 + bytes([number]),), "halles", since) for number in (7, 8)]
        await shop.ledger.add_members(rows)
        shop.clock.advance(days=1066)
        (till := await shop.till()).euros(8, 10)
        await till.push()
        shop.clock.ms += (date(2026, 1, 27) - till.today).days * 86_400_000
        assert (await run_days(shop)).get("retention") == (1, 0)
        shop.clock.advance(days=30)
        assert (await dry(shop))["erased"] == (1, 0)
        assert await shop.ledger.read(gone) == {7: "", 8: ""}
        assert (await run_days(shop))["erased"] == (1, 0)
        assert await shop.ledger.read(gone) == {7: "2026-02-26", 8: ""}

    async def gone(work: Work) -> dict[int, str]:
        found = [await work.tx.member(member) for member in (7, 8)]
        return {record.member: record.erased for record in found if record is not None}

    run(tmp_path, scenario)


def test_a_copy_has_everything_but_what_is_sealed(tmp_path: Path) -> None:
    """Purchases, points, consents and visits; the name for the store that asks; who allowed it; none once erased."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await enrolled(one)
        answer = await copy_of(shop.ledger, two.device, CopyRequest(MEMBER, "nadia"))
        copy = msgspec.json.decode(answer.copy, type=MemberCopy)
        assert decrypt_display(two.paired.scope_key, MEMBER, answer.display) == "Adele"
        assert (copy.birthday, copy.cards, copy.contacts, copy.balance) == ("04-23", 1, 1, {"points": 9})
        assert copy.sealed == ("birthday", "contact", "first_name")
        assert [(consent.purpose, consent.wording) for consent in copy.consents] == [("offers", "2026-1")]
        assert [(ticket.lines, ticket.given[0].quantity) for ticket in copy.tickets] == [(BREAD, 9)]
        assert [(move.cause, move.quantity) for move in copy.moves] == [("ACCRUE", 9)]
        assert b"adele@" not in answer.copy
        effects = await looking(shop.ledger._storage).effects(0, 99)
        assert [each.detail for each in effects if each.what == "copied"] == [f"{two.paired.dev}-1 nadia"]
        erase(one)
        await one.push()
        with pytest.raises(LedgerRefusal, match="no such member"):
            await copy_of(shop.ledger, two.device, CopyRequest(MEMBER, "nadia"))

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_a_restored_ledger_erases_nobody_before_its_tills_have_spoken(tmp_path: Path) -> None:
    """A till may have a visit that the copy lost; once all have spoken, the day job goes on."""

    async def scenario(shop: Shop) -> None:
        shop.clock.advance(days=-1100)
        await shop.ledger.add_members([NewMember(7, (CARD,), "halles", date(2023, 2, 26))])
        shop.clock.advance(days=1100)
        till = await shop.till()
        copied(shop, tmp_path)
        await restored(shop, tmp_path)
        assert "erased" not in await run_days(shop)
        await speak(till)
        shop.clock.advance(days=1)
        assert (await run_days(shop))["erased"] == (1, 0)

    run(tmp_path, scenario)

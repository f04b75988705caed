"""Two accounts of one person become one: nothing is lost, nothing counts twice, and no till is in doubt for long."""

from functools import partial
from pathlib import Path

import msgspec
import pytest

from rules.ticket import Line
from sync.delegation import GRANTS, holds
from sync.entry import ConsentBody, EntryKind, EraseBody, MergeBody, NoteBody, PhoneKeyBody
from sync.field import decrypt_display, decrypt_note
from sync.ledger.grants import grant_bytes
from sync.ledger.thin import LAST, Listed, read_changes
from sync.person import PROVISIONAL_FROM, waiting_number
from sync.seal import reference_to, seal
from sync.snapshot import SCOPE
from sync.thin import ThinCard, short
from sync.wire import Blob
from tests.unit.ledger_kit import (
    TIERED,
    Randomness,
    Shop,
    TillSim,
    burn,
    draw,
    line,
    looking,
    promise,
    run,
)

STAYS, GOES = 501, 502
CARDS = {STAYS: b"card-of-member-1", GOES: b"card-of-member-2"}
PHONES = {STAYS: b"contact-of-memb1", GOES: b"contact-of-memb2"}
NAMES = {STAYS: b"Adele", GOES: b"Adele B"}
BREAD: tuple[Line, ...] = (line(900),)


def told(till: TillSim, member: int) -> tuple[Blob, ...]:
    """What a member told at the enrolment, as it travels."""
    random, key = Randomness(NAMES[member]), till.paired.sealing_key
    said = {"first_name": NAMES[member], "contact": b"%d@example.com" % member}
    return tuple(seal(key, what, text, random) for what, text in said.items())


async def enrolled(till: TillSim, member: int, *, push: bool = True) -> tuple[Blob, ...]:
    """A member with a name, a card and a phone."""
    blobs = told(till, member)
    sealed = tuple(map(reference_to, blobs))
    till.enrol(member, CARDS[member], contacts=(PHONES[member],), sealed=sealed)
    if push:
        await till.push(blobs=blobs)
    return blobs


def merge(till: TillSim, member: int = STAYS, other: int = GOES) -> None:
    till.write(EntryKind.MERGE, MergeBody(member, other, "camille", "nadia"), member=member)


async def code(till: TillSim) -> list[str]:
    """What the ledger remarks on what is sent now."""
    return [one.code for one in (await till.push()).dispositions]


def test_everything_of_both_is_the_one_s(tmp_path: Path) -> None:
    """Points, cards, phones, consents and visits; both stores hear of one member, and tills forget the other number."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        await enrolled(one, STAYS)
        blobs = await enrolled(two, GOES)
        one.euros(STAYS, 9)
        shop.clock.advance(days=1)
        two.euros(GOES, 5)
        two.write(EntryKind.CONSENT, ConsentBody("offers", True, "2026-1", "camille"), member=GOES)
        await one.push()
        await two.push()
        heard = (await two.pull()).cursors
        merge(one)
        assert await code(one) == [""]
        held = await shop.balances(STAYS)
        assert (held.balance(), held.earned) == (14, {"points": 14})
        tx = looking(shop.ledger._storage)
        assert [await tx.member_of_card(card) for card in CARDS.values()] == [STAYS] * 2
        assert [await tx.members_of_contact(phone) for phone in PHONES.values()] == [(STAYS,)] * 2
        assert [row.purpose for row in await tx.consents(STAYS)] == ["offers"]
        assert [await tx.sealed(blob.sha256) for blob in blobs] == [None, None]
        seen = await two.pull(*heard)
        assert seen.gone == (GOES,)
        (row,) = seen.members
        assert (row.member, set(row.cards), row.account.visits) == (STAYS, set(CARDS.values()), 2)
        assert decrypt_display(two.paired.scope_key, STAYS, row.display) == "Adele"
        moved = [effect for effect in await tx.effects(0, 99) if effect.what == "merged"]
        assert [(effect.member, effect.detail) for effect in moved] == [(GOES, str(STAYS))]

    run(tmp_path, scenario)


def test_every_list_of_members_hears_of_it(tmp_path: Path) -> None:
    """Tills that know no more than a line of either find the one by both cards, and nothing under the other number."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for member in (STAYS, GOES):
            await enrolled(till, member)
            till.euros(member, 9)
        await till.push()
        merge(till)
        await till.push()
        listed = Listed(SCOPE)
        news = await shop.ledger.read(partial(read_changes, which=listed, after=0, upto=LAST, most=99))
        assert {row.member: row.balance for row in news.rows} == {STAYS: 18, GOES: 0}
        assert {card for card in news.cards if card.member} == {
            ThinCard(short(card), STAYS) for card in CARDS.values()
        }

    run(tmp_path, scenario)


def test_visits_count_together(tmp_path: Path) -> None:
    """The fourth visit of a month is the fourth of one person, whichever card was shown: what it gives is added."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for member in (STAYS, GOES):
            await enrolled(till, member)
        for day in range(4):
            till.euros((STAYS, GOES)[day % 2], 10)
            shop.clock.advance(days=1)
        await till.push()
        merge(till)
        await till.push()
        assert await shop.causes(STAYS) == {"ACCRUE": 40, "TOP_UP": 30}

    run(tmp_path, scenario)


def test_a_bonus_that_both_were_promised_is_honoured(tmp_path: Path) -> None:
    """Each had a fourth visit in the month; one person has one: the second bonus stays, outside the rules' figures."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for member in (STAYS, GOES):
            await enrolled(till, member)
        for day in range(4):
            for member in (STAYS, GOES):
                bonus = (promise("regular", 30, till.today),) if day == 3 else ()
                till.sale(member, (line(1000),), (promise("base", 10, till.today), *bonus))
            shop.clock.advance(days=1)
        await till.push()
        merge(till)
        await till.push()
        held = await shop.balances(STAYS)
        assert (held.balance(), held.earned, held.honoured) == (140, {"points": 110}, {"points": 30})

    run(tmp_path, scenario)


def test_what_tills_hold_and_write_under_the_other_number_counts(tmp_path: Path) -> None:
    """A hold is drawn on, a ticket comes late, the grants are asked back: all of it is the one's (failure 39)."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        await enrolled(one, STAYS)
        await enrolled(one, GOES)
        [lot] = one.euros(GOES, 300).lots
        await one.push()
        one.give_back(lot, ("points", lot, 300))
        await one.push()
        hold = (await two.hold(GOES, 200)).grants[0]
        merge(one)
        await one.push()
        assert await looking(shop.ledger._storage).recalled(two.paired.dev, 1) == (hold.id,)
        piece = hold.slices[0]
        two.sale(GOES, (line(2000),), (), (burn(100, draw(hold.id, piece.lot, 100)),))
        two.give_back(hold.id, ("points", piece.lot, 100))
        answer = await two.push()
        assert [one.state for one in answer.dispositions] == ["applied"] * 2
        held = await shop.balances(STAYS)
        assert (held.burned, held.deficit, held.granted, held.balance()) == ({"points": 100}, {}, {}, 215)

    run(tmp_path, scenario)


@pytest.mark.parametrize("late", [STAYS, GOES])
def test_an_enrolment_that_is_heard_after_it_changes_nobody(tmp_path: Path, late: int) -> None:
    """The till that enrolled had no line: its member's tickets, card and phone count, and the name stays the one's."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        blobs = await enrolled(two, late, push=False)
        two.euros(late, 5)
        await enrolled(one, STAYS + GOES - late)
        merge(one)
        await one.push()
        await two.push(blobs=blobs)
        assert (await shop.balances(STAYS)).balance() == 5
        row = (await shop.ledger.account(one.device, CARDS[late])).row
        assert row is not None
        assert (row.member, set(row.cards)) == (STAYS, set(CARDS.values()))
        assert decrypt_display(one.paired.scope_key, STAYS, row.display) == "Adele"

    run(tmp_path, scenario)


def test_two_managers_do_it_both_ways_round(tmp_path: Path) -> None:
    """The second word finds one member; a third account may follow, under any number the two ever had."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        await enrolled(one, STAYS)
        await enrolled(one, GOES)
        third = await shop.member(9)
        for member in (STAYS, GOES, third):
            one.euros(member, 5)
        await one.push()
        merge(one)
        merge(two, GOES, STAYS)
        merge(two, third, GOES)
        assert await code(one) == [""]
        assert await code(two) == ["same_member", ""]
        assert (await shop.balances(third)).balance() == 15
        two.euros(GOES, 1)
        await two.push()
        assert (await shop.balances(third)).balance() == 16

    run(tmp_path, scenario)


def test_nobody_who_is_erased_comes_back(tmp_path: Path) -> None:
    """And a number that no member can have is put aside."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(till, STAYS)
        await enrolled(till, GOES)
        till.write(EntryKind.ERASE, EraseBody(GOES, "camille", "nadia"), member=GOES)
        merge(till)
        for member, other in ((STAYS, 0), (PROVISIONAL_FROM, STAYS)):
            merge(till, member, other)
        answer = await till.push()
        assert [(one.state, one.code) for one in answer.dispositions] == [
            ("applied", ""),
            ("applied", "erased"),
            ("quarantined", "member"),
            ("quarantined", "member"),
        ]

    run(tmp_path, scenario)


def test_the_erasure_of_the_other_number_erases_the_one(tmp_path: Path) -> None:
    """Who asked for it at a till that had not heard is that person."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        await enrolled(one, STAYS)
        await enrolled(one, GOES)
        merge(one)
        await one.push()
        two.write(EntryKind.ERASE, EraseBody(GOES, "camille", "nadia"), member=GOES)
        await two.push()
        record = await looking(shop.ledger._storage).member(STAYS)
        assert record is not None
        assert (record.erased != "", record.display) == (True, b"")

    run(tmp_path, scenario)


def test_the_later_note_and_the_only_phone_stay(tmp_path: Path) -> None:
    """What was written down last holds, encrypted for the one; the phone's code of the other goes on."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(till, STAYS)
        await enrolled(till, GOES)
        notes = []
        for member, text in ((STAYS, b"Oat milk"), (GOES, b"Two sugars")):
            blob = seal(till.paired.sealing_key, "note", text, Randomness(text))
            till.write(EntryKind.NOTE, NoteBody("camille", (reference_to(blob),)), member=member)
            notes.append(blob)
            shop.clock.advance(minutes=1)
        till.write(EntryKind.PHONE_KEY, PhoneKeyBody(GOES, 1, bytes(32), "camille"), member=GOES)
        await till.push(blobs=tuple(notes))
        merge(till)
        await till.push()
        row = (await shop.ledger.account(till.device, CARDS[GOES])).row
        assert row is not None
        assert decrypt_note(till.paired.scope_key, STAYS, row.note) == "Two sugars"
        assert row.phone is not None
        assert row.phone.kid == 1
        emptied = await looking(shop.ledger._storage).views([STAYS, GOES])
        assert [data.record.member for data, _ in emptied] == [STAYS]

    run(tmp_path, scenario)


def test_a_level_of_the_programme_before_is_kept(tmp_path: Path) -> None:
    """The other account came with a level by import: the one has it from its first ticket on."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await enrolled(till, STAYS)
        counters = {"tiers": {"days": {"2026-01-01": 60}}}
        await shop.member(GOES, counters=counters)
        till.euros(STAYS, 10)
        await till.push()
        merge(till)
        await till.push()
        row = (await shop.ledger.account(till.device, CARDS[STAYS])).row
        assert row is not None
        assert row.account.tier == "gold"
        assert (await shop.balances(STAYS)).balance() == 20
        account = msgspec.json.decode(await shop.history(STAYS))
        assert account["visits"] == 1

    run(tmp_path, scenario, TIERED)


def test_a_card_that_nobody_enrolled_comes_along(tmp_path: Path) -> None:
    """It had an account of its own under a number made of the card; it is the member's card from then on."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        await enrolled(one, STAYS)
        one.euros(CARDS[GOES].hex(), 5)
        await one.push()
        merge(one, STAYS, waiting_number(CARDS[GOES]))
        await one.push()
        two.euros(CARDS[GOES].hex(), 4)
        two.enrol(GOES, CARDS[GOES])
        assert await code(two) == ["", "card_taken"]
        assert (await shop.balances(STAYS)).balance() == 9

    run(tmp_path, scenario)


@pytest.mark.parametrize("one_till", [True, False])
def test_two_accounts_with_one_phone_are_told_of(tmp_path: Path, one_till: bool) -> None:
    """Neither till could know of the other; who follows the effects and the till's manager hear of it, once."""

    async def scenario(shop: Shop) -> None:
        one = await shop.till()
        two = one if one_till else await shop.till("gare")
        one.enrol(STAYS, CARDS[STAYS], contacts=(PHONES[STAYS],))
        two.enrol(GOES, CARDS[GOES], contacts=(PHONES[STAYS], PHONES[GOES]))
        codes = await code(one)
        if two is not one:
            codes += await code(two)
        assert codes == ["", "same_contact"]
        tx = looking(shop.ledger._storage)
        told = [effect for effect in await tx.effects(0, 99) if effect.what == "same_contact"]
        assert [(effect.member, effect.detail) for effect in told] == [(GOES, str(STAYS))]
        assert await tx.members_of_contact(PHONES[STAYS]) == (STAYS, GOES)
        merge(one)
        await one.push()
        assert await tx.members_of_contact(PHONES[STAYS]) == (STAYS,)

    run(tmp_path, scenario)


def test_a_grant_that_was_missed_comes_as_it_was_signed(tmp_path: Path) -> None:
    """Its answer was lost and its member is another one's by now: a ledger from a copy must know its own word again."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        await enrolled(one, STAYS)
        await enrolled(one, GOES)
        [lot] = one.euros(GOES, 300).lots
        await one.push()
        one.give_back(lot, ("points", lot, 300))
        await one.push()
        issued = (await two.hold(GOES, 200)).grants[0]
        two.last_gno -= 1
        merge(one)
        await one.push()
        [again] = (await two.push()).grants
        assert again == issued
        assert holds(again.signature, grant_bytes(again), shop.ledger.server_public_key, GRANTS)

    run(tmp_path, scenario)

"""Notes on members at the ledger: the latest by time of sale, under each store's key, with the member's other data."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from sync import complaint, entry, field
from sync.entry import EntryKind, EraseBody, NoteBody
from sync.field import decrypt_note
from sync.ledger.aside import ReplayAside
from sync.ledger.member_copy import copy_of
from sync.member_copy import CopyRequest, MemberCopy
from sync.person import LONGEST_NOTE
from sync.seal import reference_to, seal
from sync.wire import Blob
from tests.unit.ledger_kit import START, Randomness, Shop, TillSim, looking, run

CARD, MEMBER = b"card-of-member-1", 501


def note(till: TillSim, text: str, member: int | str = MEMBER, about: str = "") -> Blob:
    """Write a note; what travels beside it."""
    blob = seal(
        till.paired.sealing_key, "incident" if about else "note", text.encode(), Randomness(text.encode())
    )
    till.write(EntryKind.NOTE, NoteBody("camille", (reference_to(blob),), about), member=member)
    return blob


async def told(till: TillSim) -> str:
    """What the till is told when it asks for the card."""
    row = (await till.shop.ledger.account(till.device, CARD)).row
    assert row is not None
    return decrypt_note(till.paired.scope_key, MEMBER, row.note)


async def kept(shop: Shop, *blobs: Blob) -> list[bool]:
    tx = looking(shop.ledger._storage)
    return [await tx.sealed(blob.sha256) is not None for blob in blobs]


@pytest.mark.parametrize("first", [0, 1], ids=["older first", "newer first"])
def test_the_later_sale_counts_whoever_comes_first(tmp_path: Path, first: int) -> None:
    """Two stores without a line; each reads the note with its own key, and the other one's words are not kept."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        await one.push()
        old = note(one, "Oat milk")
        shop.clock.advance(minutes=5)
        new = note(two, "Two sugars")
        senders = [(one, old), (two, new)]
        for till, blob in senders if not first else reversed(senders):
            answer = await till.push(blobs=(blob,))
            assert [one.state for one in answer.dispositions] == ["applied"]
        assert [await told(one), await told(two)] == ["Two sugars"] * 2
        assert await kept(shop, old, new) == [False, True]
        (row,) = [row for row in (await one.pull()).members if row.member == MEMBER]
        assert decrypt_note(one.paired.scope_key, MEMBER, row.note) == "Two sugars"

    run(tmp_path, scenario)


@pytest.mark.parametrize("lost", [False, True], ids=["older", "its box lost"])
def test_who_wrote_one_that_does_not_count_is_told_which_does(tmp_path: Path, lost: bool) -> None:
    """The row may have come before the note was heard, when its till still showed its own: it comes once more."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        await one.push()
        assert await told(two) == ""  # the store asks for the card: it is told of the member from now on
        blob = None if lost else note(two, "Oat milk")
        shop.clock.advance(minutes=5)
        await one.push(blobs=(note(one, "Two sugars"),))
        shop.clock.advance(minutes=5)
        if lost:
            note(two, "Black")
        heard = (await two.pull()).cursors
        answer = await two.push(blobs=(blob,) if blob else ())
        assert [each.code for each in answer.dispositions] == ["box_lost" if lost else "older"]
        (row,) = (await two.pull(*heard)).members
        assert decrypt_note(two.paired.scope_key, MEMBER, row.note) == "Two sugars"

    run(tmp_path, scenario)


def test_an_empty_one_takes_it_away(tmp_path: Path) -> None:
    """And the copy for the member has the note while there is one, encrypted for the till that asks."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        await one.push(blobs=(note(one, "x" * 500),))
        copy = await copy_of(shop.ledger, two.device, CopyRequest(MEMBER, "nadia"))
        assert decrypt_note(two.paired.scope_key, MEMBER, copy.note) == "x" * LONGEST_NOTE
        assert b"xx" not in copy.copy
        assert msgspec.json.decode(copy.copy, type=MemberCopy).sealed == ("note",)
        shop.clock.advance(seconds=1)
        await one.push(blobs=(note(one, ""),))
        assert await told(two) == ""
        copy = await copy_of(shop.ledger, two.device, CopyRequest(MEMBER, "nadia"))
        assert (copy.note, msgspec.json.decode(copy.copy, type=MemberCopy).sealed) == (b"", ())

    run(tmp_path, scenario)


def test_it_goes_with_the_member(tmp_path: Path) -> None:
    """Erasure takes it, and one that comes later is not kept."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        first = note(one, "Oat milk")
        await one.push(blobs=(first,))
        late = note(two, "Two sugars")
        one.write(EntryKind.ERASE, EraseBody(MEMBER, "camille", "nadia"), member=MEMBER)
        await one.push()
        await two.push(blobs=(late,))
        record = await looking(shop.ledger._storage).member(MEMBER)
        assert record is not None
        assert (record.note, record.erased != "") == (b"", True)
        assert await kept(shop, first, late) == [False, False]
        assert date.fromisoformat(record.erased)

    run(tmp_path, scenario)


def test_a_card_that_nobody_enrolled_waits_with_its_note(tmp_path: Path) -> None:
    """No till writes one: put aside, and the member's once there is one, so that an erasure finds it."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.euros(CARD.hex(), 5)
        answer = await one.push(blobs=(note(one, "Oat milk", CARD.hex()),))
        states = [(one.state, one.code) for one in answer.dispositions]
        assert states == [("applied", ""), ("quarantined", "member")]
        shop.clock.advance(minutes=5)
        two.enrol(MEMBER, CARD)
        await two.push()
        assert await told(two) == ""
        assert (await ReplayAside().run(shop.ledger)).applied == 1
        assert await told(two) == "Oat milk"

    run(tmp_path, scenario)


def test_a_ledger_of_the_last_release_puts_it_aside_and_has_it_after_its_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its sealed box; what the till writes after it counts at once."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        till.enrol(MEMBER, CARD)
        await till.push()
        with monkeypatch.context() as last_release:
            last_release.delitem(entry.BODIES, EntryKind.NOTE)
            blob = note(till, "Oat milk")
            till.euros(MEMBER, 5)
            answer = await till.push(blobs=(blob,))
            states = [(one.state, one.code) for one in answer.dispositions]
            assert states == [("quarantined", "unreadable"), ("applied", "")]
        assert await told(till) == ""
        assert (await ReplayAside().run(shop.ledger)).applied == 1
        assert await told(till) == "Oat milk"

    run(tmp_path, scenario)


def test_one_whose_box_is_lost_leaves_the_note_there_is(tmp_path: Path) -> None:
    """A ledger from an older copy hears the entry again without what was sealed: the copy's note stays."""

    async def scenario(shop: Shop) -> None:
        one = await shop.till()
        one.enrol(MEMBER, CARD)
        await one.push(blobs=(note(one, "Oat milk"),))
        shop.clock.advance(minutes=5)
        note(one, "Two sugars")
        answer = await one.push()
        assert [(each.state, each.code) for each in answer.dispositions] == [("applied", "box_lost")]
        assert await told(one) == "Oat milk"

    run(tmp_path, scenario)


def test_words_about_an_incident_leave_the_note_and_are_told_with_its_day(tmp_path: Path) -> None:
    """Each has its own order of sale; both stores read both, the member's copy has both, and erasure takes both."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till("gare")
        one.enrol(MEMBER, CARD)
        await one.push(blobs=(note(one, "Oat milk"),))
        shop.clock.advance(minutes=5)
        early = note(two, "cold soup", about="quality")
        shop.clock.advance(minutes=5)
        late = note(one, "late again", about="late")
        await one.push(blobs=(late,))
        await two.push(blobs=(early,))
        assert await kept(shop, early, late) == [False, True]
        for till in (one, two):
            row = (await shop.ledger.account(till.device, CARD)).row
            assert row is not None
            said = decrypt_note(till.paired.scope_key, MEMBER, row.complaint, field.INCIDENT)
            assert complaint.read(said) == complaint.Complaint(START.date(), "late", "late again")
            assert await told(till) == "Oat milk"
        copy = await copy_of(shop.ledger, two.device, CopyRequest(MEMBER, "nadia"))
        assert decrypt_note(two.paired.scope_key, MEMBER, copy.complaint, field.INCIDENT) == said
        assert set(msgspec.json.decode(copy.copy, type=MemberCopy).sealed) == {"note", "incident"}
        one.write(EntryKind.ERASE, EraseBody(MEMBER, "camille", "nadia"), member=MEMBER)
        await one.push()
        record = await looking(shop.ledger._storage).member(MEMBER)
        assert record is not None
        assert (record.note, record.complaint) == (b"", b"")
        assert await kept(shop, late) == [False]

    run(tmp_path, scenario)

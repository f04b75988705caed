"""A lease that goes from till to till of a store while nobody can ask the ledger (ledger-and-sync.md 4.7)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from sync.entry import EntryKind, GrantMoveBody, GrantReturnBody, Slice, body_of, decode
from sync.granted import Proof, moved_id
from sync.ledger.records import Incarnation
from sync.ledger.verify import CheckJournals
from sync.wire import Cursor, PullRequest
from tests.unit.ledger_kit import FOREVER, Shop, TillSim, Written, burn, draw, line, looking, run

LOT = "o-7-1"


async def two_tills(shop: Shop) -> tuple[TillSim, TillSim, str]:
    """A store with two tills, the lease of member 7 at the first of them, and its id."""
    tills = [await shop.till(), await shop.till()]
    await shop.member(opening={"points": 400})
    tills[0].euros(7, 1)
    await tills[0].push()
    while await shop.ledger.review_leases(50):
        pass
    for till in tills:
        cursor = Cursor(f"device:{till.paired.dev}", 1, 0)
        answer = await shop.ledger.pull(till.device, PullRequest((cursor,), 1 << 20, till.last_gno))
        till.take(answer.grants)
    giver, other = tills if any(one.kind == "lease" for one in tills[0].grants) else tills[::-1]
    [lease] = [one for one in giver.grants if one.kind == "lease"]
    assert lease.slices == (Slice("points", LOT, 100, FOREVER),)
    return giver, other, lease.id


def moved(to: TillSim, grant: str, of: str, quantity: int, *proofs: Proof) -> GrantMoveBody:
    """Points that go from a grant to a till."""
    slices = (Slice("points", LOT, quantity, FOREVER),)
    return GrantMoveBody(grant, of, to.paired.dev, to.paired.inc, slices, proofs)


def give(giver: TillSim, to: TillSim, of: str, quantity: int) -> tuple[str, Proof]:
    """The giver's word: the new grant, and the word as it is handed over."""
    grant = moved_id(giver.head.dev, giver.head.inc, giver.head.seq + 1)
    giver.write(EntryKind.GRANT_MOVE, moved(to, grant, of, quantity), member=7)
    data, _, signature = giver.written[-1]
    assert signature is not None
    return grant, Proof(data, signature)


def take(till: TillSim, proofs: Sequence[Proof], quantity: int) -> Written:
    """The receiver's word."""
    given = body_of(decode(proofs[-1].data))
    assert isinstance(given, GrantMoveBody)
    body = moved(till, given.grant, given.of, quantity, *proofs)
    return till.write(EntryKind.GRANT_MOVE, body, member=7)


def spend(till: TillSim, grant: str, quantity: int) -> Written:
    """A ticket paid out of one grant."""
    return till.sale(7, (line(1000),), (), (burn(quantity, draw(grant, LOT, quantity)),))


async def remarks(till: TillSim) -> list[str]:
    """Push; what the ledger says of each entry that is new."""
    answer = await till.push()
    assert {one.state for one in answer.dispositions} <= {"applied"}
    return [one.code for one in answer.dispositions]


@pytest.mark.parametrize("order", ["giver", "receiver"])
def test_whose_word_comes_first_makes_no_difference(order: str, tmp_path: Path) -> None:
    """Units that moved are spent once, whichever of the two tills reaches the ledger first."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, proof = give(giver, other, lease, 60)
        spend(giver, lease, 40)
        take(other, [proof], 60)
        spend(other, grant, 60)
        for till in (giver, other) if order == "giver" else (other, giver):
            assert set(await remarks(till)) == {""}
            assert await shop.faults() == []
        books = await shop.balances()
        assert (books.burned, books.deficit) == ({"points": 100}, {})
        moved = [one for one in await looking(shop.ledger._storage).postings(7) if one.cause == "MOVE"]
        assert [(one.dev, one.quantity) for one in moved] == [(giver.paired.dev, 60)]

    run(tmp_path, scenario)


def test_what_the_giver_had_not_is_asked_back(tmp_path: Path) -> None:
    """A move of units that the books do not find at the giver: the receiver is asked for them, not left with them."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        spend(giver, lease, 70)
        grant, proof = give(giver, other, lease, 60)
        take(other, [proof], 60)
        assert await remarks(giver) == ["", "short"]
        assert set(await remarks(other)) == {""}
        held = PullRequest((Cursor(f"device:{other.paired.dev}", 1, 0),), 1 << 20, other.last_gno)
        assert (await shop.ledger.pull(other.device, held)).recalls == (grant,)
        other.write(
            EntryKind.GRANT_RETURN,
            GrantReturnBody(grant, (Slice("points", LOT, 60, FOREVER),), "recalled"),
            member=7,
        )
        assert set(await remarks(other)) == {""}
        assert (await shop.ledger.pull(other.device, held)).recalls == ()
        books = await shop.balances()
        assert (books.burned, books.granted, books.deficit) == ({"points": 70}, {"points": 1}, {})

    run(tmp_path, scenario)


def test_a_grant_moves_on_and_back(tmp_path: Path) -> None:
    """The last of a chain of tills may come first: what it shows proves every step."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        first, one = give(giver, other, lease, 60)
        take(other, [one], 60)
        second, two = give(other, giver, first, 25)
        take(giver, [one, two], 25)
        spend(giver, second, 25)
        assert set(await remarks(giver)) == {""}
        spend(other, first, 35)
        assert set(await remarks(other)) == {""}
        books = await shop.balances()
        assert (books.burned, books.granted, books.deficit) == ({"points": 60}, {"points": 41}, {})

    run(tmp_path, scenario)


def test_more_than_was_given_is_owed(tmp_path: Path) -> None:
    """A receiver that spends more than the giver signed takes what is free, and then owes: nobody loses anything."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, proof = give(giver, other, lease, 60)
        take(other, [proof], 60)
        spend(other, grant, 500)
        assert await remarks(other) == ["", ""]
        books = await shop.balances()
        assert books.burned == {"points": 500}
        assert books.available == {}
        assert books.deficit == {
            "points": 135
        }  # 500 less the 60, the 300 that were free, 5 that the sale gives
        spend(giver, lease, 40)
        assert set(await remarks(giver)) == {""}
        assert (await shop.balances()).deficit == {"points": 130}

    run(tmp_path, scenario)


@pytest.mark.parametrize("fault", ["signature", "bytes", "nested", "name", "rubbish", "of", "stranger"])
def test_what_is_not_proven_moves_nothing(fault: str, tmp_path: Path) -> None:
    """A forged word of a giver leaves the giver's lease alone; what was handed out for it is counted, not lost."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, proof = give(giver, other, lease if fault != "of" else "g-9-9-9", 60)
        if fault == "name":
            giver.write(EntryKind.GRANT_MOVE, moved(other, grant, lease, 60), member=7)
        elif fault == "nested":
            grant = moved_id(giver.head.dev, giver.head.inc, giver.head.seq + 1)
            giver.write(EntryKind.GRANT_MOVE, moved(other, grant, lease, 60, proof), member=7)
        data, _, signature = giver.written[-1]
        signed = Proof(data, signature or b"")
        forged = {
            "signature": Proof(data, bytes(64)),
            "bytes": Proof(data.replace(b'"quantity":60', b'"quantity":99'), signed.signature),
            "rubbish": Proof(b"{", b""),
            "stranger": Proof(data.replace(b'"dev":', b'"dev":7', 1), signed.signature),
        }.get(fault, signed)
        other.write(EntryKind.GRANT_MOVE, moved(other, grant, lease, 60, forged), member=7)
        spend(other, grant, 60)
        assert await remarks(other) == ["unproven", ""]
        books = await shop.balances()
        assert books.granted["points"] >= 100
        assert books.burned == {"points": 60}

    run(tmp_path, scenario)


def test_a_move_of_somebody_else(tmp_path: Path) -> None:
    """A till gives away only what lies at itself."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        _, proof = give(other, giver, lease, 60)
        take(giver, [proof], 60)
        assert await remarks(other) == ["unproven"]
        assert await remarks(giver) == ["unproven"]
        spend(giver, lease, 100)
        assert await remarks(giver) == [""]
        assert (await shop.balances()).deficit == {}

    run(tmp_path, scenario)


def test_an_answer_that_never_came(tmp_path: Path) -> None:
    """The giver's word is at the ledger and the receiver never heard: asked, it says so, and the units are free."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, _ = give(giver, other, lease, 60)
        await giver.push()
        while await shop.ledger.review_leases(50):
            pass
        held = (await shop.balances()).granted["points"]
        cursor = Cursor(f"device:{other.paired.dev}", 1, 0)
        answer = await shop.ledger.pull(other.device, PullRequest((cursor,), 1 << 20, other.last_gno))
        assert grant in answer.recalls
        other.write(EntryKind.GRANT_RETURN, GrantReturnBody(grant, (), "recalled"), member=7)
        assert await remarks(other) == [""]
        assert (await shop.balances()).granted["points"] == held - 60

    run(tmp_path, scenario)


def test_an_empty_return_frees_no_lease(tmp_path: Path) -> None:
    """That nothing came is only believed of moves: a lease goes back slice by slice."""

    async def scenario(shop: Shop) -> None:
        giver, _, lease = await two_tills(shop)
        giver.write(EntryKind.GRANT_RETURN, GrantReturnBody(lease, (), "recalled"), member=7)
        held = (await shop.balances()).granted
        await giver.push()
        assert (await shop.balances()).granted == held

    run(tmp_path, scenario)


def test_a_giver_with_two_histories(tmp_path: Path) -> None:
    """What a giver signed and its journal does not have: it was set back or copied, and must be paired again."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        head, written = giver.head, list(giver.written)
        grant, proof = give(giver, other, lease, 60)
        giver.head, giver.written = head, written  # an old image of the disk
        spend(giver, lease, 100)
        await giver.push()
        take(other, [proof], 60)
        spend(other, grant, 60)
        assert await remarks(other) == ["unproven", ""]
        till = await looking(shop.ledger._storage).incarnation(giver.paired.dev, giver.paired.inc)
        assert isinstance(till, Incarnation)
        assert till.state == "closed"
        books = await shop.balances()
        assert (books.burned["points"], books.deficit) == (160, {})  # out of what was free

    run(tmp_path, scenario)


def test_journals_are_checked_against_each_other(tmp_path: Path) -> None:
    """`assidu ledger verify` finds a word that its giver's journal does not have."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        head, written = giver.head, list(giver.written)
        _, proof = give(giver, other, lease, 60)
        take(other, [proof], 60)
        await other.push()
        checked = await CheckJournals().run(shop.ledger)
        assert checked.faults == ()
        giver.head, giver.written = head, written
        spend(giver, lease, 40)
        await giver.push()
        [fault] = (await CheckJournals().run(shop.ledger)).faults
        assert f"till {other.head.dev}-1" in fault
        assert f"{giver.head.dev}-1-{giver.head.seq}" in fault

    run(tmp_path, scenario)


def test_a_written_off_giver(tmp_path: Path) -> None:
    """What the owner freed at the giver is not there for the receiver any more: free units bear it first (G2)."""
    from sync.ledger.devices import WriteOffDevice

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, proof = give(giver, other, lease, 60)
        await WriteOffDevice(giver.paired.dev, go=True).run(shop.ledger)
        take(other, [proof], 60)
        spend(other, grant, 60)
        assert await remarks(other) == ["short", ""]
        books = await shop.balances()
        assert (books.burned, books.deficit) == ({"points": 60}, {})

    run(tmp_path, scenario)


def test_days(tmp_path: Path) -> None:
    """A moved slice keeps its last day."""

    async def scenario(shop: Shop) -> None:
        giver, other, lease = await two_tills(shop)
        grant, proof = give(giver, other, lease, 60)
        take(other, [proof], 60)
        await other.push()
        data = await looking(shop.ledger._storage).member_data(7)
        [piece] = [one for one in data.slices if one.id == grant]
        assert (piece.rem, piece.issued, piece.last_day) == (60, 60, date(9999, 12, 31))

    run(tmp_path, scenario)

"""Accept: a till's journal is taken in order, signed, once, and a second life of a till is noticed."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from sync.ledger.caller import LedgerRefusal
from sync.ledger.port import StorageFault
from sync.ledger.sqlite import SqliteStorage
from sync.ledger.verify import CheckJournals
from sync.wire import CommitSignature
from tests.unit.ledger_kit import Shop, TillSim, looking, run


def test_an_entry_is_acknowledged_and_counted_once(tmp_path: Path) -> None:
    """The same push again, after a lost answer, changes nothing and is no alarm."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 12)
        request = till.request()
        lost = await till.send(request)
        again = till.heard(await till.send(request))
        assert (lost.accepted_seq, again.accepted_seq) == (1, 1)
        assert again.ratchet == lost.ratchet
        assert not again.fence
        assert (await shop.balances()).balance() == 12

    run(tmp_path, scenario)


def test_two_copies_of_a_push_at_once_count_once(tmp_path: Path) -> None:
    """One commits, the other finds equal hashes."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 12)
        request = till.request()
        answers = await asyncio.gather(till.send(request), till.send(request))
        assert [answer.accepted_seq for answer in answers] == [1, 1]
        assert (await shop.balances()).balance() == 12

    run(tmp_path, scenario)


def test_a_gap_is_answered_with_the_expected_number(tmp_path: Path) -> None:
    """Entries beyond the accepted head are not taken; the till is told from where to send."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        till.euros(member, 2)
        answer = till.heard(await till.send(till.request(base=1)))
        assert (answer.expected_seq, answer.accepted_seq, answer.fence) == (1, 0, False)
        assert (await till.push()).accepted_seq == 2

    run(tmp_path, scenario)


def test_overlapping_batches_skip_what_is_known(tmp_path: Path) -> None:
    """A push from an earlier base brings only its new tail."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        await till.push()
        till.euros(member, 2)
        answer = till.heard(await till.send(till.request(base=0)))
        assert [one.seq for one in answer.dispositions] == [2]
        assert (await shop.balances()).balance() == 3

    run(tmp_path, scenario)


def test_same_number_with_another_hash_is_a_fork(tmp_path: Path) -> None:
    """A restored copy that writes another entry 1 is fenced, and the first facts stay."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        await till.push()
        clone = TillSim(shop, till.paired, till.seed)
        clone.ratchet, clone.nonce = till.ratchet, till.nonce
        clone.euros(member, 99)
        answer = await clone.send(clone.request(base=0))
        assert answer.fence
        till.euros(member, 1)
        assert (await till.send(till.request())).fence
        assert (await shop.balances()).balance() == 1

    run(tmp_path, scenario)


def test_a_stale_ratchet_is_a_clone(tmp_path: Path) -> None:
    """The previous value is good only with the nonce of the lost answer."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        old = till.ratchet
        till.euros(member, 1)
        await till.push()
        till.euros(member, 2)
        assert (await till.send(till.request(ratchet=old, nonce="another"))).fence
        with pytest.raises(LedgerRefusal, match="paired again"):
            await till.hold(member, 1)

    run(tmp_path, scenario)


def test_an_old_push_that_comes_late_ends_nobody(tmp_path: Path) -> None:
    """It may have been under way for long, or be sent once more: the till that holds the ratchet goes on.

    A copy of the till from that moment is told to stop.
    """

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        late = []
        for euros in (1, 2, 3):
            till.euros(member, euros)
            late.append(till.request())
            await till.push()
        for request in late[:2]:
            assert (await till.send(request)).fence
            assert not (await till.send(request)).ratchet
        till.euros(member, 4)
        answer = await till.push()
        assert not answer.fence
        assert answer.accepted_seq == till.head.seq
        assert (await shop.balances()).balance() == 10

    run(tmp_path, scenario)


@pytest.mark.parametrize("arrived", [True, False])
def test_an_old_push_ends_nobody_however_late(tmp_path: Path, arrived: bool) -> None:
    """One that was recorded on the line, or held back there, and is played a day later does nothing."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        recorded = till.request()
        if arrived:
            till.heard(await till.send(recorded))
        for _ in range(20):
            shop.clock.advance(minutes=10)
            await till.push()
        assert (await till.send(recorded)).fence
        till.euros(member, 2)
        assert not (await till.push()).fence
        assert (await shop.balances()).balance() == 3

    run(tmp_path, scenario)


def test_a_copy_is_noticed_however_old_it_is(tmp_path: Path) -> None:
    """What it sends was never sent, even where it has nothing new to tell."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        await till.push()
        stale = till.request(nonce="of the copy")
        for _ in range(20):
            await till.push()
        assert (await till.send(stale)).fence
        assert (await till.push()).fence

    run(tmp_path, scenario)


def test_a_base_of_another_chain_is_fenced(tmp_path: Path) -> None:
    """The hash before the batch must be the accepted one."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        assert (await till.send(till.request(base_hash=b"x" * 32))).fence

    run(tmp_path, scenario)


@pytest.mark.parametrize("broken", ["signature", "unsigned", "bytes"])
def test_one_bad_signature_refuses_the_whole_batch(tmp_path: Path, broken: str) -> None:
    """Nothing is taken when a commit is not signed by the till's key or an entry was edited, and the till is fenced."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        till.euros(member, 2)
        good = till.request()
        first, second = good.signatures
        forged = CommitSignature(second.seq, b"\0" * 64)
        bad = {
            "signature": msgspec.structs.replace(good, signatures=(first, forged)),
            "unsigned": msgspec.structs.replace(good, signatures=(first,)),
            "bytes": msgspec.structs.replace(
                good, entries=(good.entries[0].replace(b'"cents":100', b'"cents":900'), good.entries[1])
            ),
        }[broken]
        with pytest.raises(LedgerRefusal) as refused:
            await till.send(bad)
        assert refused.value.code == "bad_chain"
        assert (await till.send(good)).fence
        assert (await shop.balances()).balance() == 0

    run(tmp_path, scenario)


def test_the_last_signature_vouches_for_the_batch(tmp_path: Path) -> None:
    """A wrong one before it is kept with its entry, and named by whoever checks the whole journal."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 1)
        till.euros(member, 2)
        good = till.request()
        wrong = CommitSignature(1, b"\0" * 64)
        await till.send(msgspec.structs.replace(good, signatures=(wrong, good.signatures[1])))
        assert (await shop.balances()).balance() == 3
        checked = await CheckJournals().run(shop.ledger)
        assert [fault.partition(":")[0] for fault in checked.faults] == ["till 1-1"]

    run(tmp_path, scenario)


def test_batches_are_limited(tmp_path: Path) -> None:
    """More than 500 entries or 512 KiB are refused unread."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for entries in ((b"x",) * 501, (b"x" * (512 * 1024 + 1),)):
            with pytest.raises(LedgerRefusal) as refused:
                await till.send(till.request(entries=entries))
            assert refused.value.code == "too_large"

    run(tmp_path, scenario)


def test_many_rows_are_written_as_one_by_one(tmp_path: Path) -> None:
    """A long push is stored entry by entry, and of rows with the same key the last one stays, however many come."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for _ in range(123):
            till.euros(None, 1)
        await till.push()
        products = [(f"{n % 107:03d}", b"%d" % n) for n in range(211)]
        await shop.ledger.write(lambda work: work.tx.save_products(products))
        tx = looking(shop.ledger._storage)
        rows = [await tx.inbox(till.paired.dev, 1, n) for n in range(1, 124)]
        assert [(row.data, row.hash, row.sig) for row in rows if row is not None] == till.written
        assert dict(await tx.products()) == dict(products)

    run(tmp_path, scenario)


def test_a_till_cannot_push_for_another(tmp_path: Path) -> None:
    """The batch must be of the till whose key signed the request."""

    async def scenario(shop: Shop) -> None:
        one, two = await shop.till(), await shop.till()
        with pytest.raises(LedgerRefusal):
            await shop.ledger.push(one.device, two.request())

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_accepted_work_survives_the_process(tmp_path: Path) -> None:
    """What was acknowledged is there when the file is opened again, and a second process is sent away."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        till.euros(member, 5)
        await till.push()
        with pytest.raises(StorageFault, match="Another ledger"):
            await SqliteStorage(tmp_path / "ledger.db").open()
        await shop.ledger.close()
        storage = SqliteStorage(tmp_path / "ledger.db")
        await storage.open()
        tx = looking(storage)
        assert [posting.quantity for posting in await tx.postings(member)] == [5]
        shop.ledger._storage = storage

    run(tmp_path, scenario)


@pytest.mark.engines("sqlite")
def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """An older release does not touch a schema it does not know."""

    async def scenario(shop: Shop) -> None:
        await shop.ledger._storage.write(lambda tx: tx._do("PRAGMA user_version = 999"))  # type: ignore[attr-defined]
        await shop.ledger.close()
        with pytest.raises(StorageFault, match="newer release"):
            await SqliteStorage(tmp_path / "ledger.db").open()
        shop.ledger._storage = SqliteStorage(tmp_path / "other.db")
        await shop.ledger.open()

    run(tmp_path, scenario)

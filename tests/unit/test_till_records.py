"""The small tables of a till: tickets, print jobs, scans, published files, numbers, sync state."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync.lists import Product, StaffMember
from sync.numbers import BlockEmpty
from sync.publication import ConfigItem
from sync.till import config, cursors, numbers_store, scans, spool, tickets
from sync.till.config import ConfigUnreadable
from sync.till.database import Store, open_store
from sync.till.errors import AlreadyRecorded
from sync.till.numbers_store import CARD, MEMBER
from sync.till.tickets import StoredRefund, TicketResult
from sync.till.writer import InlineWriter
from sync.wire import Anchor, Block, Cursor, pack

KEY = hashlib.sha256(b"scope").digest()

DAY = date(2026, 3, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def writer(store: Store) -> InlineWriter:
    return InlineWriter(store)


def ticket(name: str, seq: int, pos_ref: str | None = None, member: int | str | None = 9) -> TicketResult:
    return TicketResult(name, pos_ref, seq, f"3-1-{seq}", DAY, member, 1250, voided=False, result=b"shown")


def test_a_ticket_can_be_found_again_in_three_ways(store: Store, writer: InlineWriter) -> None:
    """By its name, by the register's receipt, by the printed reference."""
    first, second = ticket("t1", 4, "lyon/2/2026-03-01/77"), ticket("t2", 5, member="ab" * 16)
    writer.run(lambda c: tickets.save_result(c, first))
    writer.run(lambda c: tickets.save_result(c, second))
    reader = store.reader()
    assert tickets.result(reader, "t1") == first
    assert tickets.by_pos_ref(reader, "lyon/2/2026-03-01/77") == first
    assert tickets.by_reference(reader, "3-1-5") == second
    assert tickets.by_reference(reader, "3-1-6") is None
    assert tickets.recent(reader, 1) == (second,)
    assert tickets.recent(reader, 9) == (second, first)


@pytest.mark.parametrize("again", [ticket("t1", 5), ticket("t2", 5, "receipt 77"), ticket("t2", 4)])
def test_a_ticket_and_a_receipt_count_once(writer: InlineWriter, again: TicketResult) -> None:
    """The same ticket, the same receipt or the same number a second time is refused."""
    writer.run(lambda c: tickets.save_result(c, ticket("t1", 4, "receipt 77")))
    with pytest.raises(AlreadyRecorded):
        writer.run(lambda c: tickets.save_result(c, again))


def test_an_undone_ticket_says_so(store: Store, writer: InlineWriter) -> None:
    """A voided ticket stays findable, marked."""
    writer.run(lambda c: tickets.save_result(c, ticket("t1", 4)))
    writer.run(lambda c: tickets.mark_voided(c, "t1"))
    assert tickets.result(store.reader(), "t1").voided


def test_returns_add_up_by_ticket(store: Store, writer: InlineWriter) -> None:
    """Every return of a ticket made here is listed, each once."""
    returns = [StoredRefund(f"r{n}", "t1", f"3-1-{n}", 100 * n, DAY, b"x") for n in (1, 2)]
    for one in returns:
        writer.run(lambda c, one=one: tickets.save_refund(c, one))
    assert tickets.refunds_of(store.reader(), "t1") == tuple(returns)
    assert tickets.refunds_of(store.reader(), "t2") == ()
    with pytest.raises(AlreadyRecorded):
        writer.run(lambda c: tickets.save_refund(c, returns[0]))


def test_the_basket_survives_and_there_is_one(store: Store, writer: InlineWriter) -> None:
    """After a power cut the begun ticket is there; a newer one takes its place."""
    assert tickets.load_draft(store.reader()) is None
    writer.run(lambda c: tickets.save_draft(c, "t1", b"one"))
    writer.run(lambda c: tickets.save_draft(c, "t1", b"two"))
    assert tickets.load_draft(store.reader()) == tickets.Draft("t1", b"two")
    writer.run(lambda c: tickets.save_draft(c, "t2", b"three"))
    assert tickets.load_draft(store.reader()) == tickets.Draft("t2", b"three")
    writer.run(lambda c: tickets.clear_draft(c, "t1"))
    assert tickets.load_draft(store.reader()).ticket == "t2"
    writer.run(lambda c: tickets.clear_draft(c, "t2"))
    assert tickets.load_draft(store.reader()) is None


def test_receipts_wait_until_printed(store: Store, writer: InlineWriter) -> None:
    """Unprinted tickets are listed at start; a reprint counts as a copy and keeps the first time."""
    first = writer.run(lambda c: spool.add_job(c, "t1", "receipt", b"1"))
    second = writer.run(lambda c: spool.add_job(c, "t2", "receipt", b"2"))
    assert [job.ticket for job in spool.unprinted(store.reader(), 9)] == ["t2", "t1"]
    writer.run(lambda c: spool.mark_printed(c, first, 100))
    assert [job.id for job in spool.pending_jobs(store.reader())] == [second]
    writer.run(lambda c: spool.mark_printed(c, first, 200))
    job = spool.job_of(store.reader(), "t1")
    assert (job.printed_ms, job.copies, job.data) == (100, 2, b"1")
    assert spool.job_of(store.reader(), "t3") is None
    writer.run(lambda c: spool.forget(c, 150))
    assert spool.job_of(store.reader(), "t1") is None
    assert [job.ticket for job in spool.unprinted(store.reader(), 9)] == ["t2"]


def test_raw_scans_stay_only_until_decided(store: Store, writer: InlineWriter) -> None:
    """Until the decision the text is there for who has the store's key; no file has it in clear at any time."""
    raw = "2912345678906"
    number = writer.run(lambda c: scans.record(c, b"t" * 16, "member", "/dev/ttyS0", 100, raw=raw, key=KEY))
    later = writer.run(lambda c: scans.record(c, b"u" * 16, "badge", "/dev/ttyS0", 100, raw="ABCD", key=KEY))
    assert [scan.raw for scan in scans.undecided(store.reader(), KEY)] == [raw, "ABCD"]
    assert [scan.raw for scan in scans.undecided(store.reader(), bytes(32))] == [None, None]
    assert [path for path in store.path.parent.iterdir() if raw.encode() in path.read_bytes()] == []
    for one in (number, later):
        writer.run(lambda c, one=one: scans.decide(c, one))
    assert scans.undecided(store.reader(), KEY) == ()
    store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert raw.encode() not in store.path.read_bytes()
    writer.run(lambda c: scans.forget(c, 101))
    assert store.reader().execute("SELECT count(*) FROM scan").fetchone()[0] == 0


def publish(writer: InlineWriter, what: str, data: bytes, since: date | None = None, pos: int = 1) -> bytes:
    digest = hashlib.sha256(data).digest()
    writer.run(lambda c: config.store_item(c, ConfigItem(what, "main", digest, since, pos), data))
    return digest


def test_the_programme_of_the_day(store: Store, writer: InlineWriter) -> None:
    """Each day has the file that took effect last; a correction published later wins; old ones stay by hash."""
    old = publish(writer, "programme", b"old")
    publish(writer, "programme", b"new", DAY, pos=2)
    reader = store.reader()
    assert config.programme_for(reader, date(2026, 2, 28)) == b"old"
    assert config.programme_for(reader, DAY) == b"new"
    publish(writer, "programme", b"corrected", DAY, pos=3)
    assert config.programme_for(reader, DAY) == b"corrected"
    assert config.programme_by_hash(reader, old) == b"old"
    assert config.programme_by_hash(reader, bytes(32)) is None


def test_no_programme_yet(store: Store) -> None:
    """A till that has received nothing says so."""
    assert config.programme_for(store.reader(), DAY) is None


def test_a_catalogue_replaces_the_one_before(store: Store, writer: InlineWriter) -> None:
    """Products that the new list does not have are gone."""
    bread = Product("4000000000016", "bread", {"en": "Bread", "fr": "Pain"}, "bakery", "", 220)
    cake = Product("4000000000023", "cake", {"en": "Cake", "fr": "Gâteau"}, "pastry", "", 380)
    publish(writer, "catalogue", pack((bread, cake)))
    assert config.product(store.reader(), "4000000000016") == bread
    publish(writer, "catalogue", pack((cake,)), pos=2)
    assert config.product(store.reader(), "4000000000016") is None
    assert config.product(store.reader(), "4000000000023") == cake


def test_a_broken_list_changes_nothing(store: Store, writer: InlineWriter) -> None:
    """Rubbish under the name of the catalogue leaves the old one in use."""
    bread = Product("4000000000016", "bread", {}, "bakery", "", 220)
    publish(writer, "catalogue", pack((bread,)))
    with pytest.raises(ConfigUnreadable, match="publish it again"):
        publish(writer, "catalogue", b"\xc1rubbish", pos=2)
    assert config.product(store.reader(), "4000000000016") == bread


def test_wrong_pins_are_remembered_over_a_restart(store: Store, writer: InlineWriter) -> None:
    """Switching the till off does not give new tries; the right PIN does."""
    zoe = StaffMember("zoe", "Zoé", "cashier", b"b" * 16, "$argon2id$")
    publish(writer, "staff", pack((zoe,)))
    assert config.staff_by_badge(store.reader(), b"b" * 16) == zoe
    assert config.staff_by_badge(store.reader(), b"c" * 16) is None
    assert config.staff(store.reader()) == (zoe,)
    for at in (10, 20):
        writer.run(lambda c, at=at: config.record_try(c, "zoe", at, right=False))
    assert config.tries(store.reader(), "zoe") == config.Tries(2, 20)
    writer.run(lambda c: config.record_try(c, "zoe", 30, right=True))
    assert config.tries(store.reader(), "zoe") == config.Tries(0, 0)


def test_numbers_are_given_out_once(store: Store, writer: InlineWriter) -> None:
    """Blocks are used in order, a block sent twice counts once, a failed job uses nothing up."""
    blocks = (Block(MEMBER, 100, 101), Block(MEMBER, 50, 50), Block(CARD, 1, 1))
    for _ in range(2):
        writer.run(lambda c: numbers_store.add_blocks(c, blocks))
    assert writer.run(lambda c: numbers_store.take(c, MEMBER)) == 50

    def fails(connection: object) -> None:
        numbers_store.take(store.writer, MEMBER)
        raise RuntimeError("later in the job")

    with pytest.raises(RuntimeError):
        writer.run(fails)
    assert [writer.run(lambda c: numbers_store.take(c, MEMBER)) for _ in range(2)] == [100, 101]
    assert numbers_store.left(store.reader(), MEMBER) == 0
    assert numbers_store.left(store.reader(), CARD) == 1
    with pytest.raises(BlockEmpty, match="connect it"):
        writer.run(lambda c: numbers_store.take(c, MEMBER))


def test_sync_state_is_kept(store: Store, writer: InlineWriter) -> None:
    """Acks, ratchet, nonce in flight and trusted time survive a restart."""
    assert cursors.sync_state(store.reader()) == cursors.SyncState()
    anchor = Anchor("a1", 1_772_000_000_000, 55, "boot")
    state = cursors.SyncState(
        accepted_seq=7, ratchet=b"r" * 16, nonce="n", anchor=anchor, epoch=2, seen_pos=40
    )
    writer.run(lambda c: cursors.save_sync_state(c, state))
    assert cursors.sync_state(store.reader()) == state


def test_cursors_are_kept_by_bucket(store: Store, writer: InlineWriter) -> None:
    """Each bucket has one place, the last one stored."""
    writer.run(lambda c: cursors.save_cursor(c, Cursor("config", 1, 5)))
    writer.run(lambda c: cursors.save_cursors(c, [Cursor("config", 1, 6), Cursor("store:lyon", 1, 2)]))
    assert cursors.cursors(store.reader()) == (Cursor("config", 1, 6), Cursor("store:lyon", 1, 2))


def test_the_time_mark_never_goes_back(store: Store, writer: InlineWriter) -> None:
    """A clock that was set back cannot lower what the till has seen."""
    for at in (100, 300, 200):
        writer.run(lambda c, at=at: cursors.raise_mark(c, at))
    assert cursors.high_mark(store.reader()) == 300

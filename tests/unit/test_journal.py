"""The journal: whole commits in one chain, which is also the outbox."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sync import chain, seal
from sync.entry import CloseZBody, EntryKind, GrantReturnBody, LinkBody
from sync.till import cursors, journal, journal_check
from sync.till.database import Store, open_store
from sync.till.errors import AlreadyRecorded
from sync.till.identity import Identity, identity, save_identity, save_pairing, standalone_identity
from sync.till.journal import EntryDraft, Times
from sync.till.numbers_store import CARD, MEMBER, left
from sync.till.writer import InlineWriter
from sync.wire import Block, PairAnswer

DAY = date(2026, 3, 1)
TIMES = Times(wall_ms=1_772_000_000_000, mono_ms=5, boot="boot")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def writer(store: Store) -> InlineWriter:
    return InlineWriter(store)


@pytest.fixture
def till(writer: InlineWriter) -> Identity:
    who = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
    writer.run(lambda c: save_identity(c, who))
    return who


def z_close() -> EntryDraft:
    body = CloseZBody(store="lyon", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0)
    return EntryDraft(kind=EntryKind.CLOSE_Z, body=body, bdate=DAY)


def link_card(member: int, ticket: str | None = None) -> EntryDraft:
    body = LinkBody(member=member, card=b"x" * 16, cashier="c")
    return EntryDraft(kind=EntryKind.LINK, body=body, bdate=DAY, member=member, ticket=ticket)


def returned(ticket: str) -> EntryDraft:
    body = GrantReturnBody(grant="g", slices=(), why="cancelled")
    return EntryDraft(kind=EntryKind.GRANT_RETURN, body=body, bdate=DAY, ticket=ticket)


def commit(
    writer: InlineWriter, till: Identity, *drafts: EntryDraft, times: Times = TIMES
) -> tuple[journal.Written, ...]:
    return writer.run(lambda c: journal.commit(c, till, drafts, times, 0))


def accept(writer: InlineWriter, seq: int) -> None:
    def job(connection: object) -> None:
        state = cursors.sync_state(store_connection)
        cursors.save_sync_state(store_connection, msgspec.structs.replace(state, accepted_seq=seq))

    store_connection = writer._store.writer
    writer.run(job)


def test_entries_are_numbered_without_a_gap_and_chained(
    store: Store, writer: InlineWriter, till: Identity
) -> None:
    """Each entry names the one before; the last of a commit is signed."""
    first = commit(writer, till, z_close(), link_card(9))
    second = commit(writer, till, z_close())
    assert [one.seq for one in first + second] == [1, 2, 3]
    assert journal.entry_at(store.reader(), 3).prev == first[1].hash
    assert journal.head(store.reader()) == (3, second[0].hash)
    assert journal.next_seq(store.reader()) == 4
    assert second[0].reference == "0-0-3"
    assert second[0].tail6 == second[0].hash.hex()[:6]
    batch = journal.pending(store.reader())
    assert [signature.seq for signature in batch.signatures] == [2, 3]
    assert journal_check.verify(store.reader()) == chain.Verdict(ok=True, count=3)


def test_a_ticket_is_recorded_once(store: Store, writer: InlineWriter, till: Identity) -> None:
    """A second commit of the same ticket is refused whole, whatever else it holds."""
    draft = msgspec.structs.replace(link_card(9, "t1"), kind=EntryKind.TICKET)
    commit(writer, till, draft)
    with pytest.raises(AlreadyRecorded):
        commit(writer, till, z_close(), draft)
    assert journal.head(store.reader())[0] == 1


def test_a_ticket_may_give_back_several_grants(store: Store, writer: InlineWriter, till: Identity) -> None:
    """Returns of one ticket are numbered on, in one commit and in later ones."""
    commit(writer, till, returned("t1"), returned("t1"))
    commit(writer, till, returned("t1"))
    assert [entry.seq for entry in journal.entries_of(store.reader(), "t1")] == [1, 2, 3]
    assert journal_check.verify(store.reader()).ok


def test_the_journal_only_grows(writer: InlineWriter, till: Identity) -> None:
    """Nothing in the program can change or remove an entry."""
    commit(writer, till, z_close())
    for statement in ("UPDATE journal SET kind = 'X'", "DELETE FROM journal"):
        with pytest.raises(Exception, match=r"journal only grows|store of this till"):
            writer.run(lambda c, statement=statement: c.execute(statement))


def test_the_outbox_is_what_is_not_accepted(store: Store, writer: InlineWriter, till: Identity) -> None:
    """Waiting and pending follow the accepted number; the base of a push is its hash."""
    assert journal.waiting(store.reader()) == journal.Waiting(0, None)
    hashes = [commit(writer, till, z_close(), times=Times(ms, 5, "b"))[0].hash for ms in (10, 20, 30)]
    assert journal.waiting(store.reader()) == journal.Waiting(3, 10)
    assert journal.pending(store.reader()).base_hash == till.genesis
    accept(writer, 2)
    assert journal.waiting(store.reader()) == journal.Waiting(1, 30)
    batch = journal.pending(store.reader())
    assert (batch.base_seq, batch.base_hash, len(batch.entries)) == (2, hashes[1], 1)
    accept(writer, 3)
    assert journal.waiting(store.reader()) == journal.Waiting(0, None)
    assert journal.pending(store.reader()).entries == ()


def test_a_push_never_cuts_a_commit(store: Store, writer: InlineWriter, till: Identity) -> None:
    """A batch ends where a commit ends, and holds at least one however long."""
    commit(writer, till, z_close(), z_close(), z_close())
    commit(writer, till, z_close(), z_close())
    assert len(journal.pending(store.reader(), limit=4).entries) == 3
    assert len(journal.pending(store.reader(), limit=5).entries) == 5
    assert len(journal.pending(store.reader(), limit=1).entries) == 3
    assert len(journal.pending(store.reader(), max_bytes=1).entries) == 3


def test_blobs_travel_with_their_entry_until_accepted(
    store: Store, writer: InlineWriter, till: Identity
) -> None:
    """Sealed personal data goes out beside the entry and is then forgotten here."""
    blob = seal.seal(bytes(range(32)), "name", b"Zoe", os.urandom)
    commit(writer, till, msgspec.structs.replace(z_close(), blobs=(blob,)))
    commit(writer, till, z_close())
    assert journal.pending(store.reader(), limit=1).blobs == (blob,)
    writer.run(lambda c: journal.forget_blobs(c, 1))
    assert journal.pending(store.reader()).blobs == ()


def test_the_local_delta_of_a_member(store: Store, writer: InlineWriter, till: Identity) -> None:
    """What the ledger's row does not include yet: this member's entries above a number."""
    commit(writer, till, link_card(9), link_card(8))
    commit(writer, till, link_card(9))
    assert [entry.seq for entry in journal.entries_after(store.reader(), 9, 0)] == [1, 3]
    assert [entry.seq for entry in journal.entries_after(store.reader(), 9, 1)] == [3]
    unknown = msgspec.structs.replace(link_card(9), member="ab" * 16)
    commit(writer, till, unknown)
    assert [entry.seq for entry in journal.entries_after(store.reader(), "ab" * 16, 0)] == [4]


def test_a_lost_end_is_noticed(store: Store, writer: InlineWriter, till: Identity) -> None:
    """A restored older file has fewer entries than the ledger accepted: the first missing one is named."""
    commit(writer, till, z_close())
    accept(writer, 5)
    verdict = journal_check.verify(store.reader())
    assert (verdict.ok, verdict.first_bad_seq) == (False, 2)


def test_pairing_starts_a_new_chain(store: Store, writer: InlineWriter, till: Identity) -> None:
    """After pairing the till is another device with an empty outbox; what it wrote before stays readable."""
    commit(writer, till, link_card(9, "t0"))
    answer = PairAnswer(
        dev=7,
        inc=2,
        store="lyon",
        store_name="Lyon",
        till="till 1",
        timezone="Europe/Paris",
        genesis=chain.genesis_hash(b"pairing"),
        server_key=b"s" * 32,
        ratchet=b"r" * 16,
        lookup_key=b"l" * 32,
        scope_key=b"c" * 32,
        sealing_key=b"k" * 32,
        permutation_key=b"p" * 32,
        blocks=(Block(MEMBER, 100, 149), Block(CARD, 1, 20)),
        ledger_epoch=3,
    )
    who = writer.run(lambda c: save_pairing(c, answer, b"q" * 32, "http://ledger.test"))
    reader = store.reader()
    assert identity(reader) == who
    assert who.paired
    assert journal.head(reader) == (0, answer.genesis)
    assert journal.waiting(reader).count == 0
    assert cursors.sync_state(reader).ratchet == b"r" * 16
    assert (left(reader, MEMBER), left(reader, CARD)) == (50, 20)
    assert commit(writer, who, z_close())[0].reference == "7-2-1"
    assert journal_check.verify(reader) == chain.Verdict(ok=True, count=1)
    assert len(journal.entries_of(reader, "t0")) == 1


def test_keys_do_not_show_in_a_traceback(till: Identity) -> None:
    """Printing an identity shows no key."""
    assert till.private_key.hex() not in repr(till)
    assert repr(till.private_key) not in repr(till)


_LOOP = """
import os, sys
from datetime import date
from pathlib import Path
from sync.entry import CloseZBody, EntryKind
from sync.till import journal
from sync.till.database import open_store
from sync.till.identity import identity
from sync.till.writer import Writer
store = open_store(Path(sys.argv[1]))
writer = Writer(store)
writer.start()
who = identity(store.reader())
body = CloseZBody(store="lyon", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0)
drafts = [journal.EntryDraft(kind=EntryKind.CLOSE_Z, body=body, bdate=date(2026, 3, 1))] * 3
while True:
    written = writer.run(lambda c: journal.commit(c, who, drafts, journal.Times(1, 1, "b"), 0))
    os.write(1, b"%d\\n" % written[-1].seq)
"""


@pytest.mark.parametrize("lines", [1, 8, 40])
def test_kill_9_in_the_middle_of_commits(tmp_path: Path, lines: int) -> None:
    """Whatever was answered is there, no commit is in parts, and the chain holds."""
    folder = tmp_path / "till"
    opened = open_store(folder)
    who = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
    InlineWriter(opened).run(lambda c: save_identity(c, who))
    opened.close()
    with subprocess.Popen(
        [sys.executable, "-c", _LOOP, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        answered = [int(process.stdout.readline()) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        answered += [int(line) for line in process.stdout.read().splitlines()]
    reopened = open_store(folder)
    try:
        assert not reopened.clean
        verdict = journal_check.verify(reopened.reader())
        assert verdict.ok
        assert verdict.count >= answered[-1]
        assert verdict.count % 3 == 0
    finally:
        reopened.close()

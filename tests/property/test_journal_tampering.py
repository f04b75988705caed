"""Whatever is changed in a journal, the check names the entry where the change is."""

import os
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import chain
from sync.entry import EntryKind, LinkBody
from sync.sqlite_driver import driver
from sync.till import journal, journal_check
from sync.till.database import Connection, open_store
from sync.till.identity import save_identity, standalone_identity
from sync.till.writer import InlineWriter

ENTRIES = 24  # commits of 1, 2 and 3 entries in turn
COMMIT_ENDS = (1, 3, 6, 7, 9, 12, 13, 15, 18, 19, 21, 24)


@pytest.fixture(scope="module")
def template() -> Connection:
    memory = driver.connect(":memory:", isolation_level=None)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "till")
        writer = InlineWriter(store)
        till = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
        writer.run(lambda c: save_identity(c, till))
        body = LinkBody(member=9, card=b"x" * 16, cashier="c")
        draft = journal.EntryDraft(
            kind=EntryKind.LINK, body=body, bdate=date(2026, 3, 1), member=9, ticket="t1"
        )
        for n in range(ENTRIES // 2):
            drafts = [draft] * (n % 3 + 1)
            writer.run(lambda c, drafts=drafts: journal.commit(c, till, drafts, journal.Times(1, 1, "b"), 0))
        store.writer.backup(memory)
        store.close()
    for trigger in ("journal_no_update", "journal_no_delete"):
        memory.execute(f"DROP TRIGGER {trigger}")
    return memory


def verdict_after(template: Connection, statement: str, *values: object) -> chain.Verdict:
    template.execute("BEGIN")
    try:
        template.execute(statement, values)
        return journal_check.verify(template)
    finally:
        template.execute("ROLLBACK")


def stored(template: Connection, column: str, seq: int) -> bytes:
    data: bytes = template.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()[0]
    return data


def flip(data: bytes, place: int, bit: int) -> bytes:
    at = place % len(data)
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def test_the_untouched_journal_is_good(template: Connection) -> None:
    """The checks below start from a journal that passes."""
    assert journal_check.verify(template) == chain.Verdict(ok=True, count=ENTRIES)


@settings(max_examples=60, deadline=None)
@given(
    seq=st.integers(1, ENTRIES),
    column=st.sampled_from(["bytes", "hash"]),
    place=st.integers(0, 400),
    bit=st.integers(0, 7),
)
def test_a_flipped_bit_is_found_where_it_is(
    template: Connection, seq: int, column: str, place: int, bit: int
) -> None:
    """One bit of an entry or of its hash."""
    changed = flip(stored(template, column, seq), place, bit)
    verdict = verdict_after(template, f"UPDATE journal SET {column} = ? WHERE seq = ?", changed, seq)
    assert (verdict.ok, verdict.first_bad_seq, verdict.count) == (False, seq, seq - 1)


@settings(max_examples=20, deadline=None)
@given(seq=st.sampled_from(COMMIT_ENDS), place=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_changed_signature_is_found(template: Connection, seq: int, place: int, bit: int) -> None:
    """One bit of a commit's signature."""
    changed = flip(stored(template, "sig", seq), place, bit)
    verdict = verdict_after(template, "UPDATE journal SET sig = ? WHERE seq = ?", changed, seq)
    assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


@pytest.mark.parametrize("seq", [1, 2, 5, 12, 23])
def test_a_missing_entry_is_named(template: Connection, seq: int) -> None:
    """An entry taken out of the middle."""
    verdict = verdict_after(template, "DELETE FROM journal WHERE seq = ?", seq)
    assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


def test_an_end_cut_inside_a_commit_is_found(template: Connection) -> None:
    """What is left of a commit has no signature."""
    verdict = verdict_after(template, "DELETE FROM journal WHERE seq = ?", ENTRIES)
    assert (verdict.ok, verdict.first_bad_seq) == (False, ENTRIES - 1)


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "TICKET"), ("ticket", "t2"), ("member", 10), ("member", None)]
)
@pytest.mark.parametrize("seq", [4, ENTRIES])
def test_a_changed_column_is_found(template: Connection, column: str, value: object, seq: int) -> None:
    """What look-ups go by must be what the entry says."""
    verdict = verdict_after(template, f"UPDATE journal SET {column} = ? WHERE seq = ?", value, seq)
    assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


@settings(max_examples=20, deadline=None)
@given(seq=st.integers(1, ENTRIES))
def test_rewriting_entry_and_hash_breaks_the_next_link(template: Connection, seq: int) -> None:
    """Whoever also corrects the stored hash is caught at the signature of the commit or by the next entry."""
    changed = stored(template, "bytes", seq).replace(b'"cashier":"c"', b'"cashier":"d"')
    before = (
        stored(template, "hash", seq - 1)
        if seq > 1
        else template.execute("SELECT genesis FROM identity").fetchone()[0]
    )
    digest = chain.entry_hash(before, changed)
    verdict = verdict_after(
        template, "UPDATE journal SET bytes = ?, hash = ? WHERE seq = ?", changed, digest, seq
    )
    assert not verdict.ok
    assert verdict.first_bad_seq == (seq if seq in COMMIT_ENDS else seq + 1)

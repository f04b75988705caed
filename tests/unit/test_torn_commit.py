"""A power cut in the middle of a commit: part of it is on the disk, or its pages are not what was written."""

import os
import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from sync.entry import CloseZBody, EntryKind
from sync.till import journal, journal_check
from sync.till.database import FILE_NAME, open_store
from sync.till.identity import save_identity, standalone_identity
from sync.till.writer import InlineWriter

BEFORE, TORN = 9, 3  # entries of the commits before, and of the last one


@pytest.fixture
def disk(tmp_path: Path) -> tuple[Path, int, int]:
    """The files of a running till, and where the last commit begins and ends in the write-ahead log."""
    store = open_store(tmp_path / "till")
    writer = InlineWriter(store)
    till = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
    writer.run(lambda c: save_identity(c, till))
    body = CloseZBody(store="lyon", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0)
    draft = journal.EntryDraft(kind=EntryKind.CLOSE_Z, body=body, bdate=date(2026, 3, 1))
    for _ in range(BEFORE // TORN):
        writer.run(lambda c: journal.commit(c, till, [draft] * TORN, journal.Times(1, 1, "b"), 0))
    log = store.folder / f"{FILE_NAME}-wal"
    begins = log.stat().st_size
    writer.run(lambda c: journal.commit(c, till, [draft] * TORN, journal.Times(1, 1, "b"), 0))
    ends = log.stat().st_size
    copy = tmp_path / "disk"
    copy.mkdir(mode=0o700)
    for part in (FILE_NAME, log.name, "reserve"):
        shutil.copy(store.folder / part, copy / part)
    store.close()
    return copy, begins, ends


def count_after(disk: Path, log: bytes, place: Path) -> int:
    """Start on a copy of `disk` with this write-ahead log; the entries of a journal that verifies."""
    shutil.copytree(disk, place)
    (place / f"{FILE_NAME}-wal").write_bytes(log)
    store = open_store(place)
    try:
        assert not store.clean
        store.check()
        verdict = journal_check.verify(store.reader())
        assert verdict.ok
        return verdict.count
    finally:
        store.close()


def test_the_last_commit_is_whole_or_absent(disk: tuple[Path, int, int], tmp_path: Path) -> None:
    """Wherever the log of the disk ends, no commit is there in part, and none before it is lost."""
    folder, begins, ends = disk
    whole = (folder / f"{FILE_NAME}-wal").read_bytes()
    assert begins < ends == len(whole)
    cuts = [*range(begins, ends, 997), ends - 1]
    found = [count_after(folder, whole[:cut], tmp_path / f"cut {cut}") for cut in cuts]
    assert set(found) == {BEFORE}
    assert count_after(folder, whole, tmp_path / "whole") == BEFORE + TORN


def test_pages_that_were_not_written_take_only_their_commit(
    disk: tuple[Path, int, int], tmp_path: Path
) -> None:
    """The log has its full length, and 512 bytes of the last commit are old or rubbish."""
    folder, begins, ends = disk
    whole = (folder / f"{FILE_NAME}-wal").read_bytes()
    for n, place in enumerate(range(begins, ends - 512, 2048)):
        for rubbish in (bytes(512), random.Random(n).randbytes(512)):
            torn = whole[:place] + rubbish + whole[place + 512 :]
            if torn != whole:
                count = count_after(folder, torn, tmp_path / f"{n} {rubbish[0]}")
                assert count == BEFORE

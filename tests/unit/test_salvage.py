"""The journal of a damaged store: what can be read is saved, and nothing else is believed."""

import os
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sync.entry import CloseZBody, EntryKind
from sync.sqlite_driver import driver
from sync.till import journal
from sync.till.database import StoreDamaged, StoreNewer, StoreReadOnly, open_store
from sync.till.identity import save_identity, standalone_identity
from sync.till.salvage import Saved, SavedEntry, salvage
from sync.till.writer import InlineWriter

ENTRIES = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "till")
    writer = InlineWriter(store)
    till = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
    writer.run(lambda c: save_identity(c, till))
    body = CloseZBody(store="lyon", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0)
    draft = journal.EntryDraft(kind=EntryKind.CLOSE_Z, body=body, bdate=date(2026, 3, 1))
    writer.run(lambda c: journal.commit(c, till, [draft] * ENTRIES, journal.Times(1, 1, "b"), 0))
    store.close()
    return tmp_path / "till"


def saved(folder: Path) -> list[int]:
    target = folder.parent / "saved.ndjson"
    done = salvage(folder, target)
    lines = [msgspec.json.decode(line, type=Saved) for line in target.read_bytes().splitlines()]
    entries = [line for line in lines if isinstance(line, SavedEntry)]
    assert len(entries) == done.entries
    assert target.stat().st_mode & 0o077 == 0
    return [line.seq for line in entries]


def test_a_sound_store_is_saved_whole(folder: Path) -> None:
    """Every entry, in order; the store itself is untouched."""
    before = (folder / "till.sqlite").read_bytes()
    assert saved(folder) == list(range(1, ENTRIES + 1))
    assert (folder / "till.sqlite").read_bytes() == before


def test_a_broken_page_costs_its_own_entries_only(folder: Path) -> None:
    """Entries before and after the damage are saved."""
    path = folder / "till.sqlite"
    data = bytearray(path.read_bytes())
    page = data.index(b'"seq":100,') // 4096 * 4096
    data[page : page + 200] = b"\xff" * 200
    path.write_bytes(data)
    found = saved(folder)
    assert found[0] == 1
    assert found[-1] == ENTRIES
    assert 100 not in found
    assert len(found) > ENTRIES * 0.9


def test_a_file_cut_short_gives_what_is_left(folder: Path) -> None:
    """The store is refused, and its journal can still be read up to the cut."""
    path = folder / "till.sqlite"
    cut = path.read_bytes().index(b'"seq":150,') // 4096 * 4096
    os.truncate(path, cut)
    with pytest.raises(StoreDamaged):
        open_store(folder)
    found = saved(folder)
    assert set(range(1, 101)) <= set(found)
    assert 150 not in found


def test_a_changed_entry_is_not_saved(folder: Path) -> None:
    """An entry whose bytes no longer have their hash is not passed on as a fact."""
    path = folder / "till.sqlite"
    data = path.read_bytes()
    at = data.index(b'"seq":60,')
    at = data.index(b'"cents":100', at) + len(b'"cents":')
    path.write_bytes(data[:at] + b"900" + data[at + 3 :])
    found = saved(folder)
    assert len(found) == ENTRIES - 1


def test_the_journal_of_a_newer_release_is_saved(folder: Path) -> None:
    """After a downgrade the store is refused and left as it is; what it holds can still be taken out."""
    connection = driver.connect(folder / "till.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreNewer):
        open_store(folder)
    assert saved(folder) == list(range(1, ENTRIES + 1))


def test_rubbish_gives_nothing_and_does_not_crash(tmp_path: Path) -> None:
    """A file that is no database at all, and a target that cannot be written."""
    folder = tmp_path / "till"
    folder.mkdir()
    (folder / "till.sqlite").write_bytes(b"rubbish " * 1000)
    assert saved(folder) == []
    with pytest.raises(StoreReadOnly):
        salvage(folder, tmp_path / "missing" / "saved.ndjson")

"""What can be wrong with the store: each case has one sentence that says what to do next, and nothing is lost."""

import contextlib
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync.entry import CloseZBody, EntryKind
from sync.sqlite_driver import driver
from sync.till import journal, journal_check
from sync.till.database import (
    Store,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreReadOnly,
    open_store,
)
from sync.till.identity import Identity, save_identity, standalone_identity
from sync.till.members import ThinRow, bulk_load
from sync.till.spool import add_job, pending_jobs
from sync.till.writer import InlineWriter, Priority, Writer

NOBODY = 65534
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A till's folder in a place that any user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name) / "till"


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anywhere, so the call is made as nobody; any other user makes it as he is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def with_entries(folder: Path, count: int = 3) -> Identity:
    store = open_store(folder)
    writer = InlineWriter(store)
    till = standalone_identity(os.urandom, "lyon", "till 1", "Europe/Paris")
    writer.run(lambda c: save_identity(c, till))
    for _ in range(count):
        add_entry(writer, till)
    store.close()
    return till


def add_entry(writer: Writer, till: Identity) -> None:
    body = CloseZBody(store="lyon", cashier="c", tickets=1, member_tickets=1, cents=100, unsent=0)
    draft = journal.EntryDraft(kind=EntryKind.CLOSE_Z, body=body, bdate=date(2026, 3, 1))
    writer.run(lambda c: journal.commit(c, till, [draft], journal.Times(1, 1, "b"), 0))


def fill(writer: Writer, till: Identity) -> None:
    for _ in range(200):
        add_entry(writer, till)


def count_of(store: Store) -> int:
    return journal_check.verify(store.reader()).count


def test_a_second_till_program_is_turned_away(folder: Path) -> None:
    """Two programs on one folder would write one journal twice."""
    store = open_store(folder)
    with pytest.raises(StoreLocked, match="close it"):
        open_store(folder)
    store.close()
    open_store(folder).close()


def test_the_lock_of_a_killed_till_is_free(folder: Path) -> None:
    """A till that was killed locks nobody out."""
    code = "import sys, time; from pathlib import Path; from sync.till.database import open_store;"
    code += "store = open_store(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(StoreLocked):
            open_store(folder)
        process.kill()
    open_store(folder).close()


def test_a_file_held_by_another_database_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database shell that left a transaction open is named, not waited for without end."""
    with_entries(folder)
    monkeypatch.setattr("sync.till.database.BUSY_MS", 50)
    other = driver.connect(folder / "till.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked):
        open_store(folder)
    other.close()
    open_store(folder).close()


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_without_the_right_to_write(folder: Path, mode: int) -> None:
    """The sentence says that rights are missing."""
    with_entries(folder)
    folder.chmod(mode)
    with unprivileged(), pytest.raises(StoreReadOnly, match="right to write"):
        open_store(folder)
    folder.chmod(0o700)


def test_a_file_without_the_right_to_write(folder: Path) -> None:
    """A store that could be read but not written is refused at the start, not at the first ticket."""
    with_entries(folder)
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, NOBODY, NOBODY)
    (folder / "till.sqlite").chmod(0o444)
    with unprivileged(), pytest.raises(StoreReadOnly):
        open_store(folder)


def test_a_place_where_no_folder_can_be_made(folder: Path) -> None:
    """A file where the folder should be, and a parent that may not be written."""
    folder.write_text("not a folder")
    with pytest.raises(StoreReadOnly):
        open_store(folder)
    folder.unlink()
    folder.parent.chmod(0o555)
    with unprivileged(), pytest.raises(StoreReadOnly):
        open_store(folder)


@pytest.mark.parametrize("size", [0, 50, 4096, 0.5, 0.99])
def test_a_truncated_file(folder: Path, size: float) -> None:
    """A file that was cut short is never taken for a new or a whole one."""
    with_entries(folder, 40)
    path = folder / "till.sqlite"
    whole = path.stat().st_size
    os.truncate(path, int(size * whole) if 0 < size < 1 else int(size))
    with pytest.raises(StoreDamaged, match="keep it for support"):
        open_store(folder)
    with pytest.raises(StoreDamaged):  # and the refused start has changed nothing
        open_store(folder)


@pytest.mark.parametrize("data", [b"rubbish " * 1000, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_file_that_is_no_store(folder: Path, data: bytes) -> None:
    """Something else under the store's name."""
    folder.mkdir()
    (folder / "till.sqlite").write_bytes(data)
    with pytest.raises(StoreDamaged):
        open_store(folder)


def test_another_programs_database(folder: Path) -> None:
    """A sound SQLite file of some other program is not written to."""
    folder.mkdir()
    other = driver.connect(folder / "till.sqlite")
    other.execute("CREATE TABLE recipes(name)")
    other.commit()
    other.close()
    with pytest.raises(StoreDamaged):
        open_store(folder)


def test_a_store_of_a_newer_release(folder: Path) -> None:
    """A downgrade refuses the file and leaves it as it is."""
    with_entries(folder)
    connection = driver.connect(folder / "till.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreNewer, match="newer release"):
        open_store(folder)


def test_a_damaged_page_is_found_after_a_crash(folder: Path) -> None:
    """After an unclean stop the whole file is checked before a ticket is taken, not the journal alone."""
    with_entries(folder)
    store = open_store(folder)
    rows = [ThinRow(n.to_bytes(16, "big"), n, 0) for n in range(2000)]
    InlineWriter(store).run(lambda c: bulk_load(c, rows))
    store.close()
    code = "import os, sys; from pathlib import Path; from sync.till.database import open_store;"
    code += "s = open_store(Path(sys.argv[1])); s.writer.execute('UPDATE mark SET high_ms = 1'); os._exit(1)"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False, cwd=ROOT)
    path = folder / "till.sqlite"
    data = bytearray(path.read_bytes())
    page = data.index(rows[1000].token) // 4096 * 4096
    data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(StoreDamaged):
        open_store(folder)


def test_an_orderly_stop_is_clean_and_a_crash_is_not(folder: Path) -> None:
    """The start knows whether to check."""
    with_entries(folder)
    store = open_store(folder)
    assert store.clean
    store.close()
    code = "import os, sys; from pathlib import Path; from sync.till.database import open_store;"
    code += "s = open_store(Path(sys.argv[1])); s.writer.execute('UPDATE mark SET high_ms = 1'); os._exit(1)"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False, cwd=ROOT)
    store = open_store(folder)
    assert not store.clean
    assert count_of(store) == 3
    store.check()
    store.close()


def test_a_full_disk_loses_nothing(folder: Path) -> None:
    """The ticket is refused whole, the reserve is given up, and what waits can still be sent."""
    till = with_entries(folder)
    store = open_store(folder)
    writer = InlineWriter(store)
    pages = store.writer.execute("PRAGMA page_count").fetchone()[0]
    store.writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="free some space"):
        fill(writer, till)
    before = count_of(store)
    assert journal_check.verify(store.reader()).ok
    assert store.full
    store.writer.execute("PRAGMA max_page_count = 1000000")
    writer.run(lambda c: c.execute("UPDATE mark SET high_ms = 5"), Priority.SYNC)
    add_entry(writer, till)
    assert count_of(store) == before + 1
    assert not store.full
    store.close()


@contextlib.contextmanager
def file_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_bytes(folder: Path) -> None:
    """The operating system refuses the write in the middle of a commit: no partial ticket, tickets are refused
    before goods while there is no room for the reserve, and all is well once there is."""
    till = with_entries(folder)
    store = open_store(folder)
    writer = InlineWriter(store)
    with file_limit(store.wal_bytes() + 60_000):
        with pytest.raises(StoreFull):
            fill(writer, till)
        assert store.full
        with pytest.raises(StoreFull):
            add_entry(writer, till)
        assert journal_check.verify(store.reader()).ok
    before = count_of(store)
    add_entry(writer, till)
    assert count_of(store) == before + 1
    store.close()
    store = open_store(folder)
    assert count_of(store) == before + 1
    store.close()


def test_the_folder_is_private(folder: Path) -> None:
    """The file holds the till's private key: only its user may enter, whatever the umask was."""
    folder.mkdir(mode=0o755)
    with_entries(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_warm_start_does_not_take_the_migration_library(folder: Path) -> None:
    """Importing it costs a tenth of a second and memory: only a file that needs a migration pays for it."""
    with_entries(folder)
    code = "import sys; from pathlib import Path; from sync.till.database import open_store;"
    code += "open_store(Path(sys.argv[1])).close(); print('sqlite_utils' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, check=True, cwd=ROOT, text=True
    )
    assert done.stdout.strip() == "False"


def test_an_interrupted_migration_starts_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle of making the tables leaves a file that the next start completes."""
    script = "CREATE TABLE half(x INTEGER) STRICT;\nnonsense;\n"
    monkeypatch.setattr("sync.till.schema._STEPS", (("first", script),))
    with pytest.raises(Exception, match="store"):
        open_store(folder)
    monkeypatch.undo()
    store = open_store(folder)
    InlineWriter(store).run(lambda c: add_job(c, "t", "receipt", b"x"))
    assert len(pending_jobs(store.reader())) == 1
    store.close()

"""What a reading connection remembers of a till's store, and how long."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.sqlite_driver import Connection
from sync.till.cursors import high_mark, raise_mark
from sync.till.database import Store, open_store
from sync.till.writer import InlineWriter


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


def _asked(connection: Connection) -> list[str]:
    """The statements that `connection` really runs from now on."""
    said: list[str] = []
    connection.set_trace_callback(said.append)
    return said


def test_between_two_changes_a_row_is_asked_for_once(store: Store) -> None:
    """The second look needs no statement; after a commit the next one does, and finds what was written."""
    reader, writer = store.reader(), InlineWriter(store)
    said = _asked(reader)
    assert [high_mark(reader), high_mark(reader)] == [0, 0]
    assert len(said) == 1
    writer.run(lambda connection: raise_mark(connection, 7))
    assert [high_mark(reader), high_mark(reader)] == [7, 7]
    assert len(said) == 2


def test_what_is_read_beside_a_transaction_is_not_kept(store: Store) -> None:
    """A change is counted before its commit: what was read in between is what was there before it."""
    reader = store.reader()
    store.writer.execute("BEGIN IMMEDIATE")
    raise_mark(store.writer, 7)
    assert high_mark(reader) == 0
    store.writer.execute("COMMIT")
    assert high_mark(reader) == 7


def test_a_job_sees_what_it_has_written(store: Store) -> None:
    """The writing connection remembers nothing."""

    def job(connection: Connection) -> list[int]:
        before = high_mark(connection)
        raise_mark(connection, 7)
        return [before, high_mark(connection)]

    assert InlineWriter(store).run(job) == [0, 7]

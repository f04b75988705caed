"""The one writer: order by priority, all or nothing, and the write-ahead log kept short."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.till.database import Connection, Store, StoreError, open_store
from sync.till.spool import add_job, pending_jobs
from sync.till.writer import InlineWriter, Priority, Writer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    running = Writer(store)
    running.start()
    yield running
    running.stop()


def test_what_run_returns_is_committed(store: Store, writer: Writer) -> None:
    """When `run` is back, a reader sees the change."""
    number = writer.run(lambda c: add_job(c, "t", "receipt", b"x"))
    assert [job.id for job in pending_jobs(store.reader())] == [number]


def test_a_failing_job_leaves_nothing(store: Store, writer: Writer) -> None:
    """An exception rolls the whole job back and reaches the caller; the writer goes on."""

    def job(connection: Connection) -> None:
        add_job(connection, "t", "receipt", b"x")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        writer.run(job)
    assert pending_jobs(store.reader()) == ()
    assert writer.run(lambda _: 7) == 7


def test_faulty_sql_comes_out_as_a_store_error(writer: Writer) -> None:
    """Callers see the store's own errors only."""
    with pytest.raises(StoreError):
        writer.run(lambda c: c.execute("INSERT INTO no_such_table VALUES (1)"))


def test_tickets_go_before_scans_before_the_network(store: Store) -> None:
    """A ticket that waits is done before anything less urgent that came earlier."""
    stepped = Writer(store)
    done: list[str] = []
    for name, priority in (
        ("delta 1", Priority.SYNC),
        ("delta 2", Priority.SYNC),
        ("scan", Priority.SCAN),
        ("ticket", Priority.TICKET),
    ):
        stepped.post(lambda _, name=name: done.append(name), priority)
    while stepped.step(0):
        pass
    assert done == ["ticket", "scan", "delta 1", "delta 2"]


def test_run_works_without_a_thread(store: Store) -> None:
    """One-shot commands and the simulator need no thread."""
    stepped = Writer(store)
    assert stepped.run(lambda _: 3) == 3


def test_an_idle_writer_checkpoints_and_stop_empties_the_log(store: Store) -> None:
    """Start after an orderly stop finds no write-ahead log to read."""
    stepped = Writer(store)
    stepped.run(lambda c: add_job(c, "t", "receipt", b"x" * 10_000))
    assert store.wal_bytes() > 10_000
    assert not stepped.step(0)
    stepped.stop()
    assert store.wal_bytes() == 0


def test_the_log_of_a_till_at_work_stays_as_long_as_one_ticket(store: Store) -> None:
    """Tickets all day, with readers that look in between: an idle moment after each lets the log begin again."""
    stepped = Writer(store)
    sizes = []
    for _ in range(30):
        stepped.run(lambda c: add_job(c, "t", "receipt", b"x" * 20_000))
        assert pending_jobs(store.reader())
        sizes.append(store.wal_bytes())
        assert not stepped.step(0)
    assert max(sizes) < 3 * sizes[0]


def test_stop_does_what_is_queued(store: Store) -> None:
    """Nothing that was handed over is forgotten at the end."""
    threaded = Writer(store)
    threaded.start()
    futures = [threaded.post(lambda c: add_job(c, "t", "receipt", b"x"), Priority.SYNC) for _ in range(20)]
    threaded.stop()
    assert all(future.done() for future in futures)
    assert len(pending_jobs(store.reader())) == 20


def test_many_threads_share_the_writer(store: Store, writer: Writer) -> None:
    """Scanner threads, the screen and the network may all hand jobs in at once."""
    threads = [
        threading.Thread(
            target=lambda: [writer.run(lambda c: add_job(c, "t", "receipt", b"x")) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pending_jobs(store.reader())) == 40


def test_readers_cannot_write(store: Store) -> None:
    """Only the writer's connection changes anything."""
    with pytest.raises(Exception, match="readonly"):
        add_job(store.reader(), "t", "receipt", b"x")


def test_the_pragmas_hold(store: Store) -> None:
    """Durability is asked for by name: WAL with a full sync at every commit, no checkpoint but ours."""
    for connection in (store.writer, store.reader()):
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0
    assert store.writer.execute("PRAGMA cache_size").fetchone()[0] == -8192
    assert store.reader().execute("PRAGMA cache_size").fetchone()[0] == -16384


def test_inline_futures_carry_results_and_errors(store: Store) -> None:
    """The inline writer answers as the threaded one does."""
    inline = InlineWriter(store)
    assert inline.run(lambda _: 1) == 1
    assert inline.post(lambda _: 2, Priority.SYNC).result() == 2
    with pytest.raises(StoreError):
        inline.post(lambda c: c.execute("nonsense"), Priority.SYNC).result()


def test_a_job_that_waits_for_another_is_told_so(writer: Writer) -> None:
    """Waiting for the writer from inside the writer would never end."""
    with pytest.raises(RuntimeError, match="do both in one"):
        writer.run(lambda _: writer.run(lambda _: 1))


def test_inline_writers_may_be_shared_too(store: Store) -> None:
    """Threads that use one inline writer take turns."""
    inline = InlineWriter(store)
    threads = [
        threading.Thread(
            target=lambda: [inline.run(lambda c: add_job(c, "t", "receipt", b"x")) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pending_jobs(store.reader())) == 40


def test_a_ticket_that_finds_nobody_writing_stays_on_its_thread(store: Store) -> None:
    """No hand-over while the writer rests; behind a job under way it waits its turn in the queue."""
    writer = Writer(store)
    writer.start()
    try:
        here = threading.current_thread().name
        assert writer.run(lambda _: threading.current_thread().name) == here
        running, finish = threading.Event(), threading.Event()

        def long(_: Connection) -> None:
            running.set()
            assert finish.wait(10)

        delta = writer.post(long, Priority.SYNC)
        assert running.wait(10)
        threading.Timer(0.05, finish.set).start()
        assert writer.run(lambda _: threading.current_thread().name) == "store-writer"
        assert delta.done()
    finally:
        writer.stop()


def test_a_job_inside_a_job_is_refused(store: Store) -> None:
    """Whichever thread does it, a job that asks for another one would wait for itself."""
    writer = Writer(store)
    writer.start()
    try:
        with pytest.raises(RuntimeError, match="do both in one"):
            writer.run(lambda _: writer.run(lambda conn: conn.execute("SELECT 1").fetchone()))
        assert writer.run(lambda conn: conn.execute("SELECT 1").fetchone()) == (1,)
    finally:
        writer.stop()

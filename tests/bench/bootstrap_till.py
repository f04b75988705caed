"""A till process that loads the list of all members, looks cards up and takes changes; prints its figures as JSON.

Arguments: folder, ledger address, pairing code, how many members there are, how many look-ups, how many changes. It
prints "ready" when the changes are to be there, and waits for a line before it fetches them.
"""

import random
import secrets
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter, perf_counter_ns, sleep
from typing import NamedTuple

import msgspec
from figures import peak, percentile

from sync.entry import ClockBody, EntryKind
from sync.system_clock import SystemClock
from sync.till import index
from sync.till.client import Client
from sync.till.database import Connection, Store, open_store
from sync.till.identity import Identity
from sync.till.journal import EntryDraft, Times, commit
from sync.till.members import find, load
from sync.till.pair import pair
from sync.till.writer import Priority, Writer
from tests.e2e.planted import token

EVERY_S = 0.02  # a ticket while changes are applied
ALONE = 100  # tickets before


class Figures(msgspec.Struct):
    """Seconds to load, bytes on disk and of memory at most, look-ups in µs, closes of a ticket in ms."""

    seconds: float
    disk: int
    memory: int
    lookup_p50: float
    lookup_p99: float
    idle_p50: float
    idle_max: float
    busy_p50: float
    busy_max: float
    busy_wait: float
    apply_s: float


class Close(NamedTuple):
    """Milliseconds from the call to its return, and to its turn to write."""

    ms: float
    waited_ms: float


def main() -> None:
    """Do it."""
    folder, url, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    members, lookups, changes = (int(text) for text in sys.argv[4:])
    clock = SystemClock()
    store = open_store(folder)
    writer = Writer(store)
    writer.start()
    who = pair(url, code, writer, secrets.token_bytes, clock.mono_ms)
    client = Client(store, writer, who, clock, secrets.token_bytes, lambda _: None, cache_scope="all")
    begun = perf_counter()
    while index.in_use(store.reader()) is None:
        client.everyone.wake()
        client.everyone.step(clock.mono_ms())
    seconds = perf_counter() - begun
    memory = peak()
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    looked = sorted(_look_up(store, who, members, lookups))
    alone: list[Close] = []
    idle = _tickets(writer, who, clock, lambda: len(alone) < ALONE, alone)
    print("ready", flush=True)
    sys.stdin.readline()
    busy, apply_s = _while_changes_come(client, writer, who, clock, changes)
    p50, p99 = percentile(looked, 0.5) / 1000, percentile(looked, 0.99) / 1000
    found = Figures(
        seconds,
        disk,
        memory,
        p50,
        p99,
        percentile([one.ms for one in idle], 0.5),
        max(one.ms for one in idle),
        percentile([one.ms for one in busy], 0.5),
        max(one.ms for one in busy),
        max(one.waited_ms for one in busy),
        apply_s,
    )
    client.stop()
    writer.stop()
    store.close()
    sys.stdout.write(msgspec.json.encode(found).decode())


def _look_up(store: Store, who: Identity, members: int, count: int) -> list[int]:
    """Nanoseconds of each look-up of a card, after as many that warm the cache."""
    draws = random.Random(5)
    reader, found = store.reader(), []
    for turn in range(2 * count):
        card = token(draws.randrange(1, members + 1))
        start = perf_counter_ns()
        member = find(reader, card)
        known = None if member is None else load(reader, who, member)
        took = perf_counter_ns() - start
        assert known is not None, "every planted card is known"
        if turn >= count:
            found.append(took)
    return found


def _tickets(
    writer: Writer, who: Identity, clock: SystemClock, going_on: Callable[[], bool], done: list[Close]
) -> list[Close]:
    """Commits of one entry each, as long as `going_on()`."""
    body = ClockBody(mark_ms=1, wall_ms=2, trusted=True)
    draft = EntryDraft(kind=EntryKind.CLOCK, body=body, bdate=date(2026, 5, 1))
    while going_on():
        start = perf_counter_ns()
        times = Times(clock.wall_ms(), clock.mono_ms(), clock.boot())
        turn = []

        def job(connection: Connection, times: Times = times, turn: list[int] = turn) -> None:
            turn.append(perf_counter_ns())
            commit(connection, who, [draft], times, 0)

        writer.run(job, Priority.TICKET)
        done.append(Close((perf_counter_ns() - start) / 1e6, (turn[0] - start) / 1e6))
        sleep(EVERY_S)
    return done


def _while_changes_come(
    client: Client, writer: Writer, who: Identity, clock: SystemClock, count: int
) -> tuple[list[Close], float]:
    """Tickets while the till fetches `count` changed lines and stores them, and the seconds that this took."""
    took: list[float] = []

    def fetch() -> None:
        start = perf_counter()
        while index.count_changes(client.context.store.reader()) < count:
            client.everyone.wake()
            client.everyone.step(clock.mono_ms())
        took.append(perf_counter() - start)

    thread = threading.Thread(target=fetch)
    thread.start()
    done = _tickets(writer, who, clock, thread.is_alive, [])
    thread.join()
    return done, took[0]


if __name__ == "__main__":
    main()

"""The line is back after three days: 200 tills send what they sold, by the client of the till, to a running ledger.

The load is that of ledger-and-sync.md section 5.6: 300 tickets of members a till and day, 10,000 members a store, and
whatever comes with them. Meanwhile a till of another store serves people at its counter.
"""

import resource
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from figures import Row, median, percentile
from ledger_child import TILLS_A_STORE, seed_of
from ledger_client import Process
from outage_drain import Drained, together

from sync.system_clock import SystemClock
from sync.till.exchange import Exchange, Peer, make_http
from sync.till.offline import Failure, OfflineReason
from sync.wire import AccountAnswer, HoldAnswer, HoldRequest, PushAnswer, Want
from tests.engines import engines
from tests.unit.ledger_kit import TillSim

TILLS, TICKETS, MEMBERS_A_STORE = 200, 900, 10_000
PART, QUICK = 6, 30
"""One ticket of so many, and one member, on PostgreSQL and with --quick."""
SENDERS = 2
"""Processes that write the journals, and then send them."""
COUNTER_S = 0.5
WATCH_S = 0.25
FLAT = 1.05
"""Memory is flat when the last quarter's median is at most so much of the second quarter's."""


def rows(quick: bool) -> list[Row]:
    """The whole of it on SQLite, a part of it on PostgreSQL."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as name, engines.lent() as dsn:
        found = _outage(Path(name) / "sqlite", "", "SQLite", QUICK if quick else 1)
        found += _outage(Path(name) / "postgres", dsn, "PostgreSQL", QUICK if quick else PART)
    engines.stop()
    return found


def _outage(folder: Path, dsn: str, engine: str, share: int) -> list[Row]:
    """The outage with 1 / `share` of the tickets and members, on SQLite or in the empty database `dsn`."""
    folder.mkdir()
    tickets, members = TICKETS // share, MEMBERS_A_STORE // share
    stores = TILLS // TILLS_A_STORE
    process = Process(folder, dsn, "outage", TILLS + 1, (stores + 1) * members)
    try:
        _written(folder, process, tickets, members)
        return _drained(folder, process, engine, TILLS * tickets, stores * members)
    finally:
        process.stop()


def _parts() -> list[tuple[int, int]]:
    return [(TILLS * n // SENDERS, TILLS * (n + 1) // SENDERS) for n in range(SENDERS)]


def _written(folder: Path, process: Process, tickets: int, members: int) -> None:
    """Have every till write what it sold."""
    writers = []
    for first, last in _parts():
        values = (folder, process.url, first, last, tickets, members)
        writer = _script("outage_journals.py", *values)
        assert writer.stdin is not None
        writer.stdin.write(process.begun)
        writer.stdin.close()
        writers.append(writer)
    assert not any(writer.wait() for writer in writers), "the journals could not be written"


def _script(name: str, *values: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(Path(__file__).with_name(name)), *map(str, values)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _drained(folder: Path, process: Process, engine: str, tickets: int, member: int) -> list[Row]:
    senders = [_script("outage_drain.py", folder, first, last) for first, last in _parts()]
    counter = Counter(process, member + 1)
    process.rest()
    cpu, start = process.processor_s(), time.monotonic()
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write(b"\n")
        sender.stdin.close()
    counter.start()
    memory = _watched(process, senders)
    took, cpu = time.monotonic() - start, process.processor_s() - cpu
    counter.stop()
    done = together([msgspec.json.decode(one.stdout.read(), type=Drained) for one in senders if one.stdout])
    return [
        _rate(
            done,
            process.metric("quarantined_entries"),
            f"{TILLS} tills send {tickets:,} tickets of three days, {engine}",
            tickets,
            took,
            cpu,
        ),
        counter.row(engine),
        _memory(memory, engine, whole=tickets == TILLS * TICKETS),
    ]


def _watched(process: Process, senders: "Sequence[subprocess.Popen[bytes]]") -> list[int]:
    """The ledger's memory, again and again until all has been sent."""
    memory = []
    while any(sender.poll() is None for sender in senders):
        memory.append(process.memory())
        time.sleep(WATCH_S)
    assert not any(sender.returncode for sender in senders), "a till could not send"
    return memory


def _rate(done: Drained, aside: int, what: str, tickets: int, took: float, cpu: float) -> Row:
    entries, answers = done.entries, done.answers
    pushes, away = answers.get("200", 0), answers.get("429", 0) + answers.get("503", 0)
    faults = sum(answers.values()) - pushes - away
    return Row(
        what,
        f"{entries:,} entries in {took:.0f} s: {tickets / took:.0f} tickets/s, {entries / took:.0f} entries/s "
        f"({entries / cpu:.0f} a second of processor time); {aside} put aside, {pushes} pushes, {away} told to come "
        f"later, {faults} failed; slowest {done.slowest_s:.1f} s",
        "none refused",
        aside == 0 and faults == 0,
    )


def _memory(memory: Sequence[int], engine: str, *, whole: bool) -> Row:
    """Whether it stays as it is; a part of the outage ends while caches fill."""
    quarter = len(memory) // 4
    second, last = memory[quarter : 2 * quarter], memory[3 * quarter :]
    grown = median(last) / median(second)
    half = memory[2 * quarter :]
    return Row(
        f"memory of the ledger meanwhile, {engine}",
        f"{max(memory) / 1e6:.0f} MB at most; median of the last quarter ÷ second {grown:.2f}, "
        f"{_slope(half) * 60 / WATCH_S / 1e6:+.1f} MB a minute in the second half",
        f"≤ {FLAT}" if whole else "",
        grown <= FLAT if whole else None,
    )


def _slope(values: Sequence[int]) -> float:
    """How much is added with each value, by least squares."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    above = sum([(n - middle) * (value - mean) for n, value in enumerate(values)])
    return above / sum([(n - middle) ** 2 for n in range(len(values))])


class Counter:
    """A till with people at its counter: it looks members up, reserves points and sends its tickets one at a time."""

    def __init__(self, process: Process, member: int) -> None:
        self._till: TillSim = process.tills[TILLS]
        paired = self._till.paired
        peer = Peer(process.url, paired.dev, paired.inc, seed_of(TILLS), paired.server_key)
        self._clock = SystemClock()
        self._exchange = Exchange(
            make_http(process.url, None), peer, secrets.token_bytes, self._clock.mono_ms
        )
        self._member = member
        self._took: dict[str, list[float]] = {"look-up": [], "hold": [], "push": []}
        self._failed: list[Failure] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Open."""
        self._thread.start()

    def stop(self) -> None:
        """Close."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        n = 0
        while not self._over.wait(COUNTER_S):
            n, member = n + 1, self._member + n % 1000
            self._timed("look-up", partial(self._look_up, member))
            self._timed("hold", partial(self._hold, f"t{n}", member))
            self._timed("push", partial(self._sell, member))

    def _timed(self, what: str, job: Callable[[], Failure | None]) -> None:
        start = time.monotonic()
        failure = job()
        self._took[what].append(time.monotonic() - start)
        self._failed += [] if failure is None else [failure]

    def _look_up(self, member: int) -> Failure | None:
        answer = self._exchange.ask("GET", f"/account/{(b'%016d' % member).hex()}", AccountAnswer)
        return answer if isinstance(answer, Failure) else None

    def _hold(self, ticket: str, member: int) -> Failure | None:
        request = HoldRequest(ticket, member, (Want("points", 1),), self._till.last_gno)
        answer = self._exchange.ask("POST", "/grants", HoldAnswer, request)
        if isinstance(answer, Failure):
            return answer
        self._till.take(answer.grants)
        return None

    def _sell(self, member: int) -> Failure | None:
        self._till.shop.clock.ms = self._clock.wall_ms()
        self._till.euros(member, 3)
        answer = self._exchange.ask("POST", "/push", PushAnswer, self._till.request())
        if isinstance(answer, Failure):
            return answer
        self._till.heard(answer)
        return None

    def row(self, engine: str) -> Row:
        """How long each of them took; who is told to come later has lost nothing."""
        figures = [
            f"{what} p50 {median(took) * 1000:.0f} ms, p99 {percentile(took, 0.99) * 1000:.0f} ms, longest "
            f"{max(took) * 1000:.0f} ms"
            for what, took in self._took.items()
        ]
        later = sum([failure.reason is OfflineReason.BUSY for failure in self._failed])
        failed = len(self._failed) - later
        told = f"{later} told to come later, {failed} failed"
        return Row(
            f"at a counter meanwhile, {engine}", "; ".join([*figures, told]), "none failed", failed == 0
        )

"""A till process of the crash tests: the real use cases, store, writer and client, stepped through a pipe."""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pos_app.till.member import known
from pos_app.till.moment import now
from pos_app.till.parts import Options
from pos_app.till.state import Who
from pos_app.till.till import Till
from rules.account import Account
from rules.fold import expire
from sync.chain import public_key_of
from sync.entry import Entry, RefundBody, TicketBody, VoidBody, body_of, decode
from sync.till import index, journal, journal_check, members, slices, spool
from sync.till.client import Client, Step
from sync.till.cursors import sync_state
from sync.till.database import Connection, open_store
from sync.till.events import Event
from sync.till.identity import Identity, identity
from sync.till.pair import pair
from sync.till.writer import Writer
from sync.tokens import card_token
from tests.crash.disk import Disk
from tests.crash.ledger_life import BADGE, PIN
from tests.crash.process import Fault, Points, serve

ROUNDS = 40


class Kept(msgspec.Struct, frozen=True):
    """What a till has when it is quiet: its journals, what it holds, and the points it knows of."""

    dev: int
    inc: int
    faults: tuple[str, ...]
    entries: tuple[tuple[int, int, bytes], ...]  # incarnation, number, bytes
    held: dict[tuple[str, str], int]
    last_gno: int
    points: dict[int, int]
    recorded: dict[str, str]  # ticket to reference
    jobs: tuple[str, ...]  # tickets with a receipt to print or printed


class TillClock:
    """The machine's clock; a power cut gives the boot another name."""

    def __init__(self, boot: str) -> None:
        self._boot = boot

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def boot(self) -> str:
        return self._boot


class TillLife:
    """A till that is alive, as the acts (tests/crash/acts.py) see it."""

    def __init__(self, folder: Path, url: str, boot: str, points: Points) -> None:
        self.url, self.points = url, points
        self.clock = TillClock(boot)
        self.store = open_store(folder)
        self.writer = Writer(self.store, points)
        if self.paired is not None:
            self.start()

    @property
    def paired(self) -> Identity | None:
        """Who this till is."""
        return identity(self.reader)

    @property
    def reader(self) -> Connection:
        """What is committed."""
        return self.store.reader()

    def pair(self, code: str) -> None:
        """Pair, for the first time or again."""
        pair(self.url, code, self.writer, secrets.token_bytes, self.clock.mono_ms, name="till")

    def start(self) -> None:
        """Client and use cases, as the shop starts them, without threads."""
        who = self.paired
        assert who is not None
        client = Client(
            self.store,
            self.writer,
            who,
            self.clock,
            secrets.token_bytes,
            self._heard,
            poll_s=0,
            cache_scope="all",
        )
        self.client = client
        options = Options(language="en", lock_after_s=10**9)
        self.till = Till(
            self.store,
            self.writer,
            self.clock,
            secrets.token_bytes,
            client,
            options=options,
            crash=self.points,
        )
        self.drain()
        if self.till.state.cashier is None:
            self.till.scan_text(BADGE, "crash", guarded=False)
            self.till.pin(PIN)
        self.drain()

    def _heard(self, event: Event) -> None:
        self.till.heard(event)

    def drain(self) -> None:
        """Do what is queued."""
        while self.writer._queue.qsize():
            self.writer.step(0)

    def scan(self, code: str) -> None:
        """A scan at the counter."""
        self.till.scan_text(code, "crash", guarded=False)
        self.drain()

    def leave(self) -> None:
        """Back to where a sale can begin, with nothing begun."""
        for _ in range(8):
            if self.till.state.basket is None:
                break
            self.till.escape()
        self.till.escape()
        self.drain()

    def turn(self, *steps: Step) -> None:
        """Let these steps of the client work now, and act on what they heard."""
        for step in steps or (self.client.push, self.client.pull, self.client.holds):
            if hasattr(step, "wake"):
                step.wake()
            step.step(self.clock.mono_ms())
            self.till.pump()
            self.drain()

    def settle(self) -> str:
        """Send and hear everything; what could not be done, or ""."""
        for _ in range(ROUNDS):
            self.turn()
            self.till.tick()
            self.drain()
            state = self.client.state()
            if sync_state(self.reader).fenced:
                return "the till is fenced"
            if state.online and not journal.waiting(self.reader).count:
                self.turn(self.client.pull)
                self.turn(self.client.pull)
                return ""
            time.sleep(0.02)
        return f"the till is not quiet: {self.client.state()}"

    def kept(self, shown: Sequence[int]) -> Kept:
        """What there is to compare, once it is quiet; the points of the members `shown`."""
        who = self.paired
        assert who is not None
        verdict = journal_check.verify(self.reader)
        faults = () if verdict.ok else (f"journal entry {verdict.first_bad_seq}: {verdict.reason}",)
        rows = self.reader.execute("SELECT inc, seq, bytes FROM journal ORDER BY inc, seq").fetchall()
        held = self.reader.execute("SELECT grant_id, lot, quantity FROM slice WHERE quantity > 0").fetchall()
        results = self.reader.execute("SELECT ticket, reference FROM result").fetchall()
        jobs = [one for (one, _) in results if spool.job_of(self.reader, one) is not None]
        return Kept(
            who.dev,
            who.inc,
            faults,
            tuple((inc, seq, data) for inc, seq, data in rows),
            {(grant, lot): quantity for grant, lot, quantity in held},
            slices.last_gno(self.reader),
            {member: self.points_of(member) for member in shown},
            dict(results),
            tuple(jobs),
        )

    def points_of(self, member: int) -> int:
        """The points that the screen would show for a member, own unsent entries included; -1 for nobody."""
        who = self.paired
        if who is None or members.load(self.reader, who, member) is None:
            return -1
        blank = Who(b"", "", "number", member, Account(member=member))
        account = expire(known(self.till.parts, blank, member).account, now(self.till.parts).bdate)
        return account.balance.get("points", 0) - account.deficit.get("points", 0)

    def member_of(self, number: str) -> int:
        """The member of a card that this till knows."""
        assert self.paired is not None
        token = card_token(self.paired.lookup_key, number)
        return int(self.reader.execute("SELECT member FROM card WHERE token = ?", (token,)).fetchone()[0])

    def public_key(self) -> bytes:
        """That of its present key."""
        assert self.paired is not None
        return public_key_of(self.paired.private_key)

    def count(self, kind: str) -> int:
        """How many entries of a kind are committed."""
        found = self.reader.execute("SELECT count(*) FROM journal WHERE kind = ?", (kind,)).fetchone()
        return int(found[0])

    def snapshot(self) -> bytes:
        """The hash of the snapshot in use."""
        used = index.in_use(self.reader)
        return b"" if used is None else used.sha256


def till_life(pipe: Any, folder: Path, url: str, boot: str, watched: bool, mutant: str) -> None:
    """Do what comes through the pipe: (name of an act, part of it, values…), ("settle",), ("kept", members)."""
    from tests.crash.acts import ACTS
    from tests.crash.mutants import put_in

    put_in(mutant)
    folder.mkdir(mode=0o700, exist_ok=True)
    points = Points(Disk(folder) if watched else None)
    life = TillLife(folder, url, boot, points)

    def do(what: str, *values: Any) -> Any:
        if what == "settle":
            return life.settle()
        if what == "kept":
            return life.kept(*values)
        if what == "pair":
            life.pair(*values)
            return life.start()
        part, *rest = values
        act = ACTS[what]
        if part == "prepare":
            return act.prepare(life, *rest)
        if part == "there":
            return act.there(life, *rest)
        if part == "again":
            return act.again(life, *rest)
        if part == "handed":
            return act.handed(life, *rest)
        return _act(life, what, *rest)

    serve(pipe, do)


def _act(life: TillLife, name: str, memo: Any, fault: Fault | None) -> tuple[tuple[str, ...], list[Any], Any]:
    """Do the act; the points on its way, what was committed at each, and at the end."""
    from tests.crash.acts import ACTS

    act = ACTS[name]
    there: list[Any] = []
    if fault is None:
        life.points.look = lambda: there.append(act.there(life, memo))
    life.points.arm(fault)
    act.act(life, memo)
    life.points.disarm()
    return tuple(life.points.seen), there, act.there(life, memo)


def expected(entries: Sequence[bytes], opening: dict[int, int]) -> dict[int, int]:
    """The points that every member must have by these journals alone, each ticket counted once."""
    found = dict(opening)
    tickets_of: dict[str, tuple[Entry, TicketBody]] = {}
    once: set[tuple[str, str]] = set()
    for data in entries:
        entry = decode(data)
        body = body_of(entry)
        key = (entry.ticket or "", entry.kind)
        if entry.ticket is None or key in once:
            continue
        once.add(key)
        member = entry.member if isinstance(entry.member, int) else 0
        if isinstance(body, TicketBody):
            tickets_of[entry.ticket] = (entry, body)
            found[member] = found.get(member, 0) + _gain(body)
        elif isinstance(body, VoidBody):
            found[member] -= _gain(tickets_of[body.of][1])
        elif isinstance(body, RefundBody):
            found[member] += sum(one.quantity for one in body.restored) - sum(c.quantity for c in body.claws)
    return found


def _gain(body: TicketBody) -> int:
    given = sum(one.quantity for one in body.promised)
    return given - sum(draw.quantity for burn in body.burns for draw in burn.draws)

"""A ledger process, the folder of a till, and what must agree between them after every crash."""

import random
import shutil
import socket
from pathlib import Path
from typing import Any

import msgspec

from sync.ledger.database import Database, Postgres
from sync.ledger.snapshots import MakeSnapshot
from tests.crash import ledger_life as ledger
from tests.crash.acts_line import PairAgain, PairFirst, Pull, Snapshot
from tests.crash.acts_next_door import MOVED, Give, Take
from tests.crash.ledger_life import MEMBERS, OPENING, Books, ledger_life
from tests.crash.process import Fault, Process
from tests.crash.till_life import Kept, expected, till_life

SHOWN = tuple(range(1000, 1000 + MEMBERS))


class Chain:
    """Lives in `folder`; the ledger on SQLite there, or on the PostgreSQL database `dsn`."""

    def __init__(self, folder: Path, mutant: str = "", dsn: str = "") -> None:
        self.folder, self.ledger_folder = folder, folder / "ledger"
        self.ledger_folder.mkdir()
        self._mutant, self._dsn = mutant, dsn
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self._numbers = random.Random(7)
        self._tills, self._days = 0, 0
        self._journals: dict[int, Kept] = {}
        self.openings = dict.fromkeys(SHOWN, OPENING)
        self.boot = 0
        self.disk = folder / "none"
        self.ledger: Process | None = None
        self.start_ledger()
        self.asked(ledger.open_shop)
        self.renew()

    def close(self) -> None:
        """End everything."""
        self.stop_ledger()

    # --- the ledger

    def start_ledger(self, *, watched: bool = False) -> None:
        """Start it; one that is there is stopped first."""
        self.stop_ledger()
        file = self.ledger_folder / "ledger.db"
        where: Database = Postgres(self._dsn, file.with_name("key")) if self._dsn else file
        watch = self.ledger_folder if watched else None
        self.ledger = Process(ledger_life, where, watch, self._port, self._days)
        self.ledger.answer()

    def stop_ledger(self, *, hard: bool = False) -> None:
        """End it, at once if `hard`, or see that it has ended."""
        if self.ledger is not None:
            self.ledger.end(hard=hard)
            self.ledger = None

    def asked(self, what: Any, *values: Any) -> Any:
        """What the ledger's owner is answered."""
        assert self.ledger is not None
        return self.ledger.ask(what, *values)

    def pass_days(self, days: int) -> None:
        """Let it be a later day at the ledger."""
        self._days += days
        self.asked("days", self._days)

    # --- the till

    def renew(self) -> None:
        """Another till, because the one before is broken."""
        self.new_disk()
        till = self.start_till()
        try:
            till.ask("pair", self.asked(ledger.code, f"till {self._tills}"))
            till.ask("settle")
        finally:
            till.end()

    def new_disk(self) -> None:
        """From now on the till is one that never was paired."""
        self._tills += 1
        self.disk = self.folder / f"till-{self._tills}"

    def start_till(self, disk: Path | None = None, *, watched: bool = False) -> Process:
        """A till process on its disk."""
        url = f"http://127.0.0.1:{self._port}"
        return Process(till_life, disk or self.disk, url, f"boot-{self.boot}", watched, self._mutant)

    # --- crashes

    def to_cut(self, fault: Fault) -> Fault:
        """The fault with a place for the disk that it leaves."""
        shutil.rmtree(self.folder / "cut", ignore_errors=True)
        return msgspec.structs.replace(fault, after=str(self.folder / "cut"))

    def take_cut(self, folder: Path) -> None:
        """From now on `folder` is what the power cut left of it."""
        shutil.rmtree(folder)
        (self.folder / "cut").rename(folder)

    def number(self) -> int:
        """One that was not used before."""
        return self._numbers.randrange(1 << 20, 1 << 30)

    def given(self, name: str) -> Any:
        """What the owner of the ledger does before an act of the till."""
        number = self.number()
        if name == Pull.name:
            self.asked(ledger.new_price, number)
        if name in (Pull.name, Snapshot.name):
            self.asked(ledger.new_member, number)
        if name == Snapshot.name:
            self.asked(ledger.operate, MakeSnapshot())
        if name in (Give.name, Take.name):
            return self._next_door(name, 1000 + number % MEMBERS)
        if name in (PairFirst.name, PairAgain.name):
            return tuple(self.asked(ledger.code, f"till {n} {number}") for n in range(2))
        return number

    def _next_door(self, name: str, member: int) -> Any:
        """Points of `member` lie at both tills of the store; for the one that takes, what the other one gave."""
        disk = self.folder / "next-door"
        fresh = not disk.exists()
        neighbour = self.start_till(disk)
        try:
            if fresh:
                neighbour.ask("pair", self.asked(ledger.code, "next door"))
            self.asked(ledger.lend, member, 2 * MOVED)
            if name == Give.name:
                return member
            memo = neighbour.ask(Give.name, "prepare", member)
            neighbour.ask(Give.name, "act", memo, None)
            return neighbour.ask(Give.name, "handed", memo)
        finally:
            neighbour.end()

    # --- looking

    def compare(self, till: Process) -> list[str]:
        """Send and hear everything; what is lost, doubled or not the same at till and ledger."""
        unquiet = till.ask("settle")
        if unquiet:
            return [unquiet]
        kept: Kept = till.ask("kept", SHOWN)
        books: Books = self.asked(ledger.read_books, kept.dev, kept.inc)
        wrong = [*kept.faults, *books.faults, *self._lost(kept)]
        self._journals[kept.dev] = kept
        for inc, seq, data in kept.entries:
            found = books.entries.get((kept.dev, inc, seq))
            if inc == kept.inc and found != (data, "applied"):
                wrong.append(f"entry {inc}-{seq} is {found and found[1]} at the ledger")
        if kept.last_gno == books.last_gno and kept.held != books.held:
            wrong.append(f"the till holds {kept.held}, the ledger counts {books.held}")
        return wrong + self._points(kept, books)

    def _lost(self, kept: Kept) -> list[str]:
        before = self._journals.get(kept.dev)
        gone = () if before is None else before.recorded.keys() - kept.recorded.keys()
        unprinted = [one for one in kept.recorded if one not in kept.jobs]
        return [
            *(f"ticket {one} was recorded and is gone" for one in gone),
            *(f"ticket {one} has no receipt" for one in unprinted),
        ]

    def _points(self, kept: Kept, books: Books) -> list[str]:
        entries = [data for one in self._journals.values() for _, _, data in one.entries]
        right = expected(entries, self.openings)
        said = [(right[one], books.points[one], kept.points[one]) for one in SHOWN]
        return [
            f"member {member}: journals say {numbers[0]}, the ledger {numbers[1]}, the till {numbers[2]}"
            for member, numbers in zip(SHOWN, said, strict=True)
            if len(set(numbers)) != 1
        ]

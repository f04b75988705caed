"""One till of a simulation: its disk, its clock, its line, and what a power cut does to it."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
from msgspec.structs import replace

from pos_app.till.parts import Options
from pos_app.till.state import on_basket
from pos_app.till.till import Till
from rules.account import Account
from rules.fold import expire
from sync.entry import Entry
from sync.till import journal, members
from sync.till.client import Client, Step
from sync.till.cursors import sync_state
from sync.till.database import FILE_NAME, Connection, open_store
from sync.till.events import Event, HoldArrived, MoveArrived, Pushed
from sync.till.identity import identity
from sync.till.offline import Failure, OfflineReason
from sync.till.pair import pair
from sync.till.rotate import rotate
from sync.till.salvage import put_into, salvage
from sync.till.writer import InlineWriter, Priority, Writer
from tests.simulation.chance import Chances
from tests.simulation.clocks import TillClock, TrueTime
from tests.simulation.damage import LOG, SECTOR, log_of, tear
from tests.simulation.disk import Image, Row, copy_disk, rows_after, take_image
from tests.simulation.floors import check_floors, said_to_be_there, unsecured
from tests.simulation.house import BADGE, PIN
from tests.simulation.line import Line
from tests.simulation.quick import lay_till
from tests.simulation.seeds import Plan

T = TypeVar("T")
URL = "http://127.0.0.1:1"
FOREVER_S = 10**9


class PowerCut(BaseException):
    """The till is dark from here on."""


class _Fragile:
    """Cuts the power around a commit now and then; shared by both writers."""

    counter: "Counter"

    def around(self, commit: Callable[[], T]) -> T:
        """Run a commit with a cut before or after it, or none."""
        if self.counter.dark:
            raise PowerCut  # a queued job met the cut and nobody looked: nothing happens any more
        when = self.counter.cut_now()
        if when == "before":
            raise self.counter.go_dark("before a commit")
        if when == "torn":
            raise self.counter.tear(commit)
        result = commit()
        if when == "after":
            raise self.counter.go_dark("after a commit")
        return result


class _Inline(InlineWriter, _Fragile):
    def _commit(self, job: Callable[[Connection], T], priority: Priority) -> T:
        return self.around(lambda: super(_Inline, self)._commit(job, priority))


class _Queued(Writer, _Fragile):
    """The queue of the shop, driven step by step."""

    def _commit(self, job: Callable[[Connection], T], priority: Priority) -> T:
        return self.around(lambda: super(_Queued, self)._commit(job, priority))


class Counter:
    """A till with everything around it. `till` and `client` are those of the running process."""

    def __init__(
        self,
        name: str,
        folder: Path,
        time: TrueTime,
        line: Line,
        plan: Plan,
        rng: random.Random,
        count: Callable[[str], None],
        skew_ms: int,
    ) -> None:
        self.name, self.line = name, line
        self._folder, self._generation = folder, 0
        self._plan, self._rng, self._count = plan, rng, count
        self._torn_rng = Chances(f"torn {name}")
        self.alone = not (plan.copies or plan.set_back or plan.damage)
        self.time, self.clock = time, TillClock(time, skew_ms, name)
        self.healed = self.dark = False
        self._dark_ms = 0  # when the power went, until the till starts again
        self.crash_at = ""
        self.true_ms: dict[bytes, int] = {}  # hash of an entry's first form to the true time of its commit
        self._noted = self.reached = 0  # pushes answered since this disk began a life of its own
        self._heard_of = 0, 0  # the last entry that any ledger said it had, after its life
        self.recorded: dict[str, str] = {}  # ticket to reference: what the screen said was recorded
        self.undone = set[str]()
        self._disk = folder / f"{name}-0"
        self._doors: tuple[str, ...] = ()
        self._lan: httpx.BaseTransport | None = None

    def plug_in(self, doors: tuple[str, ...], lan: httpx.BaseTransport) -> None:
        """Know the store's other tills from now on."""
        self._doors, self._lan = doors, lan
        self.healed = True  # a shop is set up without power cuts
        self._start()
        self.healed = False

    def look_next_door(self) -> None:
        """A turn of the questions to the store's other tills."""
        self.client.neighbours.step(self.clock.mono_ms())
        if self.dark:
            raise PowerCut

    def set_up(self, code: str) -> None:
        """Pair with the ledger and start."""
        lay_till(self._disk)
        self._open()
        pair(
            URL,
            code,
            self.writer,
            self._rng.randbytes,
            self.clock.mono_ms,
            name=self.name,
            transport=self.line,
        )
        self._start()

    def _open(self) -> None:
        self.store = open_store(self._disk)
        self.writer: Writer = (_Queued if self._plan.queued_writer else _Inline)(self.store)
        self.writer.counter = self  # type: ignore[attr-defined]

    def _start(self) -> None:
        who = identity(self.store.reader())
        assert who is not None
        self.client = Client(
            self.store,
            self.writer,
            who,
            self.clock,
            self._rng.randbytes,
            self._heard,
            transport=self.line,
            poll_s=0,
            neighbours=self._doors,
            local=self._lan,
        )
        self.who = who
        options = Options(language="en", lock_after_s=FOREVER_S)
        self.till = Till(
            self.store,
            self.writer,
            self.clock,
            self._rng.randbytes,
            self.client,
            options=options,
            crash=self._crash_point,
        )

    def _heard(self, event: Event) -> None:
        if isinstance(event, HoldArrived):
            self._count(f"hold {event.answer.code}")
        if isinstance(event, MoveArrived):
            self._count("moved from next door" if event.granted else "not to be had next door")
        if isinstance(event, Pushed):
            self.reached += 1
            for one in event.dispositions:
                self._count(f"disposition {one.state} {one.code}".strip())
        self.till.heard(event)

    def sign_in(self) -> None:
        """Badge and PIN, once the staff list is here."""
        self.till.scan_text(BADGE, "sim", guarded=False)
        self.till.pin(PIN)

    def seed(self, number: int) -> None:
        """Draw from here on what this number says."""
        self._rng.seed(number)
        self._torn_rng.seed(number)
        self.line.seed(-number)

    # --- power

    def cut_now(self) -> str:
        """Whether this commit is the last one: "before" it, "after" it, "torn" in the middle, or not at all."""
        if self.healed or self.dark or self._rng.random() >= self._plan.power_cut:
            return ""
        when = self._rng.choice(("before", "after"))
        return "torn" if self._plan.torn and self._torn_rng.random() < self._plan.torn else when

    def tear(self, commit: Callable[[], T]) -> PowerCut:
        """The power goes while a commit is on its way to the disk: a part of it was never synced."""
        before = log_of(self._disk)
        commit()
        cut = self.go_dark("in a commit")
        tear(self.next_disk, before, self._torn_rng)
        return cut

    def _crash_point(self, point: str) -> None:
        if self.crash_at == point:
            self.crash_at = ""
            raise self.go_dark(point)

    def go_dark(self, where: str) -> PowerCut:
        """Keep the disk as it is at this instant; the exception that ends the process."""
        self._count(f"power cut {where}")
        self.dark, self._dark_ms = True, self.time.now
        fresh = self.new_folder()
        copy_disk(self._disk, fresh)
        self.next_disk = fresh
        return PowerCut()

    def new_folder(self) -> Path:
        """The name of a folder that is not there yet."""
        self._generation += 1
        return self._folder / f"{self.name}-{self._generation}"

    def image(self) -> Image:
        """Copy the disk as it is now."""
        return take_image(self.store.reader(), self.who, self._disk, self.new_folder())

    def live_on(self, image: Image) -> None:
        """Start on a copy of an image of a disk; the disk there was before is gone."""
        self.next_disk = self.new_folder()
        copy_disk(image.path, self.next_disk)
        self._noted = self.reached = 0
        self._heard_of = 0, 0
        if hasattr(self, "store"):
            self.dark = True
            self.start_again()
            return
        self._disk = self.next_disk
        self._open()
        self._start()

    def pair_again(self, code: str) -> None:
        """The owner stops the till, pairs it with a new code, and starts it. Raises PairingFailed."""
        self.stop()
        self.store.close()
        self._open()
        try:
            pair(URL, code, self.writer, self._rng.randbytes, self.clock.mono_ms, transport=self.line)
            self.reached = 0
        finally:
            self._start()

    def change_key(self) -> bool:
        """A new private key, before the till starts; whether it was changed."""
        self.stop()
        self.store.close()
        self.clock.new_boot()
        self._open()
        try:
            who = identity(self.store.reader())
            assert who is not None
            wall_ms = self.clock.wall_ms()
            done = rotate(
                who, self.writer, self._rng.randbytes, self.clock.mono_ms, wall_ms, transport=self.line
            )
        finally:
            self._start()
        return not isinstance(done, Failure)

    def harm(self, do: Callable[[bytearray], None]) -> None:
        """Stop the machine, and change what lies on its disk; its next start takes it for one after a crash."""
        self.stop()
        self.store.close()
        file = self._disk / FILE_NAME
        data = bytearray(file.read_bytes())
        do(data)
        file.write_bytes(data)
        (self._disk / LOG).write_bytes(bytes(SECTOR))

    def save_what_is_left(self) -> None:
        """Somebody saves what can be read of a damaged disk; a new one begins with it, and must be paired."""
        file, damaged = self._folder / f"{self.name}.saved", self._disk
        salvage(damaged, file)
        self._disk = self.new_folder()
        lay_till(self._disk)
        self._open()
        self.store.writer.execute("BEGIN IMMEDIATE")
        put_into(self.store.writer, file)
        self.store.writer.execute("COMMIT")
        self._noted = rows_after(self.store.reader(), 0)[1]
        self._start()

    def start_again(self) -> None:
        """Start the till after a power cut (from the copied disk) or a clean stop."""
        self.store.close()
        if self.dark:
            shutil.rmtree(self._disk)
            self._disk, self.dark = self.next_disk, False
        self.crash_at = ""
        self.clock.new_boot()
        self._open()
        if self._dark_ms:
            self.note()
        self._dark_ms = 0
        self._start()

    def stop(self) -> None:
        self.writer.stop()

    # --- work

    def settle_writer(self) -> None:
        while not self.dark and self.writer.step(0):
            pass
        if self.dark:
            raise PowerCut

    def sync(self, *, everything: bool = False) -> None:
        """A turn of the client's steps that are due, in any order."""
        client = self.client
        steps: list[Step] = [client.push, client.pull, client.holds]
        if self._rng.random() < 0.2:
            steps.append(client.live)
        if not everything:
            self._rng.shuffle(steps)
            steps = steps[: self._rng.randint(1, 4)]
        for step in steps:
            step.step(self.clock.mono_ms())
            if self.dark:
                raise PowerCut

    def note(self) -> None:
        """Remember when entries were written: now, or when it went dark; it keeps quiet until it starts again."""
        if self.dark:
            return
        rows, self._noted = rows_after(self.store.reader(), self._noted)
        self._heard_of = max(self._heard_of, (self.who.inc, said_to_be_there(self.store.reader())))
        for row in rows:
            self.true_ms.setdefault(row.first, self._dark_ms or self.time.now)
            mine = row.entry.inc == self.who.inc and row.entry.orig is None
            if self._plan.floors and mine and unsecured(self.store.reader(), row.entry.seq):
                self._count("spent beyond grants")
                check_floors(self.store.reader(), row.entry.seq, self._heard_of[1], self.name)

    def sign_card(self) -> None:
        """Where tills give something beyond their grants, the card on the ticket is one that nobody can copy."""
        basket = self.till.state.basket
        if self._plan.floors and basket is not None and basket.who is not None:
            who = replace(basket.who, evidence="static")
            self.till.state = on_basket(self.till.state, who=who)

    # --- looking

    def rows(self) -> list[Row]:
        """Every entry of the journal, of all lives."""
        return rows_after(self.store.reader(), 0)[0]

    def signed(self) -> set[int]:
        """The entries of this life that end a commit."""
        mine = "SELECT seq FROM journal WHERE inc = ? AND sig IS NOT NULL"
        return {seq for (seq,) in self.store.reader().execute(mine, (self.who.inc,))}

    def entries(self) -> list[tuple[Entry, bytes]]:
        """Every entry of the journal with its bytes."""
        return [(row.entry, row.data) for row in self.rows()]

    def waiting(self) -> int:
        """Entries the ledger has not acknowledged."""
        return journal.waiting(self.store.reader()).count

    def held(self) -> int:
        """Units in grants of this till."""
        return int(self.store.reader().execute("SELECT coalesce(sum(quantity), 0) FROM slice").fetchone()[0])

    def fenced(self) -> bool:
        """Whether this till was taken for a copy of another."""
        return sync_state(self.store.reader()).fenced

    def must_pair(self) -> bool:
        """Whether the screen says that this till must be paired again."""
        return self.fenced() or self.client.state().reason is OfflineReason.REFUSED

    def account(self, member: int) -> Account | None:
        """What this till knows of a member, with its own unsent entries; None without a profile."""
        from pos_app.till.member import known
        from pos_app.till.moment import now
        from pos_app.till.state import Who

        if members.load(self.store.reader(), self.who, member) is None:
            return None
        blank = Who(b"", "", "number", member, Account(member=member))
        moment = now(self.till.parts)
        return expire(known(self.till.parts, blank, member).account, moment.bdate)

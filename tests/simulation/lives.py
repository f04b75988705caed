"""The lives of tills: copies of disks, disks set back, tills paired again, written off, and given new keys."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

from sync.ledger.devices import WriteOffDevice
from sync.ledger.port import Transaction
from sync.till import moves
from sync.till.pair import PairingFailed
from tests.simulation.copies import Disks
from tests.simulation.counter import Counter, PowerCut
from tests.simulation.disk import Image, Row, clear_up, fill_up, write_strange
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_TWINS = 2
MOST_IMAGES = 3


class Lives:
    """What one world does to its tills.

    `kept` are facts of lost disks that the ledger has, by the hash of their first form; `exposed` what may be spent
    twice because of copies, by asset; `doubtful` the lives of which there were two, `written_off` the tills that were.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.rng = world.fork("lives")
        self.images: list[tuple[int, Image]] = []
        self.kept: dict[bytes, tuple[Row, int]] = {}
        self.exposed: Tally[str] = Tally()
        self.doubtful: set[tuple[int, int]] = set()
        self.written_off: set[int] = set()
        self.full: set[int] = set()
        self.twins = 0
        self.left_behind = False  # what a life held that ended stays where it is
        self._open: list[tuple[Image, int]] = []
        self.disks = Disks(world)
        self._paired: set[tuple[int, int]] = set()  # ended by a pairing maybe, or by a later one's paper
        self._last_life: dict[int, int] = {}  # by number of a till, where it was paired again

    @property
    def copied(self) -> bool:
        """Whether a disk has ever been in use twice."""
        return bool(self.doubtful)

    def happen(self) -> None:
        """What may happen between two steps."""
        plan, rng = self._world.plan, self.rng
        self._watch()
        for rate, what in (
            (max(plan.copies, plan.set_back), self._take_image),
            (plan.copies, self._twin),
            (plan.set_back, self._set_back),
            (plan.write_off, self._write_off),
            (plan.disk_full, self._fill),
            (plan.strange, self._strange),
            (plan.clock_steps, self._step_clock),
            (0.1, self._pair_fenced),
            (plan.pair_again, self._pair_some),
        ):
            if rate and rng.random() < rate:
                what()

    def _some(self) -> int:
        return self.rng.randrange(len(self._world.counters))

    # --- copies

    def _take_image(self) -> None:
        n = self._some()
        if len(self.images) < MOST_IMAGES:
            self.images.append((n, self._world.counters[n].image()))

    def _twin(self) -> None:
        if self.may_copy():
            self.begin_twin(*self._chosen())

    def may_copy(self) -> bool:
        """Whether there may be one more machine."""
        return self.twins < MOST_TWINS

    def begin_twin(self, n: int, image: Image, *, running: bool = False) -> None:
        """A second machine goes on from a copy of the disk of till `n`; `running`: a virtual one, in the same boot."""
        self.twins += 1
        self._expose(image)
        for counter in self._world.counters:
            counter.reached = 0
        self._world.add_twin(n, image, running=running)
        self.disks.begins(self._world.counters[-1], image)
        self._world.tell(f"a twin of till{n} begins to live", "copy begins to live")

    def _chosen(self) -> tuple[int, Image]:
        if self.images and self.rng.random() < 0.5:
            return self.rng.choice(self.images)
        n = self._some()
        return n, self._world.counters[n].image()

    def _set_back(self) -> None:
        """A till goes on from an older image of its own disk: what came after is lost there."""
        mine = [(n, image) for n, image in self.images if self._is_of(n, image)]
        if not mine:
            return
        self.go_back(*self.rng.choice(mine), "disk set back")

    def go_back(self, n: int, image: Image, count: str) -> None:
        """A till lives on as it was when this image was taken."""
        counter = self._world.counters[n]
        self._expose(image)
        lost = counter.rows()
        self._world.tell(f"till{n} is set back to entry {image.head}", count)
        self._world.live_on(n, image)
        self.disks.begins(counter, image)
        self.lose(lost, counter)
        counter.note()

    def _is_of(self, n: int, image: Image) -> bool:
        who = self._world.counters[n].who
        return who.dev == image.dev

    def lose(self, rows: list[Row], counter: Counter) -> None:
        """A disk with these entries is gone: facts are only those that the ledger or another disk has."""

        async def known(tx: Transaction) -> list[Row]:
            return [row for row in rows if await is_there(tx, row)]

        for row in self._world.house.read(known):
            self.kept[row.first] = (row, counter.true_ms[row.first])
        self.forget_lost()

    def forget_lost(self) -> None:
        """What screens showed of tickets that are physically lost is not asked for in the end."""
        world = self._world
        rows = [row for counter in world.counters for row in counter.rows()]
        rows += [row for row, _ in self.kept.values()]
        alive = {row.entry.ticket for row in rows if row.entry.kind == "TICKET"}
        voids = {row.entry.ticket for row in rows if row.entry.kind == "VOID"}
        for counter in world.counters:
            counter.recorded = {name: text for name, text in counter.recorded.items() if name in alive}
            counter.undone &= voids

    def _expose(self, image: Image) -> None:
        """What a copy holds may be spent once more than it is there (ledger-and-sync.md 4.3, A1 broken)."""
        self.doubtful.add((image.dev, image.inc))
        self.exposed.update(image.held)
        self.exposed.update(image.undoable)
        self._open.append((image, image.last_gno))

    def _watch(self) -> None:
        """What is given to a life between its copy and the next push that turns its ratchet, both may be sent."""
        for place, (image, last) in enumerate(self._open):
            now, units = self._world.house.read(lambda tx, i=image, n=last: given_after(tx, i, n))  # type: ignore[misc]
            self.exposed.update(units)
            self._open[place] = image, now
        self._open = [(image, last) for image, last in self._open if last >= 0]
        for counter in self._world.counters:
            self.note_behind(counter)
        self.disks.check()

    def note_behind(self, counter: Counter) -> None:
        """Where a receipt of another disk stopped a till it is behind that one, even if it hears of it afterwards."""
        if counter.fenced() and self._later(counter):
            self._paired.add(_life(counter))

    # --- owners

    def _pair_fenced(self) -> None:
        """Somebody sees that a till must be paired again, and does it."""
        for n, counter in enumerate(self._world.counters):
            if counter.must_pair() and counter.line.up:
                self.pair_again(n)

    def _pair_some(self) -> None:
        """Somebody pairs a till again for no reason."""
        n = self._some()
        if self._world.counters[n].line.up:
            self.left_behind = True
            self.pair_again(n)

    def pair_again(self, n: int) -> None:
        """Pair a till once more; it may fail, and then it stays fenced."""
        world, counter = self._world, self._world.counters[n]
        before = counter.who
        life = _life(counter)
        ended = life in self.doubtful | self._paired or before.dev in self.written_off or self._later(counter)
        shut_out = counter.fenced() or (counter.must_pair() and not world.office.restores)
        if shut_out and not ended and not world.plan.damage:
            raise Wrong(f"{counter.name} must be paired again, and there is no other disk")
        self._paired.add(life)
        code = world.house.run(world.house.ledger.make_pairing_code(counter.who.store, ""))
        try:
            counter.pair_again(code)
            if counter.who != before:
                last = self._last_life.get(before.dev, 1)
                self._last_life[before.dev] = max(last, counter.who.inc)
                world.tell(f"till{n} is paired again as {counter.who.inc}", "till paired again")
        except PairingFailed as failed:
            world.tell(f"till{n} is not paired again: {failed.code}", "pairing failed")
        except PowerCut:
            world.restart(n, clean=False)
        world.begin_again(n)

    def _later(self, counter: Counter) -> bool:
        """Whether another disk prints receipts of a later life of this till, of which the till has not heard.

        One that is typed here stops it, as after a disk that was set back (ledger-and-sync.md 2.2 and 6, row 4).
        """
        who, known = counter.who, moves.store_tills(counter.store.reader())
        later = range(
            who.inc + 1, self._last_life.get(who.dev, 1) + 1
        )  # a disk that had one may be gone since
        unheard = any(known is None or known.of(who.dev, inc) is None for inc in later)
        return unheard and self._world.house.read(lambda tx: _is_open(tx, who.dev, who.inc))

    def _write_off(self) -> None:
        """The owner gives up a till of which nothing was heard, and later it comes back."""
        n = self._some()
        world, counter = self._world, self._world.counters[n]
        if self.written_off or counter.line.up:
            return
        self.written_off.add(counter.who.dev)
        freed = world.house.run(WriteOffDevice(counter.who.dev, True).run(world.house.ledger))
        self.exposed.update(freed.freed)
        world.tell(f"till{n} is written off: {dict(freed.freed)}", "till written off")

    def change_key(self, n: int) -> None:
        """At a start: a new key, which may fail half-way."""
        if self._world.counters[n].change_key():
            self._world.tell(f"till{n} has a new key", "key changed")
        else:
            self._world.tell(f"till{n} keeps its key for now", "key not changed")

    # --- machines

    def _fill(self) -> None:
        """A disk fills up, or is cleared again."""
        n = self._some()
        counter = self._world.counters[n]
        if n in self.full:
            self.clear(n)
        else:
            fill_up(counter.store)
            self.full.add(n)
            self._world.tell(f"the disk of till{n} is full", "disk full")

    def clear(self, n: int) -> None:
        """Room again on a till's disk."""
        if n in self.full:
            self.full.discard(n)
            clear_up(self._world.counters[n].store)
            self._world.tell(f"the disk of till{n} has room again", "disk cleared")

    def _strange(self) -> None:
        n = self._some()
        counter = self._world.counters[n]
        entries = counter.entries()
        if not entries or n in self.full or counter.fenced():
            return
        try:
            write_strange(counter.writer, counter.who, entries[-1][0], counter.clock)
        except PowerCut:
            self._world.restart(n, clean=False)
        else:
            counter.note()
            self._world.tell(f"till{n} writes what nobody can read", "strange entry")

    def _step_clock(self) -> None:
        n = self._some()
        self._world.counters[n].clock.step(self._world.draw_skew(self.rng))
        self._world.tell(f"the clock of till{n} is set", "clock set")


def _life(counter: Counter) -> tuple[int, int]:
    return counter.who.dev, counter.who.inc


async def _is_open(tx: Transaction, dev: int, inc: int) -> bool:
    life = await tx.incarnation(dev, inc)
    return life is not None and life.state == "open"


async def is_there(tx: Transaction, row: Row) -> bool:
    """Whether the ledger has an entry as it is written here."""
    found = await tx.inbox(*row.place)
    return found is not None and found.hash == row.hash


async def given_after(tx: Transaction, image: Image, last: int) -> tuple[int, Tally[str]]:
    """The last grant of an image's life, and what was given after grant `last`; -1 once it was heard again.

    Two disks with one push under way are both answered as after a lost answer, and both go on (ledger-and-sync.md 4.5).
    """
    life = await tx.incarnation(image.dev, image.inc)
    units: Tally[str] = Tally()
    if life is None:
        return -1, units
    for _, slices in await tx.grants_after(image.dev, image.inc, last):
        for piece in slices:
            units[piece.asset] += piece.issued
    lost = life.ratchet_prev == image.ratchet and life.nonce == image.nonce
    return life.last_gno if lost or life.ratchet == image.ratchet else -1, units

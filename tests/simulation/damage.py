"""What a disk may have of a till that nobody wrote so: the end of a commit that was never synced, bits that flipped."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sync.entry import TicketBody, VoidBody, body_of
from sync.till.births import births_left
from sync.till.database import FILE_NAME, PAGE_BYTES, StoreDamaged, open_store
from sync.till.identity import identity
from tests.simulation.disk import Image, Row, copy_disk, draws_of, take_image
from tests.simulation.sold import Found, Wrong, sale_of

if TYPE_CHECKING:
    from tests.simulation.counter import Counter
    from tests.simulation.world import World

SECTOR, HEADER = 512, 32
LOG = FILE_NAME + "-wal"


def log_of(folder: Path) -> bytes:
    """The write-ahead log as it is on the disk now; b"" where there is none."""
    log = folder / LOG
    return log.read_bytes() if log.exists() else b""


def tear(folder: Path, before: bytes, rng: random.Random) -> None:
    """Let only a part of what was written to the log since `before` be there: up to somewhere, or sector by sector.

    The header of a log that begins anew is synced before its frames are written (SQLite, wal.c, sqlite3WalFrames).
    """
    after = log_of(folder)
    old = before[: len(after)].ljust(len(after), b"\0")
    sectors = [at for at in range(0, len(after), SECTOR) if after[at : at + SECTOR] != old[at : at + SECTOR]]
    if not sectors:
        return
    torn = bytearray(after)
    some = sectors[rng.randrange(len(sectors)) :]
    if rng.random() < 0.5:
        some = [at for at in sectors if at == some[0] or rng.random() < 0.5]
    for at in some:
        torn[at : at + SECTOR] = old[at : at + SECTOR]
    torn[:HEADER] = after[:HEADER]
    (folder / LOG).write_bytes(torn)


class Damage:
    """What one world does to the disks of its tills while they are off."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._world, self.rng = world, rng

    def happen(self, n: int) -> None:
        """A till that was stopped finds its disk harmed at its next start."""
        world, counter = self._world, self._world.counters[n]
        every = counter.rows()
        rows = [row for row in every if row.entry.inc == counter.who.inc]
        if n in world.lives.full or counter.must_pair() or not rows:
            return
        signed = counter.signed()
        how = self.rng.choice((self._bit, self._page, None))
        if how is None:
            self._cut_short(n)
        else:
            counter.healed = True  # no power cut on top of it
            self._start(n, rows, how(counter, rows), signed)
            counter.healed = False
            world.lives.lose(every, counter)

    def _bit(self, counter: Counter, rows: Sequence[Row]) -> Sequence[Row]:
        """A bit of one entry flips; the entries that are not as they were."""
        row, harmed = self.rng.choice(rows), list[Row]()

        def flip(data: bytearray) -> None:
            for at in _places(data, row):  # a page that was split has it where nobody looks, too
                data[at + self.rng.randrange(len(row.data))] ^= 1 << self.rng.randrange(8)
                harmed[:] = [row]

        counter.harm(flip)
        self._world.tally["bit flipped"] += len(harmed)
        return harmed

    def _page(self, counter: Counter, rows: Sequence[Row]) -> Sequence[Row]:
        """A page with entries is rubbish."""
        row, harmed = self.rng.choice(rows), list[Row]()

        def spoil(data: bytearray) -> None:
            pages = _pages(data, row)
            touched = [one for one in rows if pages & _pages(data, one)]
            long = [
                one for one in rows if touched and not _pages(data, one)
            ]  # they go on on pages of their own
            harmed[:] = [*touched, *long]
            for page in sorted(pages):
                data[page : page + PAGE_BYTES] = self.rng.randbytes(PAGE_BYTES)

        counter.harm(spoil)
        self._world.tally["page spoilt"] += bool(harmed)
        return harmed

    def _start(self, n: int, rows: list[Row], harmed: Sequence[Row], signed: set[int]) -> None:
        """The till says that it is damaged; what can be read is saved, and sent by the till that it becomes."""
        world, counter = self._world, self._world.counters[n]
        try:
            counter.start_again()
        except StoreDamaged as told:
            world.tell(f"till{n} does not start: {told}")
        else:
            if harmed:
                raise Wrong(f"till{n} starts on a disk that is not as it was left")
            world.begin_again(n)
            return
        counter.save_what_is_left()
        world.begin_again(n)
        there = {row.hash for row in counter.rows()}
        lost = [row for row in rows if row.hash not in there]
        more = [row for row in lost if not any(_of_one_commit(row, one, signed) for one in harmed)]
        if more:
            raise Wrong(f"till{n} lost {len(more)} entries that nothing harmed: {more[0].entry}")
        world.tell(f"till{n} is saved but for {len(lost)} of {len(rows)} entries", "till saved")
        world.lives.left_behind = True
        self._expose(lost, rows)

    def _expose(self, lost: Sequence[Row], rows: Sequence[Row]) -> None:
        """What entries that are gone gave or freed may have been spent by others that are still there."""
        tickets = {row.entry.ticket: body_of(row.entry) for row in rows if row.entry.kind == "TICKET"}
        for row in lost:
            body = body_of(row.entry) if row.entry.kind == "VOID" else None
            undone = tickets.get(body.of) if isinstance(body, VoidBody) else None
            sold = sale_of(row.entry)
            given = [*sold.promised, *sold.converted] if sold is not None else []
            freed = draws_of(undone) if isinstance(undone, TicketBody) else ()
            for one in (*given, *freed):
                self._world.lives.exposed[one.asset] += one.quantity

    def _cut_short(self, n: int) -> None:
        """A bit of the log flips: the database ends before it, and says nothing of what came after (row 4).

        Where pages of what came after are in the database already, it says so and does not start.
        """
        world, counter = self._world, self._world.counters[n]
        counter.go_dark("and its disk forgets")
        folder, whole = counter.next_disk, counter.new_folder()
        copy_disk(folder, whole)
        data = bytearray(log_of(folder))
        if len(data) > 20 * PAGE_BYTES:
            at = self.rng.randrange(len(data) - 10 * PAGE_BYTES, len(data))
            data[at] ^= 1 << self.rng.randrange(8)
            (folder / LOG).write_bytes(data)
        try:
            image = _image_of(folder, counter.new_folder)
        except StoreDamaged as told:
            world.tell(f"till{n} does not start: {told}", "cut log told as damage")
            image = _image_of(whole, counter.new_folder)
        world.lives.go_back(n, image, "disk cut short")


def check_births(counter: Counter, found: Found) -> None:
    """What is left of the lots that a till gave follows from its journal: so a saved one finds it."""
    rows = counter.store.reader().execute(
        "SELECT lot, quantity FROM slice WHERE kind = 'birth' AND quantity > 0"
    )
    held = dict(rows.fetchall())
    mine = births_left(entry for entry, _ in counter.entries() if entry.inc == counter.who.inc)
    bodies = [body_of(entry) for entry, _ in counter.entries() if entry.kind == "VOID"]
    gone = {
        body.of for body in bodies if isinstance(body, VoidBody)
    }  # also by a life before, when that was sent
    told = {one.piece.lot: one.piece.quantity for one in mine if one.piece.ticket not in gone}
    found.must(told == held, f"{counter.name} holds {held} of what it gave, its journal says {told}")


def _of_one_commit(row: Row, harmed: Row, signed: set[int]) -> bool:
    """Whether nothing signed lies between an entry and a harmed one after it: only that one vouched for it."""
    return row.entry.seq <= harmed.entry.seq and not any(
        n in signed for n in range(row.entry.seq, harmed.entry.seq)
    )


def _pages(data: bytearray, row: Row) -> set[int]:
    return {at // PAGE_BYTES * PAGE_BYTES for at in _places(data, row)}


def _places(data: bytearray, row: Row) -> Iterator[int]:
    at = data.find(row.data)
    while at >= 0:
        yield at
        at = data.find(row.data, at + 1)


def _image_of(folder: Path, fresh: Callable[[], Path]) -> Image:
    store = open_store(folder)
    try:
        who = identity(store.reader())
        assert who is not None
        return take_image(store.reader(), who, folder, fresh())
    finally:
        store.close()

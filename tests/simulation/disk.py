"""What happens to the disk under a till: it is copied, it fills up, and a release of tomorrow has written to it."""

import shutil
from pathlib import Path

import msgspec

from sync import chain
from sync.clock import Clock
from sync.entry import ENTRY_VERSION, Draw, Entry, EntryKind, TicketBody, body_of, decode, encode
from sync.sqlite_driver import Connection
from sync.till import journal
from sync.till.cursors import sync_state
from sync.till.database import FILE_NAME, Store
from sync.till.identity import Identity
from sync.till.slices import last_gno
from sync.till.writer import Priority, Writer

MOST_PAGES = 1_000_000
ROOM_PAGES = 40  # what the reserve gives back


class Image(msgspec.Struct, frozen=True):
    """A copy of a till's disk: the life it is of, its ratchet, the nonce of a push under way, its last grant, what it
    held by asset, and what its last ticket drew, which may still be undone."""

    path: Path
    dev: int
    inc: int
    head: int
    ratchet: bytes
    nonce: str
    last_gno: int
    held: dict[str, int]
    undoable: dict[str, int]


class Row(msgspec.Struct, frozen=True):
    """An entry in a till's journal, with its hash and the hash of its first form."""

    entry: Entry
    data: bytes
    hash: bytes

    @property
    def first(self) -> bytes:
        return self.entry.orig or self.hash

    @property
    def place(self) -> tuple[int, int, int]:
        return self.entry.dev, self.entry.inc, self.entry.seq


def copy_disk(source: Path, target: Path) -> None:
    """What is in the files of a till at this instant."""
    target.mkdir(mode=0o700)
    for suffix in ("", "-wal"):
        part = source / (FILE_NAME + suffix)
        if part.exists():
            shutil.copyfile(part, target / part.name)


def draws_of(body: TicketBody) -> tuple[Draw, ...]:
    """What a ticket took of grants and of shares, which its undo frees."""
    return *(draw for part in (*body.burns, *body.converted) for draw in part.draws), *body.shared


def rows_after(connection: Connection, row: int) -> tuple[list[Row], int]:
    """Entries of all lives stored after number `row`, and the number of the last one."""
    found = connection.execute(
        "SELECT rowid, bytes, hash FROM journal WHERE rowid > ? ORDER BY rowid", (row,)
    )
    rows = found.fetchall()
    return [Row(decode(data), data, digest) for _, data, digest in rows], rows[-1][0] if rows else row


def take_image(connection: Connection, who: Identity, source: Path, target: Path) -> Image:
    """Copy a disk, and note what it says."""
    copy_disk(source, target)
    held = connection.execute("SELECT asset, sum(quantity) FROM slice GROUP BY asset").fetchall()
    head = journal.head(connection)[0]
    drawn: dict[str, int] = {}
    last = journal.entry_at(connection, head)
    body = body_of(last) if last is not None and last.kind == EntryKind.TICKET else None
    if isinstance(body, TicketBody):
        for one in draws_of(body):
            drawn[one.asset] = drawn.get(one.asset, 0) + one.quantity
    state = sync_state(connection)
    last_one = last_gno(connection)
    return Image(target, who.dev, who.inc, head, state.ratchet, state.nonce, last_one, dict(held), drawn)


def fill_up(store: Store) -> None:
    """Leave no room for another page; what the reserve frees is there again."""
    (pages,) = store.writer.execute("PRAGMA page_count").fetchone()
    free = store.free_reserve
    store.writer.execute(f"PRAGMA max_page_count = {pages}")

    def give_up() -> None:
        free()
        store.writer.execute(f"PRAGMA max_page_count = {pages + ROOM_PAGES}")

    store.take_reserve = lambda: False  # type: ignore[method-assign]
    store.free_reserve = give_up  # type: ignore[method-assign]


def clear_up(store: Store) -> None:
    """Somebody has made room."""
    store.writer.execute(f"PRAGMA max_page_count = {MOST_PAGES}")
    for name in ("take_reserve", "free_reserve"):
        if name in vars(store):
            delattr(store, name)


def write_strange(writer: Writer, who: Identity, template: Entry, clock: Clock) -> None:
    """An entry of a release that this one does not know, with a field that it does not know."""

    def job(connection: Connection) -> None:
        seq, prev = journal.head(connection)
        anchor = sync_state(connection).anchor
        entry = msgspec.structs.replace(
            template,
            v=ENTRY_VERSION + 1,
            inc=who.inc,
            seq=seq + 1,
            prev=prev,
            kind="STOCK",
            body=msgspec.Raw(b'{"mug":1}'),
            ticket=None,
            pos_ref=None,
            member=None,
            wall_ms=clock.wall_ms(),
            mono_ms=clock.mono_ms(),
            boot=clock.boot(),
            anchor=anchor.id if anchor is not None else "",
            orig=None,
            remap=(),
        )
        data = encode(entry)[:-1] + b',"shelf":7}'
        digest = chain.entry_hash(prev, data)
        signature = journal._sign(who, seq + 1, digest, None)
        journal._insert(connection, entry, 0, (data, digest, signature))

    writer.run(job, Priority.SCAN)

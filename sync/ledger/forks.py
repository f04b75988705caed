"""A till's entries that its next incarnation sends once more (ledger-and-sync.md 4.5).

They name lots as their first form did. An entry is known by the hash of that form, and only once it is accepted; a
second copy of the till may send it too, and then its lots are other names of the first ones.
"""

from collections import Counter
from collections.abc import Mapping

from sync.entry import (
    Body,
    EnrolBody,
    Entry,
    TicketBody,
    UnreadableEntry,
    body_of,
    decode,
    encode_body,
    lot_id,
)
from sync.ledger.books import replace
from sync.ledger.life_rows import Resubmitted
from sync.ledger.records import InboxRow
from sync.ledger.task import Task, all_draws
from sync.ledger.work import Work
from sync.remap import births_named, parse_lot, renamed

DUPLICATE = "duplicate"


async def is_duplicate(work: Work, entry: Entry, row: InboxRow) -> bool:
    """Whether another copy of the till has sent this entry once more before."""
    if entry.orig is None:
        return False
    first = await work.tx.resubmitted(row.dev, entry.orig)
    return first is not None and (first.inc, first.seq) != (row.inc, row.seq)


async def enrolled_at(work: Work, dev: int, place: Resubmitted) -> int:
    """The number that an accepted entry of a till enrols somebody under; 0 where it does not."""
    row = await work.tx.inbox(dev, place.inc, place.seq)
    try:
        body = None if row is None else body_of(decode(row.data))
    except UnreadableEntry:
        return 0
    return body.member if isinstance(body, EnrolBody) else 0


async def name_twin(work: Work, entry: Entry, body: Body, row: InboxRow) -> bool:
    """A member whom two copies of the till enrol each under a number of its own: the second number is the first's.

    `entry` is the second's word of it, which is a duplicate; whether it is such a one.
    """
    first = None if entry.orig is None else await work.tx.resubmitted(row.dev, entry.orig)
    if not isinstance(body, EnrolBody) or first is None:
        return False
    known = await work.tx.member(await enrolled_at(work, row.dev, first))
    if known is None or known.member == body.member or await work.tx.member(body.member) is not None:
        return False
    twin = replace(
        known, member=body.member, state="merged", alias=known.member, display=b"", note=b"", complaint=b""
    )
    await work.tx.save_member(twin)
    return True


async def task_of(work: Work, entry: Entry, body: Body, row: InboxRow, store: str) -> Task:
    """The entry as it is booked: births by the names they have here, and the lives whose grants it draws on."""
    if row.inc == 1:
        return Task(entry, body, row, store)
    shared = await _shared(work, row.dev, row.inc)
    names, twins = {}, []
    for lot in sorted(births_named(body)):
        name = _name(entry, row, lot, shared)
        first = await _first(work, row, name)
        twins += [first] if first else []
        if lot != (first or name):
            names[lot] = first or name
    if names:
        body = renamed(body, names)
        entry = replace(entry, body=encode_body(body))
    before = await _closed(work, row.dev, shared) if entry.orig is not None else ()
    return Task(entry, body, row, store, before, tuple(twins))


async def drawn_after(work: Work, task: Task) -> Counter[tuple[str, str]]:
    """Units by grant and lot that tickets draw which were sent once more after an entry, as far as they are here."""
    found: Counter[tuple[str, str]] = Counter()
    seq = task.row.seq + 1
    while (row := await work.tx.inbox(task.row.dev, task.row.inc, seq)) is not None:
        seq += 1
        try:
            entry = decode(row.data)
            body = body_of(entry)
        except UnreadableEntry:
            continue
        if entry.orig is None:
            break
        if isinstance(body, TicketBody) and not await is_duplicate(work, entry, row):
            named = (await task_of(work, entry, body, row, task.store)).body
            assert isinstance(named, TicketBody), "other names for the same"
            for one in all_draws(named):
                found[one.grant, one.lot] += one.quantity
    return found


async def begun_ms(work: Work, dev: int, inc: int) -> int:
    """Before when nothing was sold that a life sends once more: the last entry that it shares, or the first pairing."""
    lives = {one.inc: one for one in await work.tx.lives(dev)}
    while inc in lives and 0 < lives[inc].fork_inc < inc:
        shared = await work.tx.inbox(dev, lives[inc].fork_inc, lives[inc].fork_seq)
        if shared is not None:
            return shared.sold_ms
        inc = lives[inc].fork_inc
    return next((one.paired_ms for one in await work.tx.incarnations(dev) if one.inc == inc), 0)


async def _shared(work: Work, dev: int, inc: int) -> dict[int, int]:
    """The lives that `inc` goes on from, and the last entry of each that is one of its own."""
    lives = {one.inc: one for one in await work.tx.lives(dev)}
    found: dict[int, int] = {}
    while inc in lives and 0 < lives[inc].fork_inc < inc:
        found[lives[inc].fork_inc] = lives[inc].fork_seq
        inc = lives[inc].fork_inc
    return found


async def _closed(work: Work, dev: int, lives: Mapping[int, int]) -> tuple[int, ...]:
    found = [await work.tx.incarnation(dev, inc) for inc in lives]
    return tuple(one.inc for one in found if one is not None and one.state != "open")


def _name(entry: Entry, row: InboxRow, lot: str, shared: Mapping[int, int]) -> str:
    """What a birth is called here; "" for one of which this till cannot know, whatever has its name now."""
    name = next((one.new for one in entry.remap if one.old == lot), lot)
    born = parse_lot(name)
    if born is None or born[0] != row.dev:
        return name
    _, inc, seq, _ = born
    unknown = entry.orig is not None and name == lot and inc != row.inc and seq > shared.get(inc, 0)
    return "" if unknown else name


async def _first(work: Work, row: InboxRow, lot: str) -> str:
    """The same lot as another copy of the till brought it before; "" when this name is the first."""
    born = parse_lot(lot)
    if born is None or born[0] != row.dev or born[1:3] == (row.inc, row.seq):
        return ""
    dev, inc, seq, n = born
    bearer = await work.tx.inbox(dev, inc, seq)
    if bearer is None or bearer.code != DUPLICATE:
        return ""
    try:
        orig = decode(bearer.data).orig
    except UnreadableEntry:
        return ""
    first = None if orig is None else await work.tx.resubmitted(dev, orig)
    return "" if first is None else lot_id(dev, first.inc, first.seq, n)

"""A till that is paired once more: it goes on as the next incarnation and sends again what the ledger lacks.

ledger-and-sync.md section 4.5. Its facts are kept, its grants are not: what the till held stays encumbered at the
centre. Only what it gave itself and the ledger has not accepted yet stays here, under the new names of the lots.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sync.entry import Entry, Remap, UnreadableEntry, body_of, decode, lot_id
from sync.grants import BIRTH
from sync.papers import Shared
from sync.remap import births, births_named
from sync.sqlite_driver import Connection
from sync.till import cursors, floors, journal, numbers_store
from sync.till.identity import Identity, identity, save_pairing
from sync.till.renumber import enrolled, renumber_here, renumbered
from sync.wire import Became, PairAnswer, ReconcileAnswer, Unsent

_replace = msgspec.structs.replace
ASK_AT_ONCE = 2_000
_BIRTHS = f"SELECT * FROM slice WHERE kind = '{BIRTH}' AND quantity > 0"  # noqa: S608 - our own constant


def unsent(connection: Connection, who: Identity, first: int) -> tuple[Unsent, ...]:
    """The entries from `first` on: the last accepted one shows how far the ledger and this till are the same."""
    return tuple(
        Unsent(entry.seq, digest, entry.orig or digest)
        for entry, digest, _ in _entries(connection, who.inc, first)
    )


def joined(answers: list[ReconcileAnswer]) -> ReconcileAnswer:
    """The answers about parts of the journal as one."""
    here = [seq for one in answers for seq in one.here]
    return ReconcileAnswer(tuple(here), tuple(became for one in answers for became in one.became))


def asked_from(accepted: int, known: ReconcileAnswer) -> int:
    """The entry from which on the ledger is asked: from the first, if it lacks the last one that it had `accepted`."""
    return 1 if accepted and accepted not in known.here else accepted


def go_on(
    connection: Connection, answer: PairAnswer, private_key: bytes, url: str, known: ReconcileAnswer
) -> Identity:
    """Become the next incarnation, with an empty chain but for what the ledger does not have of the former one."""
    before = identity(connection)
    assert before is not None, "only a till that was paired goes on"
    state = cursors.sync_state(connection)
    entries = list(_entries(connection, before.inc, asked_from(state.accepted_seq, known)))
    held = connection.execute(_BIRTHS)
    columns = [column[0] for column in held.description]
    own = [dict(zip(columns, row, strict=True)) for row in held]
    numbers_store.use_up(connection)
    who = save_pairing(connection, answer, private_key, url)
    fresh = cursors.sync_state(connection)
    kept = _replace(
        fresh,
        anchor=state.anchor,
        last_contact_ms=state.last_contact_ms,
        papers=(*state.papers, *fresh.papers),
        over=(*state.over, Shared(before.inc, max(known.here, default=0))),
    )
    cursors.save_sync_state(connection, kept)
    numbers = _numbers(connection, entries, known, state.accepted_seq)
    names = _send_again(connection, who, before, entries, known, numbers)
    for birth in own:
        _keep_birth(connection, birth, names, numbers, who)
    renumber_here(connection, who, numbers)
    return who


def _entries(connection: Connection, inc: int, first: int) -> Iterator[tuple[Entry, bytes, bool]]:
    """Entries of an incarnation from `first` on, with their hash, and whether they end a commit."""
    rows = connection.execute(
        "SELECT bytes, hash, sig FROM journal WHERE inc = ? AND seq >= ? ORDER BY seq", (inc, first)
    ).fetchall()
    for data, digest, signature in rows:
        yield decode(data), digest, signature is not None


def _numbers(
    connection: Connection,
    entries: list[tuple[Entry, bytes, bool]],
    known: ReconcileAnswer,
    confirmed: int,
) -> dict[int, int]:
    """Old to new: members whom another copy brought under a number of its own, and whom the ledger has not confirmed.

    The entries up to `confirmed` it had once; if it was restored since, other tills know their members as they were.
    """
    here, became = set(known.here), {one.seq: one.member for one in known.became}
    found: dict[int, int] = {}
    for entry, _, _ in entries:
        number = enrolled(entry) if entry.seq not in here else 0
        if number and became.get(entry.seq):
            found[number] = became[entry.seq]
        elif number and entry.seq not in became and entry.seq > confirmed:
            found[number] = numbers_store.take(connection, numbers_store.MEMBER)
    return found


def _send_again(
    connection: Connection,
    who: Identity,
    before: Identity,
    entries: list[tuple[Entry, bytes, bool]],
    known: ReconcileAnswer,
    numbers: Mapping[int, int],
) -> dict[str, str]:
    """Write what the ledger lacks at the start of the new chain; the new names of lots that it has under others."""
    here, became = set(known.here), {one.seq: one for one in known.became}
    lacking = [one for one in entries if one[0].seq not in here and one[0].seq not in became]
    names: dict[str, str] = {}
    for entry, digest, ends in entries:
        if entry.seq in here:
            continue
        place = became.get(entry.seq) or Became(entry.seq, who.inc, journal.next_seq(connection))
        own = {
            lot_id(before.dev, before.inc, entry.seq, n): lot_id(who.dev, place.inc, place.as_seq, n)
            for n in range(_births(entry))
        }
        names |= own
        if entry.seq not in became:
            fresh = _replace(entry, orig=entry.orig or digest, remap=_remap(entry, names, own))
            fresh = renumbered(fresh, numbers)
            journal.append_again(connection, who, fresh, ends=ends or digest == lacking[-1][1])
            journal.move_blobs(connection, (before.inc, entry.seq), (who.inc, place.as_seq))
            _count(connection, fresh, place.as_seq)
    return names


def _count(connection: Connection, entry: Entry, seq: int) -> None:
    """What it gave beyond grants counts on under its new number."""
    try:
        floors.count(connection, entry.ticket or "", seq, entry.member, body_of(entry))
    except UnreadableEntry:
        return


def _births(entry: Entry) -> int:
    try:
        return births(body_of(entry))
    except UnreadableEntry:
        return 0  # of a later release: the ledger will say what it was


def _remap(entry: Entry, names: Mapping[str, str], own: Mapping[str, str]) -> tuple[Remap, ...]:
    """What lots are called now that the entry gave or names; those it was sent again with before are led on."""
    found = {one.old: names.get(one.new, one.new) for one in entry.remap}
    try:
        named = births_named(body_of(entry))
    except UnreadableEntry:
        named = set()
    found |= {lot: names[lot] for lot in named if lot in names and lot not in found}
    found |= {old: new for old, new in own.items() if new not in found.values()}
    return tuple(Remap(old, new) for old, new in sorted(found.items()))


def _keep_birth(
    connection: Connection,
    birth: dict[str, Any],
    names: Mapping[str, str],
    numbers: Mapping[int, int],
    who: Identity,
) -> None:
    """A birth that this incarnation sends again is a grant to it, with what is left of it."""
    lot = names.get(birth["lot"], "")
    dev, inc, seq = (int(part) for part in lot.split("-")[:3]) if lot else (0, 0, 0)
    if (dev, inc) != (who.dev, who.inc):
        return
    member = numbers.get(birth["member"], birth["member"])
    row = {**birth, "lot": lot, "grant_id": lot, "born_seq": seq, "member": member}
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"INSERT INTO slice({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - our own column names
        tuple(row.values()),
    )

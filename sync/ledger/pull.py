"""What a till reads after its cursors, all from one consistent read (section 5.1)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from sync.delegation import Sign
from sync.ledger.account_view import member_rows
from sync.ledger.apply import APPLIED
from sync.ledger.grants import is_heard, missed_grants
from sync.ledger.publications import CONFIG, item_of
from sync.ledger.records import Incarnation
from sync.ledger.shelf import read_shelf
from sync.ledger.store_tills import tills_for
from sync.ledger.thin import thin_news
from sync.ledger.work import Work
from sync.publication import ConfigItem, Revocation, signed
from sync.thin import scope_of
from sync.wire import Block, Cursor, Disposition, MemberRow, PullAnswer, PullRequest, pack

HOTLIST = "hotlist"
ROWS_AT_ONCE = 200
CHANGES_AT_ONCE = 5_000
MIN_BYTES = 64 * 1024


def buckets_of(till: Incarnation) -> tuple[str, ...]:
    """The buckets a till reads."""
    return HOTLIST, CONFIG, f"store:{till.store}", f"device:{till.dev}"


async def pull(work: Work, till: Incarnation, request: PullRequest, epoch: int, sign: Sign) -> PullAnswer:
    """Changes after the cursors, as far as `max_bytes` goes; revocations alone, where there are any, and thin rows."""
    for cursor in request.cursors:
        if scope_of(cursor.bucket) is not None:  # by itself: nobody waits for it, and it may be long
            return await thin_news(work, till, cursor, epoch, await read_shelf(work))
    cursors = [cursor for cursor in request.cursors if cursor.bucket in buckets_of(till)]
    if any(cursor.epoch not in (0, epoch) for cursor in cursors):
        fresh = tuple(Cursor(cursor.bucket, epoch, 0) for cursor in cursors)
        return PullAnswer((), (), (), (), fresh, till.acc_seq, False, must_refetch=True)
    hotlist, read = await _hotlist(work, cursors, sign)
    if hotlist:
        ends = [Cursor(cursor.bucket, epoch, read.get(cursor.bucket, cursor.pos)) for cursor in cursors]
        return PullAnswer((), (), (), (), tuple(ends), till.acc_seq, True, hotlist=hotlist)
    parts: dict[str, Any] = {"config": (), "members": (), "dispositions": (), "blocks": ()}
    if request.last_gno >= 0 and is_heard(till, request):
        parts["grants"] = await missed_grants(work.tx, till.dev, till.inc, request.last_gno)
        parts["recalls"] = await work.tx.recalled(till.dev, till.inc)
    ends = []
    more = False
    told: Sequence[str] = ()
    for cursor in cursors:
        end = read.get(cursor.bucket, cursor.pos)
        if cursor.bucket == CONFIG:
            parts["config"], end = await _config(work, till, cursor, sign)
        elif cursor.bucket.startswith("store:"):
            found = await _members(work, till, cursor, max(MIN_BYTES, request.max_bytes))
            parts["members"], parts["gone"], end, more = found
        elif cursor.bucket != HOTLIST:
            parts["dispositions"], parts["blocks"], told, end = await _device(work, till, cursor)
        ends.append(Cursor(cursor.bucket, epoch, end))
    parts["tills"] = await tills_for(work, till, request.tills, told, epoch, sign)
    return PullAnswer(cursors=tuple(ends), own_seq=till.acc_seq, more=more, **parts)


async def _hotlist(
    work: Work, cursors: Sequence[Cursor], sign: Sign
) -> tuple[tuple[Revocation, ...], dict[str, int]]:
    """Who was revoked since the till last asked, and how far it has read then."""
    changes = [
        change
        for cursor in cursors
        if cursor.bucket == HOTLIST
        for change in await work.tx.changes(HOTLIST, cursor.pos, CHANGES_AT_ONCE)
    ]
    if not changes:
        return (), {}
    number = {row.id: row.revoked for row in await work.tx.staff() if row.revoked}
    revoked = [Revocation(key, number[key]) for key, _ in changes if key in number]
    return tuple(signed(one, sign) for one in revoked), {HOTLIST: changes[-1][1]}


async def _config(
    work: Work, till: Incarnation, cursor: Cursor, sign: Sign
) -> tuple[tuple[ConfigItem, ...], int]:
    """What is new for the till's store, each item signed for whoever gets it from whom."""
    rows = await work.tx.published_after(cursor.pos)
    items = tuple(signed(item_of(row, pos), sign) for row, pos in rows if row.is_for(till.store))
    return items, rows[-1][1] if rows else cursor.pos


async def _members(
    work: Work, till: Incarnation, cursor: Cursor, max_bytes: int
) -> tuple[tuple[MemberRow, ...], tuple[int, ...], int, bool]:
    """Rows that changed, members who are no longer the store's, how far that is read, and whether there is more."""
    changes = await work.tx.changes(cursor.bucket, cursor.pos, CHANGES_AT_ONCE)
    rows: list[MemberRow] = []
    gone: list[int] = []
    end, size = cursor.pos, 0
    for start in range(0, len(changes), ROWS_AT_ONCE):
        chunk = changes[start : start + ROWS_AT_ONCE]
        pos_of = {int(key): pos for key, pos in chunk}
        known = await work.tx.in_scope(till.store, tuple(pos_of))
        gone += [member for member in pos_of if member not in known]
        found = await member_rows(work, till, [member for member in pos_of if member in known], 0)
        rows += [msgspec.structs.replace(row, pos=pos_of[row.member]) for row in found]
        end = chunk[-1][1]
        size += sum(len(pack(row)) for row in found)
        if size >= max_bytes:
            more = start + ROWS_AT_ONCE < len(changes) or len(changes) == CHANGES_AT_ONCE
            return tuple(rows), tuple(gone), end, more
    return tuple(rows), tuple(gone), end, len(changes) == CHANGES_AT_ONCE


async def _device(
    work: Work, till: Incarnation, cursor: Cursor
) -> tuple[tuple[Disposition, ...], tuple[Block, ...], list[str], int]:
    changes = await work.tx.changes(cursor.bucket, cursor.pos, CHANGES_AT_ONCE)
    blocks = await work.tx.blocks(till.dev, till.inc, cursor.pos)
    keys = [key for key, _ in changes]
    dispositions = await dispositions_of(work, till, keys)
    end = changes[-1][1] if changes else cursor.pos
    return dispositions, tuple(Block(block.kind, block.first, block.last) for block in blocks), keys, end


async def dispositions_of(work: Work, till: Incarnation, keys: Sequence[str]) -> tuple[Disposition, ...]:
    """What became of this incarnation's entries named `entry:inc:seq`."""
    found = []
    for key in keys:
        what, _, rest = key.partition(":")
        inc, _, seq = rest.partition(":")
        if what == "entry" and int(inc) == till.inc:
            row = await work.tx.inbox(till.dev, till.inc, int(seq))
            if row is not None:
                found.append(Disposition(row.seq, row.disposition or APPLIED, row.code))
    return tuple(found)

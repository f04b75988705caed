"""After a restore from an older copy (failure table of ledger-and-sync.md, row 27).

The ledger begins a new epoch and is in recovery mode: no new grants, leases or holds. Tills send again what the copy
lacks and present the signed grants that it does not know. A presented grant is put back as soon as its units are
available; entries that draw on it wait in quarantine until then, so that it does not matter who comes first. What is
free may still be a till's: until the end it turns into nothing else, as stamps into a free item. It ends when every
till that was expected has said everything, in its next life where it was paired again meanwhile, or by the operator;
what nobody can find then is counted (G2).
"""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from sync.delegation import GRANTS, holds
from sync.entry import GrantReturnBody, Slice, UnreadableEntry, body_of, decode
from sync.ledger.allowances import make_again
from sync.ledger.books import AVAILABLE, Books, Origin, Why, granted, replace
from sync.ledger.effect import EFFECTS
from sync.ledger.ended import CLOSED
from sync.ledger.grants import ask_back, grant_bytes, recall
from sync.ledger.operation_rows import ExpectedRow, FreedRow, PresentedRow
from sync.ledger.port import Transaction
from sync.ledger.records import GrantRow, Incarnation
from sync.ledger.recovery_late import Piece, spent_before
from sync.ledger.report import retry
from sync.ledger.shares import open_books
from sync.ledger.waits import COPIED, RECOVERY, recovering
from sync.ledger.work import Work
from sync.shares import is_allowance
from sync.wire import PRESENTED_AT_ONCE, Grant, PushRequest, pack

# Numbers that lost books may have given out are not given again: none since the copy, and none of another ledger that
# was restored from it before, since each begins beyond what can be used up in all seconds so far, and beyond what was
# used in the books whose place it takes, where they are still there. Of serials and tills there are too few for that:
# they are apart by minutes, and none is given before the minute of the restore is over.
BEGAN_MS = 1_767_225_600_000  # 2026-01-01 UTC
APART = 1_000_000
A_SECOND = 20_000
FEW = {"serial": (APART, 1_000), "device": (1_000, 1)}
RESTORED = "restored"
"""The ledger's value that says in which minute it was restored; empty where it knows what was numbered in that one."""
COUNTERS = ("anchor", "device", "event", "imported", "lot", "member", "serial")


class Used(msgspec.Struct, frozen=True):
    """Epoch and last numbers of the books whose place restored ones take; none where they are lost."""

    epoch: int = 0
    counters: Mapping[str, int] = {}


async def begin(tx: Transaction, now_ms: int, used: Used = Used()) -> int:  # noqa: B008 - immutable
    """Make these books those of a restored ledger; the new epoch, above that of every other copy and of `used`."""
    copied = int(await tx.value("ledger_epoch") or b"1")
    epoch = max(copied + 1, now_ms // 1000, used.epoch + 1)
    await tx.save_value("ledger_epoch", str(epoch).encode())
    await tx.save_value(RECOVERY, str(now_ms).encode())
    await tx.save_value(COPIED, str((await tx.positions((EFFECTS,)))[EFFECTS]).encode())
    minute, seconds = _minute(now_ms), max(0, now_ms - BEGAN_MS) // 1000
    await tx.save_value(RESTORED, b"" if used.epoch > copied else str(minute).encode())
    for name in COUNTERS:
        apart, by_now = APART, seconds * A_SECOND
        if name in FEW:
            apart, by_now = FEW[name][0], minute * FEW[name][1]
        last = await tx.counter(name)
        beyond = used.counters.get(name, 0) + apart
        await tx.advance(name, max(apart, by_now - last, beyond - last))
    await tx.forget_expected()
    # One that is written off is not waited for, and heard like all others if it comes after all.
    tills = [one for one in await tx.incarnations() if one.state == "open"]
    await tx.expect([ExpectedRow(one.dev, one.inc, one.acc_seq) for one in tills])
    return epoch


def _minute(at_ms: int) -> int:
    return max(0, at_ms - BEGAN_MS) // 60_000


async def few_wait_s(work: Work) -> int:
    """Seconds until serials and numbers of tills may be given: until then another restore may have given the same."""
    restored = await work.tx.value(RESTORED)
    over = not restored or int(restored) != _minute(work.now_ms)
    return 0 if over else 60 - work.now_ms // 1000 % 60


async def expected(work: Work, till: Incarnation) -> ExpectedRow | None:
    """What is still to be heard of a till since the restore, None for nothing."""
    rows = await work.tx.expected(till.dev, till.inc)
    return rows[0] if rows and not rows[0].reported_ms else None


async def welcome(work: Work, till: Incarnation, row: ExpectedRow, request: PushRequest) -> Incarnation:
    """A till speaks again: its first word is taken at whatever ratchet the lost books had given it.

    What these books have heard before is not its word: it is that push, played again.
    """
    if row.spoke_ms or await work.tx.was_heard(till.dev, till.inc, request.nonce):
        return till
    await work.tx.expect([replace(row, spoke_ms=work.now_ms)])
    return replace(till, ratchet=request.ratchet)


async def hear(work: Work, till: Incarnation, request: PushRequest, server_key: bytes) -> Incarnation:
    """Keep the grants that a till presents, and put back what can be; the till as saved.

    Those that begin too late were asked for by another restored ledger, which knew more: this one asks itself.
    """
    if request.presented is None or any(one.gno > till.last_gno + 1 for one in request.presented[:1]):
        return till
    genuine = [one for one in request.presented if _is_ours(one, till, server_key)]
    await work.tx.present([PresentedRow(till.dev, till.inc, one.gno, pack(one)) for one in genuine])
    more = len(request.presented) == PRESENTED_AT_ONCE
    last = max([till.last_gno, *(one.gno for one in genuine)])
    till = replace(till, last_gno=last if more else max(last, request.last_gno))
    await work.tx.save_incarnation(till)
    if await recovering(work.tx):
        await put_back(work)
    else:
        await _put_back_late(work, till, said_all=False)
    return till


async def heard(work: Work, till: Incarnation, request: PushRequest) -> None:
    """After a push: try again what waits, note who has said everything, and end when all have."""
    if await recovering(work.tx) and await put_back(work):
        await retry(work)
    [row] = await work.tx.expected(till.dev, till.inc)
    if till.backlog or request.last_gno > till.last_gno:
        return
    if not await recovering(work.tx):
        await _put_back_late(work, till, said_all=True)
    await work.tx.expect([replace(row, reported_ms=work.now_ms)])
    await end_if_heard(work)


async def end_if_heard(work: Work) -> None:
    """Leave recovery mode when no till is expected any more."""
    if not await recovering(work.tx):
        return
    if not await awaited(work.tx):
        await end(work)


async def awaited(tx: Transaction) -> tuple[tuple[ExpectedRow, Incarnation], ...]:
    """The tills that have not said everything yet: those at work, and those that must be paired again first."""
    lives = await tx.incarnations()
    newest = {one.dev: one.inc for one in sorted(lives, key=lambda one: one.inc)}
    coming = {
        (one.dev, one.inc): one
        for one in lives
        if one.may_hold or (one.state == CLOSED and one.inc == newest[one.dev] and not one.written_off_ms)
    }
    silent = [one for one in await tx.expected() if not one.reported_ms]
    return tuple([(row, coming[row.dev, row.inc]) for row in silent if (row.dev, row.inc) in coming])


async def go_on(work: Work, till: Incarnation, before: Incarnation) -> None:
    """A till that was expected is paired again as `till`: what `before` would have said comes with the next life."""
    if await recovering(work.tx) and await expected(work, before) is not None:
        await work.tx.expect([ExpectedRow(till.dev, till.inc, 0, spoke_ms=work.now_ms)])


async def end(work: Work) -> None:
    """Leave recovery mode: what is presented and cannot be found is counted, what waits is applied as it is.

    Only then what is left turns into something else: with the next look at each member's leases.
    """
    await work.hears_tills()
    await work.tx.save_value(RECOVERY, b"")
    await put_back(work, final=True)
    await retry(work)


async def put_back(work: Work, *, final: bool = False) -> bool:
    """Put presented grants back into the books, `final` ones as far as they go; whether there was any."""
    done = False
    for row in await work.tx.presented():
        done = await _reinstate(work, row, final, MappingProxyType({})) or done
    return done


async def _put_back_late(work: Work, till: Incarnation, *, said_all: bool) -> None:
    """Put back as far as they go what a till presents after the end; what it has spent of them is booked without them.

    Whom it enrolled is known once it has `said_all`: until then the grants of nobody known wait.
    """
    spent = await spent_before(work, till)
    for row in await work.tx.presented():
        mine = (row.dev, row.inc) == (till.dev, till.inc)
        member = msgspec.msgpack.decode(row.data, type=Grant).member
        if mine and (said_all or is_allowance(member) or await work.tx.member(member) is not None):
            await _reinstate(work, row, True, spent)


async def _reinstate(work: Work, row: PresentedRow, final: bool, spent: Mapping[Piece, int]) -> bool:
    """Put one grant back if all of it is there; a `final` one as far as it goes, and what is missing is counted."""
    grant = msgspec.msgpack.decode(row.data, type=Grant)
    if is_allowance(grant.member):
        await open_books(work, grant.member, "")
    record = await work.tx.member(grant.member)
    returned = await _returned(work, row, grant.id)
    gone = {one.lot: returned[one.lot] + spent.get((grant.id, one.lot), 0) for one in grant.slices}
    needs = {one.lot: max(0, one.quantity - gone[one.lot]) for one in grant.slices}
    books = None
    if record is not None:
        zone = record.store or (await work.tx.stores())[0].store  # what a campaign has is no store's own
        day = (await work.moment(zone, work.now_ms)).bdate
        books = await work.books(record.member, Origin(0, 0, 0, day), list(needs))
    if books is not None and is_allowance(books.member):
        make_again(books, grant, needs)
    found = {one.lot: min(needs[one.lot], _free(books, one)) for one in grant.slices}
    if (found != needs or books is None) and not final:
        return False  # another till may have to say first whom it enrolled
    if books is not None:
        _move(books, grant, row, found)
        await work.tx.save_data(books.changes())
        if found != needs:
            await recall(work, books.grants[grant.id])  # so that the till does not spend what nobody can find
        await work.tx.mark_due(books.member)
        await work.announce(books.member)
    else:  # of somebody whom nobody has told of: the till gives it back, and spends none of it
        await ask_back(work, row.dev, row.inc, grant.id)
    await work.tx.drop_presented(row)
    await work.tx.add_freed(
        [
            FreedRow(
                grant.member, grant.id, one.lot, one.asset, row.dev, row.inc, short, RECOVERY, work.now_ms
            )
            for one in grant.slices
            if (short := needs[one.lot] - found[one.lot])
        ]
    )
    return True


def _free(books: Books | None, piece: Slice) -> int:
    """What is available of the lot that a slice names; nothing where it is not there or is something else."""
    lot = books.lots.get(piece.lot) if books is not None else None
    return lot.available if lot is not None and lot.asset == piece.asset else 0


def _move(books: Books, grant: Grant, row: PresentedRow, found: Mapping[str, int]) -> None:
    books.add_grant(
        GrantRow(
            id=grant.id,
            member=books.member,
            dev=row.dev,
            inc=row.inc,
            gno=grant.gno,
            kind=grant.kind,
            ticket=grant.ticket,
            issued_pos=grant.issued_pos,
            signature=grant.signature,
            signed_for=0 if grant.member == books.member else grant.member,
        )
    )
    for lot, units in found.items():
        if units:
            books.move(lot, AVAILABLE, granted(grant.id), units, Why("REINSTATE", grant.ticket))


async def _returned(work: Work, row: PresentedRow, grant: str) -> Counter[str]:
    """Units by lot that the till has given back of a grant in entries that wait: they are not its any more."""
    units: Counter[str] = Counter()
    for one in await work.tx.quarantined():
        if (one.dev, one.inc) != (row.dev, row.inc):
            continue
        try:
            body = body_of(decode(one.data))
        except UnreadableEntry:
            continue
        if isinstance(body, GrantReturnBody) and body.grant == grant:
            units.update({piece.lot: piece.quantity for piece in body.slices})
    return units


def _is_ours(grant: Grant, till: Incarnation, server_key: bytes) -> bool:
    """Whether the ledger gave this grant to this till, after the copy was made."""
    if grant.id != f"g-{till.dev}-{till.inc}-{grant.gno}" or grant.gno <= till.last_gno:
        return False
    return holds(grant.signature, grant_bytes(grant), server_key, GRANTS)

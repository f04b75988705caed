"""What a member may still get under caps and limits, at the centre: lent to tills, never more than is left of it.

Units of it are made when they are lent, and gone when a ticket has used them or its till has given them back. What is
left is always worked out anew: what the rules allow in the period, less what the history has used up, less what lies
at tills. So nothing has to be made for a new period, nor taken away after an old one. The books are those of an
account beside the member's, since a till's share is nothing that the member owns.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from rules.account import FOREVER, Account
from rules.allowances import Allowance, allowances_of
from rules.programme.model import Programme
from sync.ledger.books import AVAILABLE, OUTSIDE, Books, Why
from sync.ledger.grants import HOLD, LEASE, Sign, issue, recall
from sync.ledger.records import Incarnation, Lot, MemberRecord
from sync.ledger.shares import open_books
from sync.ledger.touched import Touched
from sync.ledger.work import Work
from sync.shares import allowance_account
from sync.wire import Grant, Want

KEPT = timedelta(days=60)
"""Lots that are used up are kept for as long as a late undo may still come."""


class Room(msgspec.Struct, frozen=True):
    """The books of what lies at tills, and what the rules leave of each allowance, lent units not deducted."""

    books: Books
    left: Mapping[str, int]

    def free(self, counter: str) -> int:
        """Units that may be lent now; below 0 where more lies at tills than is left."""
        return self.left.get(counter, 0) - lent(self.books, counter)


async def known(work: Work, member: int) -> MemberRecord | None:
    """A member's record without holding it: who draws on an allowance holds its account, and that comes first."""
    rows = await work.tx.lines((member,))
    return rows[0][0].record if rows else None


async def room_of(work: Work, record: MemberRecord, programme: Programme, today: date) -> Room:
    """What `programme` leaves a member on `today`; nobody else lends of it until the transaction ends."""
    account = allowance_account(record.member)
    if await work.tx.member(account) is None:
        await work.tx.lock(Touched(members=(account,)))  # it has no row yet that could be held
    books = await open_books(work, account, "")
    return Room(books, left_of(allowances_of(programme), record, today))


def left_of(allowances: Iterable[Allowance], record: MemberRecord, today: date) -> dict[str, int]:
    """By counter, what the member's history leaves in the period of `today`."""
    state = msgspec.json.decode(record.history, type=Account).state
    return {one.counter: one.left(state, today) for one in allowances}


def lent(books: Books, counter: str) -> int:
    """Units that lie at tills."""
    return sum([piece.rem for piece in books.slices.values() if piece.asset == counter])


async def hold_room(
    work: Work, till: Incarnation, room: Room, ticket: str, wants: Sequence[Want], sign: Sign
) -> int:
    """Lend a ticket what it wants, as far as it goes; the number of the grant, 0 for none.

    What is short lies at other tills, which are asked for their leases.
    """
    free = {want.asset: room.free(want.asset) for want in wants}
    short = [
        want.asset for want in wants if free[want.asset] < min(want.quantity, room.left.get(want.asset, 0))
    ]
    await _ask_back(work, room.books, short, but=till.dev)
    return await _lend(work, till, room, HOLD, ticket, wants, sign)


async def _lend(
    work: Work, till: Incarnation, room: Room, kind: str, ticket: str, wants: Iterable[Want], sign: Sign
) -> int:
    fit = [Want(one.asset, min(one.quantity, room.free(one.asset))) for one in wants]
    fit = [one for one in fit if one.quantity > 0]
    for one in fit:
        lot = Lot(
            await work.lot_name(), one.asset, one.quantity, room.books.origin.day, date.min, FOREVER, "ADJUST"
        )
        room.books.issue(lot, AVAILABLE, Why("ADJUST", ticket))
    if not fit:
        return 0
    gno, _ = await issue(work, till, room.books, kind, ticket, fit, sign)
    await work.tx.save_data(room.books.changes())
    return gno


async def _ask_back(work: Work, books: Books, counters: Iterable[str], but: int = 0) -> None:
    """Recall the leases of these counters, but for those of a till."""
    wanted = set(counters)
    for grant in books.grants.values():
        pieces = [piece for piece in books.slices.values() if piece.id == grant.id and piece.rem]
        if grant.kind == LEASE and grant.dev != but and any(piece.asset in wanted for piece in pieces):
            await recall(work, grant)


async def lease_room(
    work: Work, room: Room, keepers: Sequence[Incarnation], shares: Mapping[str, int], sign: Sign
) -> None:
    """Bring every keeper's lease up to its share where less than half is left; ask back what lies elsewhere.

    Nothing stays out of a counter of which more lies at tills than is left of it.
    """
    books = room.books
    over = {piece.asset for piece in books.slices.values() if room.free(piece.asset) < 0}
    await _ask_back(work, books, over)
    homes = {(till.dev, till.inc) for till in keepers}
    for grant in books.grants.values():
        if grant.kind == LEASE and (grant.dev, grant.inc) not in homes:
            await recall(work, grant)
    for till in keepers:
        have = {counter: _leased_to(books, till, counter) for counter in shares}
        wants = [
            Want(counter, share - have[counter])
            for counter, share in shares.items()
            if have[counter] * 2 < share
        ]
        gno = await _lend(work, till, room, LEASE, "", wants, sign)
        if gno:
            await work.tx.log(f"device:{till.dev}", f"grant:{till.inc}:{gno}")
    before = datetime.fromtimestamp(work.now_ms / 1000, UTC).date() - KEPT
    await work.tx.forget_used(books.member, before)


def _leased_to(books: Books, till: Incarnation, counter: str) -> int:
    mine = {
        grant.id
        for grant in books.grants.values()
        if grant.kind == LEASE and (grant.dev, grant.inc) == (till.dev, till.inc)
    }
    return sum([piece.rem for piece in books.slices.values() if piece.id in mine and piece.asset == counter])


def make_again(books: Books, grant: Grant, needs: Mapping[str, int]) -> None:
    """Let what a restored ledger does not know be there, so that a grant that a till shows can be put back."""
    for piece in grant.slices:
        units, why = needs[piece.lot], Why("ADJUST", grant.ticket)
        if piece.lot in books.lots:
            books.move(piece.lot, OUTSIDE, AVAILABLE, units, why)
        else:
            day = books.origin.day
            books.issue(Lot(piece.lot, piece.asset, units, day, date.min, FOREVER, "ADJUST"), AVAILABLE, why)

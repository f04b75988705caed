"""Leases: what a member may need at the usual store when the line is down lies there before (ledger-and-sync.md 4.7).

A lease of a store lives on one of its tills, chosen by the member's number alone, so that nobody has to agree on it.
Nothing here frees a unit: what lies in the wrong place is asked back, and comes with the till's own word.
"""

import contextlib
from collections.abc import Mapping, Sequence

from rules.account import POINTS
from rules.allowances import allowances_of
from rules.programme.model import Programme
from rules.tools.offers import cheapest
from sync.floors import LEASE_CAP
from sync.grants import custody
from sync.ledger.allowances import known, lease_room, room_of
from sync.ledger.books import Books, Origin
from sync.ledger.grants import LEASE, Sign, issue, recall
from sync.ledger.records import GrantRow, Incarnation, MemberRecord
from sync.ledger.shares import review_shares
from sync.ledger.sizing import homes, shares
from sync.ledger.waits import COPIED
from sync.ledger.work import Quarantined, Work
from sync.shares import allowance_account, is_allowance, is_shared, whose_allowance
from sync.wire import Want

WHOLE = ("reward:", "voucher:")
"""What is spent whole lies in one store only, the most visited one."""


async def review(work: Work, sign: Sign, member: int) -> None:
    """Review one member of whom something has changed."""
    await work.position()  # grants are given as of before anything is logged here
    with contextlib.suppress(Quarantined):  # its store is not known (yet): there is nobody to lease to
        if is_allowance(member):
            await _review_allowance(work, sign, whose_allowance(member))
        else:
            await (review_shares if is_shared(member) else _review)(work, sign, member)
    await work.tx.clear_due((member,))


async def _review(work: Work, sign: Sign, member: int) -> None:
    await _hold_tills(work, member)
    record = await work.tx.member(member)
    if record is None or record.member != member:
        return
    if await work.tx.value(COPIED):
        await _catch_up(work, record)
    if record.state != "active":
        return
    programme = await work.programme(record.programme)
    if programme is None:
        return
    if allowances_of(programme):
        await work.tx.mark_due(allowance_account(member))
    at, keepers = await _keepers(work, member)
    today = await work.today(record.store, record.programme)
    books = await work.books(member, Origin(0, 0, 0, today))
    wanted = await _wanted(work, books, programme, at, keepers)
    await _ask_back(work, books, wanted)
    await _top_up(work, sign, books, keepers, wanted)


async def _wanted(
    work: Work,
    books: Books,
    programme: Programme,
    at: Sequence[tuple[int, int]],
    keepers: Mapping[str, Incarnation],
) -> dict[int, dict[str, int]]:
    """What should lie at each keeper, by device and asset."""
    if await work.tx.count_tills() == 1:  # what it does not hold nobody could give
        at = [(100, tills) for _, tills in at]
    wanted: dict[int, dict[str, int]] = {till.dev: {} for till in keepers.values()}
    for asset, price in cheapest(programme).items():
        total = sum([lot.available for lot in books.free_lots(asset)]) + _leased(books, asset)
        if asset.startswith(WHOLE):
            split = [total] if keepers else []
        elif asset == POINTS:
            cap = await work.tx.value(LEASE_CAP)
            split = shares(
                total, price, await work.tx.burned(books.member, asset), at, int(cap) if cap else None
            )
        else:
            continue
        for store, units in zip(keepers, split, strict=False):
            wanted[keepers[store].dev][asset] = units
    return wanted


async def _catch_up(work: Work, record: MemberRecord) -> None:
    """What had to wait while the ledger heard its tills after a restore."""
    today = await work.today(record.store, record.programme)
    books = await work.books(record.member, Origin(0, 0, 0, today))
    await work.bring_up(books, today)
    if books.postings:
        await work.save(books)
        await work.announce(books.member)


async def _review_allowance(work: Work, sign: Sign, member: int) -> None:
    """Lease half of what a member's caps and limits allow to where the member is at home; all of it to a lone till."""
    await _hold_tills(work, member)
    record = await known(work, member)
    programme = None if record is None else await work.programme(record.programme)
    if record is None or programme is None or record.state != "active":
        return
    _, keepers = await _keepers(work, member)
    part = 1 if await work.tx.count_tills() == 1 else 2 * max(1, len(keepers))
    shares = {one.counter: one.units // part for one in allowances_of(programme)}
    room = await room_of(work, record, programme, await work.today(record.store, record.programme))
    await lease_room(work, room, tuple(keepers.values()), shares, sign)


async def _hold_tills(work: Work, member: int) -> None:
    """Hold the tills that may be given a lease, before their member, as a push does: so nobody waits in a circle."""
    _, keepers = await _keepers(work, member)
    for dev, inc in sorted((till.dev, till.inc) for till in keepers.values()):
        await work.tx.incarnation(dev, inc)


async def _keepers(work: Work, member: int) -> tuple[tuple[tuple[int, int], ...], dict[str, Incarnation]]:
    """Share of the visits and number of tills of each store where the member is at home, and its keeper of leases.

    The keeper is one of its tills (rendezvous hashing); a store without any is no home.
    """
    at, found = [], {}
    for store, share in homes(await work.tx.visits(member), work.now_ms):
        tills = await work.tx.open_tills(store)
        if tills:
            at.append((share, len(tills)))
            found[store] = max(tills, key=lambda till: custody(member, till.dev))
    return tuple(at), found


def _leased(books: Books, asset: str) -> int:
    leases = {grant.id for grant in books.grants.values() if grant.kind == LEASE}
    return sum([piece.rem for piece in books.slices.values() if piece.id in leases and piece.asset == asset])


def _held(books: Books, grant: GrantRow) -> dict[str, int]:
    """What a grant still has, by asset."""
    found: dict[str, int] = {}
    for piece in books.slices.values():
        if piece.id == grant.id and piece.rem:
            found[piece.asset] = found.get(piece.asset, 0) + piece.rem
    return found


async def _ask_back(work: Work, books: Books, wanted: Mapping[int, Mapping[str, int]]) -> None:
    """Recall leases that lie where nothing is wanted any more, and those with something that has lapsed or is owed."""
    waiting = books.waiting()
    for grant in books.grants.values():
        held = _held(books, grant)
        if grant.kind != LEASE or not held:
            continue
        here = wanted.get(grant.dev, {})
        pieces = [piece for piece in books.slices.values() if piece.id == grant.id and piece.rem]
        gone = any(piece.last_day < books.origin.day or waiting.get(piece.lot) for piece in pieces)
        if gone or not any(here.get(asset) for asset in held):
            await recall(work, grant)


async def _top_up(
    work: Work,
    sign: Sign,
    books: Books,
    keepers: Mapping[str, Incarnation],
    wanted: Mapping[int, Mapping[str, int]],
) -> None:
    """Lease what is missing where less than half of what is wanted is left."""
    issued = False
    for till in keepers.values():
        held: dict[str, int] = {}
        for grant in books.grants.values():
            if grant.kind == LEASE and (grant.dev, grant.inc) == (till.dev, till.inc):
                for asset, units in _held(books, grant).items():
                    held[asset] = held.get(asset, 0) + units
        wants = [
            Want(asset, units - held.get(asset, 0))
            for asset, units in sorted(wanted[till.dev].items())
            if units and held.get(asset, 0) * 2 < units
        ]
        gno, _ = await issue(work, till, books, LEASE, "", wants, sign) if wants else (0, 0)
        if gno:
            issued = True
            await work.tx.log(f"device:{till.dev}", f"grant:{till.inc}:{gno}")
    if issued:
        await work.tx.save_data(books.changes())
        await work.announce(books.member)

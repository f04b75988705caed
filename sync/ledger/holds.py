"""Holds: what a begun ticket may need moves to its till (ledger-and-sync.md section 4.2)."""

import hashlib
from datetime import date

from rules.sentences import mark
from sync.ledger.accept import Refused
from sync.ledger.allowances import hold_room, known, room_of
from sync.ledger.books import Books, Origin
from sync.ledger.grants import HOLD, LEASE, Sign, is_heard, issue, missed_grants, recall
from sync.ledger.records import HoldRow, Incarnation
from sync.ledger.work import Work
from sync.shares import is_allowed, is_shared
from sync.wire import STALE, HeldAt, HoldAnswer, HoldRequest, pack

MAX_WANTS = 16
MAX_QUANTITY = 10**12
SILENT_MS = 1_200_000
"""A till that has nothing to send speaks every ten minutes: one that did not for twenty has no line."""


async def hold(work: Work, till: Incarnation, request: HoldRequest, sign: Sign) -> HoldAnswer:
    """Grant what is wanted as far as it goes; the same request again gets the same answer."""
    _check(request)
    if not is_heard(till, request):
        raise Refused(
            STALE, mark("This till must be heard before it can reserve points: it sends by itself.")
        )
    if all(is_allowed(want.asset) for want in request.wants):
        return await _allow(work, till, request, sign)
    record = await work.tx.member(request.member)
    if record is None or (is_shared(record.member) and record.store not in ("", till.store)):
        return await _answer(work, till, request, "unknown_member", {})
    today = await work.today(till.store, record.programme)
    books = await work.books(record.member, Origin(till.dev, till.inc, 0, today))
    content = _content(request)
    before = await work.tx.hold(till.dev, till.inc, request.ticket, content)
    elsewhere = held_elsewhere(books, till.dev, today)
    places = await _places(work, books, till.dev, {want.asset for want in request.wants if elsewhere})
    if before is not None:
        return await _answer(work, till, request, before.code, elsewhere, places)
    code, gno = await _grant(work, till, request, books, sign)
    if code != "granted":
        await _ask_others(work, books, till.dev, {want.asset for want in request.wants})
    if code == "refused" and any(elsewhere.get(want.asset) for want in request.wants):
        code = "held_elsewhere"
    if gno:
        await work.tx.save_hold(HoldRow(till.dev, till.inc, request.ticket, content, code, gno))
    return await _answer(work, till, request, code, elsewhere, places)


def _content(request: HoldRequest) -> bytes:
    return hashlib.sha256(pack((request.ticket, request.member, request.wants))).digest()  # type: ignore[arg-type]


async def _allow(work: Work, till: Incarnation, request: HoldRequest, sign: Sign) -> HoldAnswer:
    """Lend the ticket what caps and limits leave its member; its code is granted as far as anything is lent."""
    record = await known(work, request.member)
    programme = None
    if record is not None:
        today = await work.today(till.store, record.programme)
        programme = await work.programme_on(today, till.store)
    if record is None or programme is None:
        return await _answer(work, till, request, "unknown_member", {})
    content = _content(request)
    before = await work.tx.hold(till.dev, till.inc, request.ticket, content)
    if before is not None:
        return await _answer(work, till, request, before.code, {})
    room = await room_of(work, record, programme, today)
    gno = await hold_room(work, till, room, request.ticket, request.wants, sign)
    code = "granted" if gno else "refused"
    if gno:
        await work.tx.save_hold(HoldRow(till.dev, till.inc, request.ticket, content, code, gno))
    return await _answer(work, till, request, code, {})


def _check(request: HoldRequest) -> None:
    fits = all(0 < want.quantity <= MAX_QUANTITY for want in request.wants)
    if not fits or not 0 < len(request.wants) <= MAX_WANTS or not request.ticket:
        raise Refused("bad_request", mark("Ask for at least one unit of at most 16 assets, for a ticket."))


async def _answer(
    work: Work,
    till: Incarnation,
    request: HoldRequest,
    code: str,
    elsewhere: dict[str, int],
    places: tuple[HeldAt, ...] = (),
) -> HoldAnswer:
    grants = await missed_grants(work.tx, till.dev, till.inc, request.last_gno)
    return HoldAnswer(code, grants, elsewhere, places)


async def _places(work: Work, books: Books, dev: int, assets: set[str]) -> tuple[HeldAt, ...]:
    """Where other tills hold some of `assets`, and since when each of them is silent."""
    pieces = [piece for piece in books.slices.values() if piece.rem and piece.asset in assets]
    holders = {(piece.asset, books.grants[piece.id].dev, books.grants[piece.id].inc) for piece in pieces}
    found = set()
    for asset, holder, inc in holders:
        for till in await work.tx.incarnations(holder) if holder != dev else ():
            if till.inc == inc:
                silent = till.seen_ms if till.seen_ms < work.now_ms - SILENT_MS else 0
                found.add((asset, (await work.store(till.store)).name, silent))
    return tuple([HeldAt(*one) for one in sorted(found)])


async def _grant(
    work: Work, till: Incarnation, request: HoldRequest, books: Books, sign: Sign
) -> tuple[str, int]:
    gno, short = await issue(work, till, books, HOLD, request.ticket, request.wants, sign)
    if not gno:
        return "refused", 0
    await work.tx.save_data(books.changes())
    await work.announce(books.member)
    return ("partial" if short else "granted"), gno


async def _ask_others(work: Work, books: Books, dev: int, assets: set[str]) -> None:
    """Recall the leases of other tills that hold what is missing here."""
    for grant in books.grants.values():
        wanted = [p for p in books.slices.values() if p.id == grant.id and p.rem and p.asset in assets]
        if grant.kind == LEASE and grant.dev != dev and wanted:
            await recall(work, grant)


def held_elsewhere(books: Books, dev: int, today: date) -> dict[str, int]:
    """What other tills hold of the member's assets and could still be spent today, less what it is owed for."""
    sums: dict[str, int] = {}
    waiting = books.waiting()
    for piece in books.slices.values():
        if piece.rem and books.grants[piece.id].dev != dev and piece.last_day >= today:
            owed = min(piece.rem, waiting.get(piece.lot, 0))
            if owed:
                waiting[piece.lot] -= owed
            if piece.rem > owed:
                sums[piece.asset] = sums.get(piece.asset, 0) + piece.rem - owed
    return sums

"""Holds and the stream of grants: what is available moves to one till, never below 0 (section 4.2)."""

import hashlib
from collections.abc import Callable
from datetime import date

from sync.entry import Slice
from sync.ledger.accept import Refused
from sync.ledger.books import AVAILABLE, Books, Origin, Why, granted, replace
from sync.ledger.port import Transaction
from sync.ledger.records import GrantRow, HoldRow, Incarnation, SliceRow
from sync.ledger.work import Work
from sync.wire import Grant, HoldAnswer, HoldRequest, Want, pack

GRANT_DOMAIN = b"assidu-grant/1\0"
MAX_WANTS = 16
MAX_QUANTITY = 10**12

Sign = Callable[[bytes], bytes]


def grant_bytes(grant: Grant) -> bytes:
    """What the ledger signs of a grant."""
    return GRANT_DOMAIN + pack(replace(grant, signature=b""))


async def missed_grants(tx: Transaction, dev: int, inc: int, last_gno: int) -> tuple[Grant, ...]:
    """Every grant after `last_gno`, in order, as it was issued: a lost answer is sent again like this."""
    return tuple(_wire(row, slices) for row, slices in await tx.grants_after(dev, inc, last_gno))


def _wire(row: GrantRow, slices: tuple[SliceRow, ...]) -> Grant:
    assert row.gno is not None, "births are not in the stream"
    pieces = tuple(Slice(piece.asset, piece.lot, piece.issued, piece.last_day) for piece in slices)
    return Grant(row.id, row.kind, row.member, row.gno, pieces, row.ticket, row.issued_pos, row.signature)


async def hold(work: Work, till: Incarnation, request: HoldRequest, sign: Sign) -> HoldAnswer:
    """Grant what is wanted as far as it goes; the same request again gets the same answer."""
    _check(request)
    record = await work.tx.member(request.member)
    if record is None:
        return await _answer(work, till, request, "unknown_member", {})
    today = await work.today(till.store, record.programme)
    books = await work.books(record.member, Origin(till.dev, till.inc, 0, today))
    content = hashlib.sha256(pack((request.ticket, request.member, request.wants))).digest()  # type: ignore[arg-type]
    before = await work.tx.hold(till.dev, till.inc, request.ticket, content)
    elsewhere = held_elsewhere(books, till.dev, today)
    if before is not None:
        return await _answer(work, till, request, before.code, elsewhere)
    code, gno = await _grant(work, till, request, books, sign)
    if code == "refused" and any(elsewhere.get(want.asset) for want in request.wants):
        code = "held_elsewhere"
    if gno:
        await work.tx.save_hold(HoldRow(till.dev, till.inc, request.ticket, content, code, gno))
    return await _answer(work, till, request, code, elsewhere)


def _check(request: HoldRequest) -> None:
    fits = all(0 < want.quantity <= MAX_QUANTITY for want in request.wants)
    if not fits or not 0 < len(request.wants) <= MAX_WANTS or not request.ticket:
        raise Refused("bad_request", "Ask for at least one unit of at most 16 assets, for a ticket.")


async def _answer(
    work: Work, till: Incarnation, request: HoldRequest, code: str, elsewhere: dict[str, int]
) -> HoldAnswer:
    grants = await missed_grants(work.tx, till.dev, till.inc, request.last_gno)
    return HoldAnswer(code, grants, elsewhere)


async def _grant(
    work: Work, till: Incarnation, request: HoldRequest, books: Books, sign: Sign
) -> tuple[str, int]:
    deficit = books.deficit()
    gno = till.last_gno + 1
    row = GrantRow(
        f"g-{till.dev}-{till.inc}-{gno}", books.member, till.dev, till.inc, gno, "hold", request.ticket, 0
    )
    short = 0
    books.add_grant(row)
    for want in request.wants:
        short += want.quantity if deficit.get(want.asset) else _fill(books, row, want)
    slices = tuple(piece for (grant, _), piece in books.slices.items() if grant == row.id)
    if not slices:
        return "refused", 0
    row = replace(row, issued_pos=await work.tx.counter("pos"))
    row = replace(row, signature=sign(grant_bytes(_wire(row, slices))))
    books.add_grant(row)
    await work.tx.save_incarnation(replace(till, last_gno=gno))
    await work.tx.save_data(books.changes())
    await work.announce(books.member)
    return ("partial" if short else "granted"), gno


def _fill(books: Books, grant: GrantRow, want: Want) -> int:
    """Move lots into the grant, first to expire first; what could not be found."""
    left = want.quantity
    for lot in books.free_lots(want.asset):
        if lot.usable(books.origin.day):
            part = min(left, lot.available)
            books.move(lot.lot, AVAILABLE, granted(grant.id), part, Why("GRANT", grant.ticket))
            left -= part
    return left


def held_elsewhere(books: Books, dev: int, today: date) -> dict[str, int]:
    """What other tills hold of the member's assets and could still be spent today."""
    sums: dict[str, int] = {}
    for piece in books.slices.values():
        if piece.rem and books.grants[piece.id].dev != dev and piece.last_day >= today:
            sums[piece.asset] = sums.get(piece.asset, 0) + piece.rem
    return sums

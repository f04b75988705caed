"""The stream of grants of a till: what is available moves to it, never below 0 (ledger-and-sync.md section 4.1)."""

import hmac
from collections.abc import Callable, Sequence

from sync.entry import Slice
from sync.ledger.books import AVAILABLE, Books, Why, granted, replace
from sync.ledger.port import Transaction
from sync.ledger.records import GrantRow, Incarnation, SliceRow
from sync.ledger.work import Work
from sync.wire import Grant, HoldRequest, PullRequest, Want, pack

GRANT_DOMAIN = b"assidu-grant/1\0"
HOLD, LEASE = "hold", "lease"

Sign = Callable[[bytes], bytes]


def grant_bytes(grant: Grant) -> bytes:
    """What the ledger signs of a grant."""
    return GRANT_DOMAIN + pack(replace(grant, signature=b""))


def is_heard(till: Incarnation, request: HoldRequest | PullRequest) -> bool:
    """Whether who asks is the till as it was last heard, and may be told what was given to it.

    Not so a copy whose other life has pushed since, or it would be handed all that the other one was given. The ratchet
    before the last one is good where no grant is missing and the last push is the one that who asks has under way: its
    answer may be, too (ledger-and-sync.md 4.5). A till of an earlier release says no ratchet (b"") or no nonce (None).
    """
    if not request.ratchet or hmac.compare_digest(request.ratchet, till.ratchet):
        return True
    asked = request.nonce is None or till.nonce == request.nonce
    return (
        asked
        and request.last_gno >= till.last_gno
        and hmac.compare_digest(request.ratchet, till.ratchet_prev)
    )


async def missed_grants(tx: Transaction, dev: int, inc: int, last_gno: int) -> tuple[Grant, ...]:
    """Every grant after `last_gno`, in order, as it was issued: a lost answer is sent again like this."""
    return tuple(_wire(row, slices) for row, slices in await tx.grants_after(dev, inc, last_gno))


def _wire(row: GrantRow, slices: tuple[SliceRow, ...]) -> Grant:
    assert row.gno is not None, "births are not in the stream"
    pieces = tuple(Slice(piece.asset, piece.lot, piece.issued, piece.last_day) for piece in slices)
    member = row.signed_for or row.member
    return Grant(row.id, row.kind, member, row.gno, pieces, row.ticket, row.issued_pos, row.signature)


async def issue(
    work: Work, till: Incarnation, books: Books, kind: str, ticket: str, wants: Sequence[Want], sign: Sign
) -> tuple[int, int]:
    """Move what is wanted, as far as it goes, into the next grant of `till`; its number (0: none), and what is short.

    Nothing of an asset of which something is owed. The caller writes the books.
    """
    deficit = books.deficit()
    held = await work.tx.incarnation(
        till.dev, till.inc
    )  # and hold it: `till` may have been read with many others
    assert held is not None, "grants go to tills that are paired"
    till, gno = held, held.last_gno + 1
    row = GrantRow(f"g-{till.dev}-{till.inc}-{gno}", books.member, till.dev, till.inc, gno, kind, ticket, 0)
    short = 0
    books.add_grant(row)
    for want in wants:
        short += want.quantity if deficit.get(want.asset) else _fill(books, row, want)
    slices = tuple(piece for (grant, _), piece in books.slices.items() if grant == row.id)
    if not slices:
        del books.grants[row.id]
        return 0, short
    row = replace(row, issued_pos=await work.position())
    books.add_grant(replace(row, signature=sign(grant_bytes(_wire(row, slices)))))
    await work.tx.save_incarnation(replace(till, last_gno=gno))
    return gno, short


async def recall(work: Work, grant: GrantRow) -> None:
    """Ask the till that holds `grant` to return what it can spare; it is free when its word arrives."""
    await ask_back(work, grant.dev, grant.inc, grant.id)


async def ask_back(work: Work, dev: int, inc: int, name: str) -> None:
    """The same for a grant of this name, which the books need not have."""
    await work.tx.recall(dev, inc, name)
    await work.tx.log(f"device:{dev}", f"grant:{inc}:{name}")


def _fill(books: Books, grant: GrantRow, want: Want) -> int:
    """Move lots into the grant, first to expire first; what could not be found."""
    left = want.quantity
    for lot in books.free_lots(want.asset):
        if lot.usable(books.origin.day):
            part = min(left, lot.available)
            books.move(lot.lot, AVAILABLE, granted(grant.id), part, Why("GRANT", grant.ticket))
            left -= part
    return left

"""A till that comes after the recovery was ended without it (failure table of ledger-and-sync.md, row 27).

It may send entries before it shows the grants that they draw on or give back: what those took is booked then as beyond
grants, and neither is a part any more of the grant that is put back.
"""

from collections import Counter
from collections.abc import Iterator

from sync.entry import Body, GrantMoveBody, GrantReturnBody, TicketBody, VoidBody, body_of, decode
from sync.ledger.apply import APPLIED
from sync.ledger.records import Incarnation
from sync.ledger.work import Work
from sync.remap import draws_of

AT_ONCE = 500
Piece = tuple[str, str]
"""A grant and a lot of it."""


async def spent_before(work: Work, till: Incarnation) -> Counter[Piece]:
    """Units that entries of a late till took since the copy and that are booked: nobody knew the grants."""
    [since] = await work.tx.expected(till.dev, till.inc)
    rows, seq = [], since.acc_seq
    while part := await work.tx.inbox_after(till.dev, till.inc, seq, AT_ONCE):
        rows += [row for row in part if row.disposition == APPLIED]
        seq = part[-1].seq
    entries = [decode(row.data) for row in rows]
    bodies = [(entry.ticket, body_of(entry)) for entry in entries]
    undone = {body.of for _, body in bodies if isinstance(body, VoidBody)}
    units: Counter[Piece] = Counter()
    for body in [body for ticket, body in bodies if ticket not in undone]:
        for name, quantity in _taken_by(body):
            units[name] += quantity
    return units


def _taken_by(body: Body) -> Iterator[tuple[Piece, int]]:
    shared = body.shared if isinstance(body, TicketBody) else ()
    yield from (((one.grant, one.lot), one.quantity) for one in (*draws_of(body), *shared))
    if isinstance(body, GrantMoveBody) and not body.proofs:
        yield from (((body.of, piece.lot), piece.quantity) for piece in body.slices)
    if isinstance(body, GrantReturnBody):
        yield from (((body.grant, piece.lot), piece.quantity) for piece in body.slices)

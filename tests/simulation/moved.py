"""Tickets that changed their member: claimed from a receipt, or taken from the wrong one (MOVE_TICKET)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sync.chain import tail
from sync.entry import Entry, MoveTicketBody, TicketBody, VoidBody, body_of
from sync.ledger.apply_moved import CLAIM_DAYS
from sync.ledger.port import Transaction
from tests.simulation.sold import Found, Sold

if TYPE_CHECKING:
    from tests.simulation.facts import Applied
    from tests.simulation.world import World

DAY_MS = 86_400_000
MemberOf = Callable[[Transaction, Entry], Awaitable[int]]


async def follow_moves(
    world: World,
    tx: Transaction,
    booked: Sequence[Applied],
    tickets: dict[str, Sold],
    papers: Mapping[tuple[str, str], str],
    member_of: MemberOf,
    found: Found,
) -> None:
    """Give each ticket to whom its moves say: of those who had it before it is undone, the last one has it bare.

    The ledger says which moves it carried out; that those make one chain from member to member, that the last of it
    has the ticket, and that none was left out without a cause is looked at here.
    """
    moves: dict[str, list[tuple[Applied, MoveTicketBody]]] = {}
    for one in booked:
        body = body_of(one.entry) if one.entry.kind == "MOVE_TICKET" else None
        ticket = papers.get((body.reference, body.tail), "") if isinstance(body, MoveTicketBody) else ""
        if isinstance(body, MoveTicketBody) and ticket:
            moves.setdefault(ticket, []).append((one, body))
    bodies = [body_of(one.entry) for one in booked if one.entry.kind == "VOID"]
    undone = {body.of for body in bodies if isinstance(body, VoidBody)}
    for ticket, some in moves.items():
        await _follow(world, tx, ticket, some, tickets, member_of, undone, found)


async def _follow(
    world: World,
    tx: Transaction,
    ticket: str,
    moves: list[tuple[Applied, MoveTicketBody]],
    tickets: dict[str, Sold],
    member_of: MemberOf,
    undone: Container[str],
    found: Found,
) -> None:
    late = CLAIM_DAYS * DAY_MS - world.most_off_ms()
    for one, _ in moves:
        remark = one.row.code
        world.tally[f"ticket moved {remark}".strip()] += 1
        away = one.row.sold_ms - tickets[ticket].order[0]
        found.must(remark != "claim_late" or away > late, f"{ticket}: a claim after {away} ms came too late")
    done = sorted(
        (one for one in moves if not one[0].row.code),
        key=lambda one: (one[0].entry.member is not None, one[0].row.recv_ms, one[0].row.inc, one[0].row.seq),
    )
    for n, (one, body) in enumerate(done):
        sold, said = tickets[ticket], one.entry.member
        had = sold.entry.member is not None
        same = await member_of(tx, one.entry) == sold.member if said is not None else not had
        found.must(same, f"{ticket} was taken from {sold.member}, whom nobody named")
        if had:
            tickets[f"moved {n}: {ticket}"] = replace(sold, voided=True)
        entry = replace(sold.entry, member=body.to)
        arrival = max(sold.arrival, (one.row.recv_ms, one.row.dev, one.row.seq))
        mine = await member_of(tx, entry)
        before = [
            tickets[f"moved {k}: {ticket}"].member for k in range(n + 1) if f"moved {k}: {ticket}" in tickets
        ]
        tickets[ticket] = replace(
            sold, entry=entry, body=bare(sold.body), member=mine, arrival=arrival, came_back=mine in before
        )
    sale = await tx.sale(ticket)
    whose = sale.member if sale is not None else 0
    found.must(whose == tickets[ticket].member, f"{ticket} is {whose}'s, not {tickets[ticket].member}'s")
    if tickets[ticket].entry.member is None and ticket not in undone:
        refused = [one.row.code for one, _ in moves if one.row.code != "claim_late"]
        found.must(not refused, f"{ticket} is nobody's, and claims were refused: {refused}")


def bare(body: TicketBody) -> TicketBody:
    """A ticket without what its till promised and spent for somebody else."""
    return replace(body, promised=(), burns=(), converted=(), shared=(), outbound=())


def printed(entry: Entry, first: bytes) -> tuple[str, str]:
    """What stands on the receipt of a ticket: its number, and the characters of its first form."""
    body = body_of(entry) if entry.kind == "TICKET" else None
    return (body.number, tail(first)) if isinstance(body, TicketBody) else ("", "")


def lost(entry: Entry, papers: Container[tuple[str, str]]) -> bool:
    """Whether the ticket of a move is none of those whose receipts these are: it went with its disk."""
    body = body_of(entry)
    assert isinstance(body, MoveTicketBody)
    return (body.reference, body.tail) not in papers

"""A ticket that two copies of a till had begun and both closed counts once (ledger-and-sync.md 2.1): the second.

What it drew from grants of its own life was spent for nothing that counts, and would stay there for ever.
"""

from collections.abc import Callable

from sync.entry import Draw, TicketBody
from sync.ledger.books import AVAILABLE, Books, Why, granted
from sync.ledger.shares import save_shares
from sync.ledger.task import Task, all_draws
from sync.ledger.work import Work
from sync.shares import is_shared

Move = Callable[[Books, Draw], None]


async def give_back(work: Work, task: Task, body: TicketBody) -> None:
    """Make what the second ticket drew available again."""

    def move(books: Books, one: Draw) -> None:
        part = min(one.quantity, books.in_grant(one.grant, one.lot))
        books.move(one.lot, granted(one.grant), AVAILABLE, part, Why("RETURN", task.ticket))

    await _each(work, task, body, move)


async def take_again(work: Work, task: Task, body: TicketBody) -> None:
    """The second ticket was undone: its till has the draws in its slices again, as far as they are still free here.

    What is not is at risk, as are all draws of a ticket that could still be undone when a till was copied (4.3).
    """

    def move(books: Books, one: Draw) -> None:
        lot = books.lots.get(one.lot)
        part = 0 if lot is None else min(one.quantity, lot.available)
        books.move(one.lot, AVAILABLE, granted(one.grant), part, Why("VOID", task.ticket))

    await _each(work, task, body, move)


async def _each(work: Work, task: Task, body: TicketBody, move: Move) -> None:
    origin = await task.origin(work)
    draws = [*all_draws(body), *body.shared]
    for name in sorted({one.grant for one in draws}):
        grant = await work.tx.grant(name)
        if grant is None or (grant.dev, grant.inc) != (task.row.dev, task.row.inc):
            continue
        mine = [one for one in draws if one.grant == name]
        books = await work.books(grant.member, origin, [one.lot for one in mine])
        for one in mine:
            move(books, one)
        await (save_shares(work, books) if is_shared(grant.member) else work.close(books, task.store))

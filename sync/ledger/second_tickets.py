"""Two tickets of one receipt of a register: the first counts, the second is settled out (failure 26).

Once the first is undone, the next one that was rung up under its receipt counts in its place.
"""

from rules.refund import gone
from sync.ledger.books import Books, replace
from sync.ledger.net import net, take_back
from sync.ledger.settle import LIVE, REFUNDED, backs_of, body_of, replay
from sync.ledger.task import Task
from sync.ledger.touched import Touched
from sync.ledger.work import Work


async def settle_as(work: Work, books: Books, ticket: str, state: str) -> None:
    """Settle a ticket anew as REFUNDED, which takes all it gave back, or as LIVE, which gives that again."""
    sale = await work.tx.sale(ticket)
    assert sale is not None, "the ticket was saved"
    await work.tx.save_sale(replace(sale, state=state))
    changed = await replay(work, books, sale.sold_order)
    await net(work, books, changed, changed)
    sale = await work.tx.sale(ticket)
    assert sale is not None, "it still is"
    await take_back(work, books, sale)


async def pass_on(work: Work, task: Task, receipt: str) -> None:
    """Let the receipt of an undone ticket belong to the next one that stands, which counts from now on."""
    for ticket in await work.tx.second_tickets(receipt):
        sale = await work.tx.sale(ticket)
        if sale is None or sale.state != REFUNDED or gone(backs_of(sale, body_of(sale))):
            continue
        await work.tx.lock(Touched(members=(sale.member,)))
        if await work.tx.claim_receipt(receipt, ticket) == ticket:
            books = await work.books(sale.member, await task.origin(work), (), [ticket])
            await settle_as(work, books, ticket, LIVE)
            await work.close(books, sale.store)
        return

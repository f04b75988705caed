"""What tickets took of grants that were lost with the ledger, and nothing bears (ledger-and-sync.md section 6, row 27).

Their till may show such a grant later, or nobody does: those of a life that is over are shown by none.
"""

from collections.abc import Iterable

from sync.entry import Draw
from sync.ledger.apply_refund import undoes
from sync.ledger.operation_rows import FreedRow
from sync.ledger.task import Task
from sync.ledger.waits import COPIED, RECOVERY
from sync.ledger.work import Work


async def note_spent(work: Work, task: Task, member: int, draws: Iterable[Draw], owed: int) -> None:
    """Count what a ticket drew of lost grants as missing, as far as it is `owed`: others may have it as well (G2).

    A ticket that is undone by what follows takes nothing.
    """
    if owed <= 0 or not await work.tx.value(COPIED) or await _is_undone(work, task):
        return
    dev, inc = task.row.dev, task.row.inc
    rows = []
    for one in draws:
        lost = one.grant.startswith(f"g-{dev}-") and await work.tx.grant(one.grant) is None
        part = min(one.quantity, owed) if lost else 0
        owed -= part
        if part:
            rows.append(
                FreedRow(member, one.grant, one.lot, one.asset, dev, inc, part, RECOVERY, work.now_ms)
            )
    if rows:
        await work.tx.add_freed(rows)


async def _is_undone(work: Work, task: Task) -> bool:
    following = await work.tx.inbox(task.row.dev, task.row.inc, task.row.commit_end + 1)
    return following is not None and undoes(following, task.ticket)

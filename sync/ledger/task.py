"""One accepted entry on its way into the books."""

import msgspec

from sync.entry import Body, Draw, Entry, TicketBody
from sync.ledger.books import Origin
from sync.ledger.records import InboxRow, sold_order
from sync.ledger.work import Quarantined, Work


class Task(msgspec.Struct, frozen=True):
    """An entry with its body, the row it was accepted as, and the store of its till.

    `before` are the closed lives of the till that an entry may draw on which was first written in one of them, `twins`
    births it draws on that another copy of the till brought first.
    """

    entry: Entry
    body: Body
    row: InboxRow
    store: str
    before: tuple[int, ...] = ()
    twins: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """Its place in the order of sale."""
        return sold_order(self.row.sold_ms, self.row.dev, self.row.inc, self.row.seq)

    @property
    def ticket(self) -> str:
        """The ticket it is of. Raises Quarantined when a ticket kind names none."""
        if not self.entry.ticket:
            raise Quarantined("ticket")
        return self.entry.ticket

    async def origin(self, work: Work) -> Origin:
        """Where its postings come from, dated by the store's business day."""
        day = await work.business_day(self.store, self.row.sold_ms)
        return Origin(self.row.dev, self.row.inc, self.row.seq, day, self.before, self.twins)


def all_draws(body: TicketBody) -> list[Draw]:
    """Everything a ticket takes out of grants: for its burns and for the cards it filled."""
    spent = [one for burn in body.burns for one in burn.draws]
    return spent + [one for card in body.converted for one in card.draws]


async def wait_for_lots(work: Work, task: Task, lots: list[str]) -> None:
    """Raises Quarantined when one of `lots` was born in another entry that is put aside (G4)."""
    mine = (task.row.dev, task.row.inc, task.row.seq)
    for lot in lots:
        dev, _, rest = lot.partition("-")
        inc, _, rest = rest.partition("-")
        seq = rest.partition("-")[0]
        if not (dev.isdigit() and inc.isdigit() and seq.isdigit()):
            continue
        born = (int(dev), int(inc), int(seq))
        row = await work.tx.inbox(*born) if born != mine else None
        if row is not None and row.disposition == "quarantined":
            raise Quarantined("waits")

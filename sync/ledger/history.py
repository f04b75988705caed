"""What became of a member's account, for the manager of a store that the member goes to."""

from collections.abc import Iterable

from rules.sentences import mark
from sync.entry import reference
from sync.history import HistoryAnswer, HistoryLine, HistoryRequest
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.effect import GAIN, Effect, effects_of, in_order
from sync.ledger.service import Ledger
from sync.ledger.work import Work

LINES, TICKETS = 100, 30


async def member_history(ledger: Ledger, device: DeviceId, request: HistoryRequest) -> HistoryAnswer:
    """The last lines, the latest first. Raises LedgerRefusal for a till or a member that is not of the store."""

    async def read(work: Work) -> HistoryAnswer:
        till = await work.tx.incarnation(device.dev, device.inc)
        if till is None or till.state == "revoked":
            raise LedgerRefusal("unknown_device", mark("The ledger does not know this till: pair it."))
        record = await work.tx.member(request.member)
        if record is None or record.erased or not await work.tx.in_scope(till.store, [record.member]):
            raise LedgerRefusal(
                "unknown_member", mark("This member is not one of the store: scan the card first.")
            )
        every = in_order(effects_of(record.member, await work.tx.postings(record.member)))
        last = every[: -LINES - 1 : -1]
        lines = [await _line(work, one) for one in last]
        return HistoryAnswer(request.member, work.now_ms, tuple(lines), await _entries(work, last))

    return await ledger.read(read)


async def _entries(work: Work, last: Iterable[Effect]) -> dict[str, bytes]:
    """The tickets of the first of these effects, as they were written."""
    found: dict[str, bytes] = {}
    for ticket in list(dict.fromkeys([one.ticket for one in last if one.ticket]))[:TICKETS]:
        sale = await work.tx.sale(ticket)
        row = await work.tx.inbox(sale.dev, sale.inc, sale.seq) if sale is not None and sale.dev else None
        if row is not None:
            found[reference(row.dev, row.inc, row.seq)] = row.data
    return found


async def _line(work: Work, one: Effect) -> HistoryLine:
    sale = await work.tx.sale(one.ticket) if one.ticket else None
    life = await work.tx.incarnation(sale.dev, sale.inc) if sale is not None and sale.dev else None
    return HistoryLine(
        one.day,
        one.quantity if one.what == GAIN else -one.quantity,
        one.asset,
        one.cause,
        one.rule,
        reference(sale.dev, sale.inc, sale.seq) if sale is not None and sale.dev else "",
        sale.store if sale is not None else "",
        life.till if life is not None else "",
    )

"""A member's last tickets at all tills, for the one that the member stands at."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rules.account import POINTS
from rules.sentences import mark
from sync.habits import HabitsAnswer, HabitsRequest, PastVisit
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.records import Sale
from sync.ledger.service import Ledger
from sync.ledger.settle import VOIDED, Sold, body_of, settled_contributions
from sync.ledger.work import Work

VISITS: Final = 4
USUAL: Final = 3
LOOKED_AT: Final = 30  # tickets in which the usual articles are looked for
TWICE: Final = 2  # what was bought once only is no habit


async def member_habits(ledger: Ledger, device: DeviceId, request: HabitsRequest) -> HabitsAnswer:
    """What the last tickets say. Raises LedgerRefusal for a till or a member that it may not ask about."""

    async def read(work: Work) -> HabitsAnswer:
        till = await work.tx.incarnation(device.dev, device.inc)
        if till is None or till.state == "revoked":
            raise LedgerRefusal("unknown_device", mark("The ledger does not know this till: pair it."))
        record = await work.tx.member(request.member)
        if record is None or record.erased or not await _allowed(work, till.store, record.member, request):
            raise LedgerRefusal(
                "unknown_member", mark("This member is not one of the store: scan the card first.")
            )
        sales = await work.tx.last_sales(record.member, LOOKED_AT)
        return _habits(request.member, [(one, body_of(one)) for one in sales if one.state != VOIDED])

    return await ledger.read(read)


async def _allowed(work: Work, store: str, member: int, request: HabitsRequest) -> bool:
    """A till without the card cannot list the members of other stores by counting up their numbers."""
    if await work.tx.in_scope(store, [member]):
        return True
    holder = await work.tx.member_of_card(request.token)
    found = None if holder is None else await work.tx.member(holder)
    return found is not None and found.member == member


def _habits(member: int, sales: Sequence[tuple[Sale, Sold]]) -> HabitsAnswer:
    bought = [(one, body) for one, body in sales if body.lines]
    visits = tuple([_visit(one, body) for one, body in bought[:VISITS]])
    articles = Counter(sku for _, body in bought for sku in {line.sku for line in body.lines if line.sku})
    usual = tuple([sku for sku, times in articles.most_common() if times >= TWICE][:USUAL])
    paid = [cents for cents in (_paid(body) for _, body in bought) if cents > 0]
    average = (2 * sum(paid) + len(paid)) // (2 * len(paid)) if len(paid) >= TWICE else 0
    return HabitsAnswer(member, visits, usual, average)


def _visit(sale: Sale, body: Sold) -> PastVisit:
    gained = sum(one.quantity for one in settled_contributions(sale) if one.asset == POINTS)
    used = sum(one.quantity for one in body.burns if one.asset == POINTS)
    return PastVisit(sale.bdate, _paid(body), gained - used, sale.store if sale.dev else body.channel)


def _paid(body: Sold) -> int:
    return sum(line.cents for line in body.lines) - sum(burn.cents for burn in body.burns)

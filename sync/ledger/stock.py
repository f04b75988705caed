"""What a shop has of its counted gifts, as its owner sees and counts it."""

from typing import ClassVar

import msgspec

from rules.kinds.burn_gift import stock_key
from rules.sentences import said
from sync.ledger.caller import LedgerRefusal
from sync.ledger.operation import Operation
from sync.ledger.service import Ledger
from sync.ledger.shares import count_gift
from sync.ledger.work import Work
from sync.shares import counters_of


class Stock(msgspec.Struct, frozen=True):
    """A gift: how many are free, how many tills may hand out without asking, how many were handed out."""

    gift: str
    free: int
    at_tills: int
    given: int


class Stocks(msgspec.Struct, frozen=True):
    """All counted gifts that a store's programme has."""

    gifts: tuple[Stock, ...]


class CountGift(Operation[Stocks], frozen=True):
    """Say that `left` of a gift are there in all, in the back and at the tills; nothing is said for no `gift`."""

    store: str
    gift: str = ""
    left: int = 0

    name: ClassVar[str] = "stock"
    answer: ClassVar[type[msgspec.Struct]] = Stocks

    async def run(self, ledger: Ledger) -> Stocks:
        """What there is afterwards. Raises LedgerRefusal."""
        return await ledger.write(self._count)

    async def _count(self, work: Work) -> Stocks:
        if await work.tx.store(self.store) is None:
            raise LedgerRefusal(
                "unknown_store", said("There is no store {store}: see shop.toml.", store=self.store)
            )
        moment = await work.moment(self.store, work.now_ms)
        programme = await work.programme_on(moment.bdate, self.store)
        held = {} if programme is None else counters_of(programme, self.store)
        gifts = {name: account for name, account in held.items() if name.startswith(stock_key(""))}
        if self.gift and programme is not None:
            counter = stock_key(self.gift)
            if counter not in gifts:
                known = ", ".join(sorted(name.removeprefix(stock_key("")) for name in gifts)) or "none"
                raise LedgerRefusal(
                    "unknown_gift",
                    said("No gift {gift} is counted here; there are: {known}.", gift=self.gift, known=known),
                )
            await count_gift(work, programme, self.store, counter, self.left)
        return Stocks(tuple([await _stock(work, *one) for one in sorted(gifts.items())]))


async def _stock(work: Work, counter: str, account: int) -> Stock:
    lots = [lot for lot in await work.tx.all_lots(account) if lot.asset == counter]
    return Stock(
        counter.removeprefix(stock_key("")),
        sum([lot.available for lot in lots]),
        sum([lot.granted for lot in lots]),
        sum([lot.burned for lot in lots]),
    )

"""Numbers for cards that are printed in advance and enrolled at a till later."""

from typing import ClassVar

import msgspec

from rules.sentences import said
from sync.ledger.caller import LedgerRefusal
from sync.ledger.operation import Operation
from sync.ledger.pairing import CARD_PREFIX, SERIAL, check_numbers
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.numbers import DEFAULT_PREFIX, member_number

MOST_AT_ONCE = 10_000


class NewNumbers(msgspec.Struct, frozen=True):
    """13 digits each, which no card of the chain has yet."""

    numbers: tuple[str, ...]


class TakeNumbers(Operation[NewNumbers], frozen=True):
    """Take `count` new card numbers out of the ledger's own; no till will ever give them to anybody."""

    count: int

    name: ClassVar[str] = "card-numbers"
    answer: ClassVar[type[msgspec.Struct]] = NewNumbers

    async def run(self, ledger: Ledger) -> NewNumbers:
        """The numbers. Raises LedgerRefusal."""
        if not 0 < self.count <= MOST_AT_ONCE:
            raise LedgerRefusal(
                "cards", said("Take between 1 and {most} card numbers at once.", most=MOST_AT_ONCE)
            )
        return await ledger.write(self._take)

    async def _take(self, work: Work) -> NewNumbers:
        await check_numbers(work)
        last = await work.tx.advance(SERIAL, self.count)
        prefix = (await work.tx.value(CARD_PREFIX) or DEFAULT_PREFIX.encode()).decode()
        serials = range(last - self.count + 1, last + 1)
        return NewNumbers(tuple(member_number(serial, work.keys.permutation, prefix) for serial in serials))

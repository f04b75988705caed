"""What is also in a copy elsewhere: tills keep everything above that, so that it can be sent again (1.7)."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from sync.ledger.books import replace
from sync.ledger.operation import Operation
from sync.ledger.records import Incarnation
from sync.ledger.service import Ledger
from sync.ledger.work import Work


class CopiedHead(msgspec.Struct, frozen=True):
    """How far a copy holds a till's journal: the last entry and its hash."""

    dev: int
    inc: int
    seq: int
    hash: bytes


class Durable(msgspec.Struct, frozen=True):
    """How many tills' journals are durable further than before, and how many of the copy's are not this ledger's."""

    moved: int
    foreign: int


class SetDurable(Operation[Durable], frozen=True):
    """A copy elsewhere holds these heads; None says that it holds all that is accepted now."""

    heads: tuple[CopiedHead, ...] | None = None

    name: ClassVar[str] = "durable"
    answer: ClassVar[type[msgspec.Struct]] = Durable

    async def run(self, ledger: Ledger) -> Durable:
        """Tell tills so from their next push on; what was durable before stays so."""

        async def set_all(work: Work) -> Durable:
            tills = {(one.dev, one.inc): one for one in await work.tx.incarnations()}
            heads = _now(tuple(tills.values())) if self.heads is None else self.heads
            moved = foreign = 0
            for head in heads:
                till = tills.get((head.dev, head.inc))
                if till is None or not await _has(work, till, head):
                    foreign += 1
                elif head.seq > till.dur_seq:
                    await work.tx.save_incarnation(replace(till, dur_seq=head.seq))
                    moved += 1
            return Durable(moved, foreign)

        return await ledger.write(set_all)


def _now(tills: Sequence[Incarnation]) -> tuple[CopiedHead, ...]:
    return tuple([CopiedHead(one.dev, one.inc, one.acc_seq, one.acc_hash) for one in tills])


async def _has(work: Work, till: Incarnation, head: CopiedHead) -> bool:
    """Whether the ledger has the very entry that a copy ends with: a copy of another ledger proves nothing."""
    if head.seq == 0:
        return head.hash == till.genesis
    return (await work.tx.hashes(head.dev, head.inc, head.seq, head.seq)).get(head.seq) == head.hash

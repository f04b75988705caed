"""What a simulation knows of a ticket, and the faults it has found."""

import msgspec

from rules.refund import Back, Return, gone, returned
from sync.entry import Entry, EventBody, TicketBody, body_of
from sync.ledger.settle import event_body

Place = tuple[int, int, int]
"""An entry: ms at which the ledger was told, number of the till, number in its journal."""


class Sold(msgspec.Struct):
    """A ticket as its till wrote it, and what became of it; `arrival` is when the ledger was told.

    `void_late`: the undo came when the life that sold it had ended, or was written off. `joined`: when the ledger was
    told whose card it names, which had an account of its own until then, and by which entry; none where that was known.
    `came_back`: its member had it before, and then somebody else; the lots of the first time are there still.
    `brought`: rules whose reward came back by itself.
    """

    order: tuple[int, int, int, int]
    entry: Entry
    body: TicketBody
    member: int
    arrival: Place
    voided: bool = False
    void_late: bool = False
    second: bool = False
    came_back: bool = False
    joined: Place | None = None
    refunds: tuple[Return, ...] = ()
    brought: frozenset[str] = frozenset()

    @property
    def backs(self) -> tuple[Back, ...]:
        """What has come back of each line."""
        return returned(self.body.lines, self.refunds)

    @property
    def out(self) -> bool:
        """Whether the ticket counts for nothing (any more): undone, all given back, or its receipt counts already."""
        return self.voided or self.second or (bool(self.refunds) and gone(self.backs))


def sale_of(entry: Entry) -> TicketBody | None:
    """What a till wrote of a ticket, or of an event as a ticket without lines; None of anything else."""
    body = body_of(entry) if entry.kind in ("TICKET", "EVENT") else None
    if isinstance(body, EventBody):
        return event_body(body)
    return body if isinstance(body, TicketBody) else None


def was_there(one: Sold, told: Place) -> bool:
    """Whether the ledger had a ticket when it was told something. Nobody knows the order of two tills in one ms."""
    same_push = one.arrival[:2] == told[:2]
    return one.arrival < told if same_push else one.arrival[0] <= told[0]


class Wrong(AssertionError):
    """Something that must hold does not; the text says what."""


class Found(msgspec.Struct):
    """Faults found so far."""

    faults: list[str] = []

    def must(self, holds: bool, sentence: str) -> None:
        """Note `sentence` unless it `holds`."""
        if not holds:
            self.faults.append(sentence)

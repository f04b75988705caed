"""Rows of what operators look at and decide: what tills hold, what was freed, who is expected after a restore."""

import msgspec


class HeldRow(msgspec.Struct, frozen=True):
    """`rem` units of `asset` of a lot in a grant that a till holds, as the centre counts them."""

    dev: int
    inc: int
    member: int
    id: str
    lot: str
    asset: str
    rem: int


class FreedRow(msgspec.Struct, frozen=True):
    """What an override took out of a grant without its holder's word (G2), and why: written_off or recovery.

    For a recovery it is what a till presents of a grant, or has spent of one before or without it being presented, and
    nobody could find for it.
    """

    member: int
    id: str
    lot: str
    asset: str
    dev: int
    inc: int
    quantity: int
    why: str
    at_ms: int


class ExpectedRow(msgspec.Struct, frozen=True):
    """A till that worked before a restore. The restored books have its journal up to `acc_seq`.

    `spoke_ms` is when it first spoke again, `reported_ms` when it had said everything; 0 for not yet.
    """

    dev: int
    inc: int
    acc_seq: int
    spoke_ms: int = 0
    reported_ms: int = 0


class PresentedRow(msgspec.Struct, frozen=True):
    """A grant that a till shows and the restored books do not know: `data` is its signed form in msgpack."""

    dev: int
    inc: int
    gno: int
    data: bytes

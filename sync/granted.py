"""What entries say of grants: taken from them, given back, moved between tills (ledger-and-sync.md 2.1 and 4)."""

from datetime import date

import msgspec

MOVED = "m-"


class Draw(msgspec.Struct, frozen=True):
    """`quantity` units of `asset` taken from the slice of `lot` inside `grant`."""

    grant: str
    asset: str
    lot: str
    quantity: int


class Slice(msgspec.Struct, frozen=True):
    """`quantity` units of `asset` of `lot`; `last_day` is the last day they can be used."""

    asset: str
    lot: str
    quantity: int
    last_day: date


class GrantReturnBody(msgspec.Struct, frozen=True):
    """What is given back of a grant, and why: cancelled, closed, accepted, recalled, expired, orphan."""

    grant: str
    slices: tuple[Slice, ...]
    why: str


class Proof(msgspec.Struct, frozen=True):
    """A giver's GRANT_MOVE: the entry's bytes as written, and the signature of its commit, of which it is all."""

    data: bytes
    signature: bytes


class GrantMoveBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Slices of grant `of` are a grant of their own from now on, `grant`, which till `dev`, `inc` holds.

    Its giver writes this without `proofs`. What the receiver writes carries them: the giver's entry last, before it
    those by which the giver got the grant, oldest first, as far as the ledger may not have them.
    """

    grant: str
    of: str
    dev: int
    inc: int
    slices: tuple[Slice, ...]
    proofs: tuple[Proof, ...] = ()


def moved_id(dev: int, inc: int, seq: int) -> str:
    """The name of a grant that begins with a move: that of its giver's entry."""
    return f"{MOVED}{dev}-{inc}-{seq}"

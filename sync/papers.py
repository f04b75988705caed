"""What the ledger vouches for of each life of a till, so that it knows it again when it comes back from an older copy.

A till keeps a paper of each of its lives and of each of its keys, as the ledger signed it, and shows them to a ledger
that has come back and does not know it (`POST /lives`). Whoever shows them must hold the key of the last one.
"""

from collections.abc import Iterable

import msgspec

from sync.delegation import RULES, holds
from sync.wire import PushRequest, pack

PAPER_DOMAIN = b"assidu-life/1\0"


class Paper(msgspec.Struct, frozen=True, array_like=True):
    """One key of one life of a till. `key` counts the keys the life had before; `fork_inc` is the life before, or 0."""

    dev: int
    inc: int
    store: str
    till: str
    public_key: bytes
    genesis: bytes
    paired_ms: int
    fork_inc: int = 0
    key: int = 0
    signature: bytes = b""


class Shared(msgspec.Struct, frozen=True, array_like=True):
    """A life that is over: its entries up to `last` are its own, what came after was sent by the next one."""

    inc: int
    last: int


class LivesRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /lives`: a till's papers in order, its lives that are over, and entries of one of them that are lacking."""

    papers: tuple[Paper, ...]
    over: tuple[Shared, ...] = ()
    former: PushRequest | None = None


class LivesAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The till is known. Of its life `inc` (0 for none) the ledger lacks entries after `accepted_seq`."""

    inc: int = 0
    accepted_seq: int = 0
    accepted_hash: bytes = b""


def papers_in(packed: bytes) -> tuple[Paper, ...]:
    """The paper of a PairAnswer or a RotateAnswer; () from a ledger that gives none."""
    return (msgspec.msgpack.decode(packed, type=Paper),) if packed else ()


def last_of(over: Iterable[Shared], inc: int) -> int:
    """The last entry that is its own of the life `inc`, if that is over; else 0."""
    return max([one.last for one in over if one.inc == inc], default=0)


def paper_bytes(paper: Paper) -> bytes:
    """What the ledger signs of a paper."""
    return PAPER_DOMAIN + pack(msgspec.structs.replace(paper, signature=b""))


def is_genuine(paper: Paper, server_key: bytes) -> bool:
    """Whether the ledger with this raw Ed25519 key wrote `paper`."""
    return holds(paper.signature, paper_bytes(paper), server_key, RULES)

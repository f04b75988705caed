"""What a push brings, read and checked before the database is asked: all of accept that needs no transaction.

An entry is a dozen objects, and two threads with one lock that make and drop them get in each other's way: of each
only what the transaction needs is kept, column by column, and the rest is gone while it is still at hand.
"""

from collections.abc import Sequence

import msgspec

from sync.chain import ChainBroken, Head, Linked, check_signature, link
from sync.entry import Entry, EntryKind
from sync.wire import PushRequest


class Stretch(msgspec.Struct, frozen=True):
    """The clocks of entries one after the other, of one boot and with one trusted time (`anchor`) behind them.

    `resent` when they are of a former life, sent once more; nothing is `known` of entries that cannot be read.
    """

    boot: str
    anchor: str
    resent: bool
    known: bool
    mono_ms: list[int]
    wall_ms: list[int]


class Part(msgspec.Struct, frozen=True):
    """The entries of a push in their chain, column by column, and whether the last signature is by `key`.

    `ends` are the last seq of the commit of each, `resent` seq and former hash of what is sent once more, `last` the
    last entry. Or `broken` says why they are none.
    """

    hashes: Sequence[bytes] = ()
    signatures: Sequence[bytes | None] = ()
    ends: Sequence[int] = ()
    clocks: Sequence[Stretch] = ()
    resent: Sequence[tuple[int, bytes]] = ()
    enrols: bool = False
    last: Linked | None = None
    key: bytes = b""
    broken: ChainBroken | None = None


def read_part(request: PushRequest, key: bytes) -> Part:
    """The entries of a push and whether `key`, which the till signs with, has signed the last of them."""
    try:
        part = read_after(request, 0, request.base_hash)
    except ChainBroken as broken:
        return Part(broken=broken)
    try:
        check_tail(request, part, (key,))
    except ChainBroken:
        return part
    return msgspec.structs.replace(part, key=key)


def check_tail(request: PushRequest, part: Part, keys: Sequence[bytes]) -> None:
    """The last signature vouches for all entries; `verify` checks the others later. Raises ChainBroken."""
    if part.last is not None:
        base = Head(request.dev, request.inc, request.base_seq, request.base_hash)
        check_signature(keys[0], base, part.last, part.signatures[-1], keys[1:])


def read_after(request: PushRequest, known: int, prev: bytes) -> Part:
    """The entries after the first `known`, of which the last has the hash `prev`. Raises ChainBroken."""
    first = request.base_seq + known + 1
    hashes: list[bytes] = []
    clocks: list[Stretch] = []
    resent: list[tuple[int, bytes]] = []
    enrols, last, now = False, None, None
    for last in link(Head(request.dev, request.inc, first - 1, prev), request.entries[known:]):
        entry = last.entry
        hashes.append(last.hash)
        if now is None or not _goes_on(now, entry):
            clocks.append(now := _begin(entry))
        now.mono_ms.append(entry.mono_ms if entry else 0)
        now.wall_ms.append(entry.wall_ms if entry else 0)
        if entry is not None and entry.orig is not None:
            resent.append((last.seq, entry.orig))
        enrols = enrols or (entry is not None and entry.kind == EntryKind.ENROL)
    signed = {one.seq: one.signature for one in request.signatures}
    signatures = [signed.get(seq) for seq in range(first, first + len(hashes))]
    return Part(hashes, signatures, _ends(first, signatures), clocks, resent, enrols, last)


def _goes_on(now: Stretch, entry: Entry | None) -> bool:
    if entry is None:
        return not now.known
    same = entry.boot == now.boot and entry.anchor == now.anchor
    return same and now.known and now.resent is (entry.orig is not None)


def _begin(entry: Entry | None) -> Stretch:
    if entry is None:
        return Stretch("", "", resent=False, known=False, mono_ms=[], wall_ms=[])
    resent = entry.orig is not None
    return Stretch(entry.boot, entry.anchor, resent, known=True, mono_ms=[], wall_ms=[])


def _ends(first: int, signatures: Sequence[bytes | None]) -> Sequence[int]:
    """Of each entry from seq `first` on: the last one of its commit, which is signed; 0 where none is."""
    ends, end = [0] * len(signatures), 0
    for n in range(len(signatures) - 1, -1, -1):
        if signatures[n] is not None:
            end = first + n
        ends[n] = end
    return ends

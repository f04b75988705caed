"""When a ticket was sold: an anchor plus the monotonic clock, never the wall clock alone (section 2.4)."""

from collections.abc import Sequence

import msgspec

from sync.entry import Entry
from sync.ledger.records import AnchorRow


class Contact(msgspec.Struct, frozen=True):
    """The push that brings the entries: the till's monotonic clock and boot at the ledger's `now_ms`."""

    now_ms: int
    mono_ms: int
    boot: str


def sold_at(entry: Entry | None, anchors: Sequence[AnchorRow], contact: Contact, floor_ms: int) -> int:
    """The time of sale in ms UTC: not before `floor_ms` (the entry before it in the chain), not after now.

    Within a boot that an anchor or this push knows, the monotonic clock decides; across boots the wall clock,
    not before the anchor that the entry names.
    """
    if entry is None:
        return max(floor_ms, contact.now_ms)
    mono = _by_anchor(entry, anchors)
    if mono is None and entry.boot == contact.boot:
        mono = contact.now_ms - (contact.mono_ms - entry.mono_ms)
    if mono is None:
        known = [anchor.server_ms for anchor in anchors if anchor.id == entry.anchor]
        mono = max([entry.wall_ms, *known])
    return max(floor_ms, min(mono, contact.now_ms))


def _by_anchor(entry: Entry, anchors: Sequence[AnchorRow]) -> int | None:
    """By the anchor that the entry names, else by the first one of its boot."""
    known: AnchorRow | None = None
    for anchor in anchors:
        if anchor.boot == entry.boot and (known is None or known.id != entry.anchor == anchor.id):
            known = anchor
    return None if known is None else known.server_ms + entry.mono_ms - known.mono_ms

"""When a ticket was sold: an anchor plus the monotonic clock, never the wall clock alone (section 2.4)."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sync.entry import Entry
from sync.ledger.records import AnchorRow


class Contact(msgspec.Struct, frozen=True):
    """The push that brings the entries: the till's monotonic clock and boot at the ledger's `now_ms`."""

    now_ms: int
    mono_ms: int
    boot: str


class SoldTimes:
    """Times of sale of one push. Entries share few boots and anchors: what these say is worked out once for each.

    The till's life began at `paired_ms`; what it sends once more is of a former life, and not before `former_ms`.
    """

    def __init__(
        self, anchors: Sequence[AnchorRow], contact: Contact, paired_ms: int, former_ms: int = 0
    ) -> None:
        self._anchors, self._contact = anchors, contact
        self._paired_ms, self._former_ms = paired_ms, former_ms
        self._begun: dict[tuple[str, str], int | None] = {}

    def of(self, entries: Iterable[Entry | None], floor_ms: int) -> Iterator[int]:
        """Of each in ms UTC: not before the one before it in the chain (`floor_ms`), not after now.

        Within a boot that an anchor or this push knows, the monotonic clock decides; across boots the wall clock,
        not before the anchor that the entry names, nor before the till was paired. Of what cannot be read nothing is
        known.
        """
        now_ms = self._contact.now_ms
        for entry in entries:
            at = now_ms if entry is None else self._said(entry)
            floor_ms = max(floor_ms, min(at, now_ms))
            yield floor_ms

    def _said(self, entry: Entry) -> int:
        key = entry.boot, entry.anchor
        if key not in self._begun:
            self._begun[key] = self._begin(entry)
        begun = self._begun[key]
        return self._across_boots(entry) if begun is None else begun + entry.mono_ms

    def _begin(self, entry: Entry) -> int | None:
        """When the monotonic clock of the entry's boot was 0; None where nothing says it."""
        same = [anchor for anchor in self._anchors if anchor.boot == entry.boot]
        named = [anchor for anchor in same if anchor.id == entry.anchor]
        for anchor in named or same:
            return anchor.server_ms - anchor.mono_ms
        contact = self._contact
        return contact.now_ms - contact.mono_ms if entry.boot == contact.boot else None

    def _across_boots(self, entry: Entry) -> int:
        known = [anchor.server_ms for anchor in self._anchors if anchor.id == entry.anchor]
        begun = self._paired_ms if entry.orig is None else self._former_ms
        return max([entry.wall_ms, begun, *known])

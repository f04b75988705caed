"""When a ticket was sold: an anchor plus the monotonic clock, never the wall clock alone (section 2.4)."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sync.ledger.part import Stretch
from sync.ledger.records import AnchorRow


class Contact(msgspec.Struct, frozen=True):
    """The push that brings the entries: the till's monotonic clock and boot at the ledger's `now_ms`."""

    now_ms: int
    mono_ms: int
    boot: str


class SoldTimes:
    """Times of sale of one push. Entries share few boots and anchors: what these say is worked out once for a stretch.

    The till's life began at `paired_ms`; what it sends once more is of a former life, and not before `former_ms`.
    """

    def __init__(
        self, anchors: Sequence[AnchorRow], contact: Contact, paired_ms: int, former_ms: int = 0
    ) -> None:
        self._anchors, self._contact = anchors, contact
        self._paired_ms, self._former_ms = paired_ms, former_ms

    def of(self, clocks: Iterable[Stretch], floor_ms: int) -> Iterator[int]:
        """Of each entry in ms UTC: not before the one before it in the chain (`floor_ms`), not after now.

        Within a boot that an anchor or this push knows, the monotonic clock decides; across boots the wall clock,
        not before the anchor that the entry names, nor before the till was paired. Of what cannot be read nothing is
        known: it goes by the one before it, and moves none behind it.
        """
        now_ms = self._contact.now_ms
        for one in clocks:
            for at in self._said(one):
                if at > floor_ms:
                    floor_ms = max(floor_ms, min(at, now_ms))
                yield floor_ms

    def _said(self, clocks: Stretch) -> Iterable[int]:
        if not clocks.known:
            return [self._former_ms or self._paired_ms] * len(clocks.wall_ms)
        begun = self._begun(clocks)
        if begun is not None:
            return [begun + mono_ms for mono_ms in clocks.mono_ms]
        known = [anchor.server_ms for anchor in self._anchors if anchor.id == clocks.anchor]
        least = max([self._former_ms if clocks.resent else self._paired_ms, *known])
        return [max(wall_ms, least) for wall_ms in clocks.wall_ms]

    def _begun(self, clocks: Stretch) -> int | None:
        """When the monotonic clock of the boot was 0; None where nothing says it."""
        same = [anchor for anchor in self._anchors if anchor.boot == clocks.boot]
        named = [anchor for anchor in same if anchor.id == clocks.anchor]
        for anchor in named or same:
            return anchor.server_ms - anchor.mono_ms
        contact = self._contact
        return contact.now_ms - contact.mono_ms if clocks.boot == contact.boot else None

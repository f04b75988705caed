"""Who waits for news of which buckets: a commit wakes those whom it concerns, and nobody else looks."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Waiting:
    """Those who wait in this process, by bucket. Used from one event loop."""

    def __init__(self) -> None:
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._told: dict[str, int] = {}

    def tell(self, moved: Mapping[str, int] | None) -> None:
        """Buckets have moved to these positions; None when nobody knows which."""
        for bucket in list(self._bells) if moved is None else moved:
            for bell in self._bells.get(bucket, ()):
                bell.set()
        self._told.update(moved or {})

    @contextmanager
    def listening(self, positions: Mapping[str, int]) -> Iterator[asyncio.Event]:
        """While inside: a bell that rings once one of these buckets is beyond its position."""
        bell = asyncio.Event()
        for bucket, pos in positions.items():
            self._bells.setdefault(bucket, set()).add(bell)
            if self._told.get(bucket, 0) > pos:
                bell.set()
        try:
            yield bell
        finally:
            for bucket in positions:
                self._leave(bucket, bell)

    def _leave(self, bucket: str, bell: asyncio.Event) -> None:
        bells = self._bells[bucket]
        bells.discard(bell)
        if not bells:
            del self._bells[bucket]

"""The disks of one life, looked at after every step: one is heard and given to, the others are found out (4.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sync.ledger.port import Transaction
from tests.simulation.disk import Image
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.counter import Counter
    from tests.simulation.world import World

Life = tuple[int, int]
"""Device and incarnation."""


class Disks:
    """What one world knows of the lives of which there were several disks.

    Until one of them is heard, what is given may go to any; `_last` is the last grant by then. `_late` are disks that
    began when another had been heard already.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._unheard: list[Image] = []
        self._last: dict[Life, int] = {}
        self._asked: set[Life] = set()
        self._late: list[tuple[Counter, Image]] = []

    def begins(self, counter: Counter, image: Image) -> None:
        """A disk begins to live on `image`. Of a push that was under way then, each copy may be told the answer."""
        self._late = [
            one for one in self._late if one[0] is not counter
        ]  # set back once more: to where it says
        if self._may_go_on(image):
            self._unheard.append(image)
        else:
            self._late.append((counter, image))
        if image.nonce:
            self._asked.add((image.dev, image.inc))

    def check(self) -> None:
        """Raises Wrong when two disks of a life were answered and neither was found out, or both are given the same."""
        self._unheard = [image for image in self._unheard if self._may_go_on(image)]
        faults = [text for life in sorted(self._world.lives.doubtful) for text in self._of_life(life)]
        self._late = [(one, image) for one, image in self._late if _life(one) == (image.dev, image.inc)]
        for counter, image in self._late:
            if given := _given(counter, image.last_gno):
                faults.append(
                    f"{counter.name} was given {sorted(given)}, though another disk was heard since"
                )
        if faults:
            raise Wrong("\n".join(faults))

    def _may_go_on(self, image: Image) -> bool:
        """Whether a disk like this one would still be heard."""

        async def look(tx: Transaction) -> tuple[bool, int]:
            life = await tx.incarnation(image.dev, image.inc)
            assert life is not None
            again = life.ratchet_prev == image.ratchet and life.nonce == image.nonce
            return life.ratchet == image.ratchet or again, life.last_gno

        still, last = self._world.house.read(look)
        if not still:
            life = image.dev, image.inc
            self._last[life] = max(last, self._last.get(life, 0))
        return still

    def _of_life(self, life: Life) -> Iterator[str]:
        disks = [one for one in self._world.counters if _life(one) == life]
        if len(disks) < 2:
            return
        often = 2 if life in self._asked else 1
        if len([one for one in disks if one.reached >= often and not one.fenced()]) > 1:
            yield f"till {life[0]} lives twice as {life[1]} and nobody noticed"
        if not any((image.dev, image.inc) == life for image in self._unheard):
            last = self._last[life]
            for n, disk in enumerate(disks):
                for other in disks[n + 1 :]:
                    both = _given(disk, last) & _given(other, last)
                    if both:
                        yield f"{disk.name} and {other.name}, of one life, were both given {sorted(both)}"


def _life(counter: Counter) -> Life:
    return counter.who.dev, counter.who.inc


def _given(counter: Counter, after: int) -> set[int]:
    """Numbers of the grants that a disk has received after number `after`."""
    rows = counter.store.reader().execute("SELECT gno FROM grant_received WHERE gno > ?", (after,))
    return {gno for (gno,) in rows.fetchall()}

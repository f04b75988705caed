"""Lines of a ticket that are counted together, and points shared out over them."""

import msgspec

from rules.allocate import carriers, shared
from rules.decision import Contribution


class Shares:
    """Lines that are counted together: their `cents` (never negative), and points shared out over them."""

    __slots__ = ("_count", "_over", "cents")

    def __init__(self, counted: tuple[int, ...], eligible: tuple[int, ...], cents: list[int]) -> None:
        """The lines `counted` of a ticket with `cents` by line; all `eligible` ones carry where none is counted."""
        weights = [cents[n] for n in counted]
        self.cents = max(0, sum(weights))
        positive = bool(weights) and min(weights) > 0
        self._over = (counted, weights) if positive else carriers(counted or eligible, cents)
        self._count = len(cents)

    def of(self, quantity: int) -> tuple[int, ...]:
        """`quantity` by line of the ticket."""
        return shared(quantity, self._over, self._count)


def lowered(given: Contribution, quantity: int) -> Contribution:
    """`given` with only `quantity` units left, shared out over the lines as before."""
    size = len(given.allocation)
    over = carriers(range(size), given.allocation)
    return msgspec.structs.replace(given, quantity=quantity, allocation=shared(quantity, over, size))

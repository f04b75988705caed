"""The body of an ADJUST entry: points given or taken by a manager's word, which no rule gives."""

from typing import Final

import msgspec

MOST: Final = 1_000_000
INCIDENT: Final = "incident"
REASONS: Final = (INCIDENT, "missing", "mistake", "courtesy", "misuse")


class AdjustBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`quantity` points are given (above 0) or taken, for one of `REASONS`, by the manager `by`.

    Above the till's limit, or where `by` is the `cashier`, `second` is another manager who allowed it too.
    `programme` is the one in force, whose points they are.
    """

    store: str
    cashier: str
    by: str
    quantity: int
    reason: str
    programme: str
    second: str = ""

    @property
    def makes_up(self) -> int:
        """The points of it that answer an incident."""
        return max(0, self.quantity) if self.reason == INCIDENT else 0

    @property
    def is_sound(self) -> bool:
        """Whether it can be booked: a quantity in bounds, somebody who answers for it, two who are not one."""
        return (
            0 < abs(self.quantity) <= MOST and bool(self.by) and bool(self.reason) and self.second != self.by
        )

"""Floor limits: what a till without a line may give beyond its grants, as its ledger publishes them.

ledger-and-sync.md section 4.6. All limits count points.
"""

import msgspec

FLOORS = "floors"  # what the publication is called
LEASE_CAP = "lease_cap"  # name of the chain's setting that has `Floors.lease` at hand for every review
DAY_MS = 86_400_000


class Floors(msgspec.Struct, frozen=True, array_like=True):
    """Most points beyond grants: of a `ticket`; since a till's last contact of a `member` there, and of the `till`.

    With one of them at 0 nothing is given. Who is a member for less than `new_days` gets nothing; a till that has
    heard nothing of rules and revocations for `stale_days` gives nothing. `number` and `signed` are the most points
    that a member may spend of a business day at a till, also of what it holds, on a number alone and on a signed card;
    None leaves it to the till (`pos_app/till/trust.py`). `lease` is the most points of a member that are put at one
    store beforehand (section 4.7), None for as much as the member usually redeems.
    """

    ticket: int = 0
    member: int = 0
    till: int = 0
    new_days: int = 30
    stale_days: int = 7
    number: int | None = None
    signed: int | None = None
    lease: int | None = None

    @property
    def on(self) -> bool:
        """Whether anything is given beyond grants at all."""
        return min(self.ticket, self.member, self.till) > 0


class Taken(msgspec.Struct, frozen=True):
    """Points given beyond grants since the last contact: to one member, and by the till in all."""

    member: int
    till: int


def room(limits: Floors, taken: Taken) -> int:
    """Points that the next ticket of a member may take beyond grants."""
    if not limits.on:
        return 0
    return max(0, min(limits.ticket, limits.member - taken.member, limits.till - taken.till))

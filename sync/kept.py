"""Bodies of entries that the ledger keeps as they are: the record itself is the effect."""

import msgspec


class CloseZBody(msgspec.Struct, frozen=True):
    """Cash-up of a business day at this till: counts, cents and what was not yet sent."""

    store: str
    cashier: str
    tickets: int
    member_tickets: int
    cents: int
    unsent: int


class ClockBody(msgspec.Struct, frozen=True):
    """The till's clock came into doubt or was confirmed: high-water mark and wall clock in ms."""

    mark_ms: int
    wall_ms: int
    trusted: bool


class SupervisorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A manager allowed something: who, what, why, about which ticket or member."""

    supervisor: str
    action: str
    reason: str
    subject: str = ""

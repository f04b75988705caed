"""Bodies of entries that the ledger keeps as they are: the record itself is the effect."""

import msgspec


class CloseZBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Cash-up of a business day at this till: counts, cents, how many tickets, undos and returns were not yet sent.

    `returned` are the cents that were given back that day, for goods of whatever day; `cents` has them in it.
    """

    store: str
    cashier: str
    tickets: int
    member_tickets: int
    cents: int
    unsent: int
    returned: int = 0


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

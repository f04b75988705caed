"""A ticket as the rules see it: lines in integer cents, or an event, dated in the calendar of the store."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a ticket. `cents` is what the customer pays for the line and may be negative (a discount)."""

    cents: int
    sku: str = ""
    category: str = ""
    subcategory: str = ""
    qty: Decimal = Decimal(1)
    promo: bool = False


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened elsewhere than at the till: a check-in, a review, a web order, an incident.

    `ref` is what it is about (an order, a review); `fields` holds what conditions may read as `event.…`.
    """

    name: str
    sku: str = ""
    ref: str = ""
    fields: Mapping[str, str | int | bool] = {}


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sale, or with `event` something that happened, which has no lines.

    `bdate` is the business date of the store's calendar, `minute` the local minute of the day (0 to 1439),
    `weekday` the ISO weekday of `bdate` (1 is Monday). A typed amount is one line with empty sku and category.
    `zones` are the places of the shop where the member scanned the card on this visit.
    """

    id: str
    lines: tuple[Line, ...]
    bdate: date
    minute: int
    store: str
    till: str = ""
    channel: str = "shop"
    zones: tuple[str, ...] = ()
    event: Event | None = None

    @property
    def weekday(self) -> int:
        """ISO weekday of the business date, 1 (Monday) to 7."""
        return self.bdate.isoweekday()

    @property
    def gross(self) -> int:
        """Sum of the lines in cents, before exclusions and burns; may be negative."""
        return sum([line.cents for line in self.lines])

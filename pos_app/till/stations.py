"""A scanner as the station of a zone: members scan their card there by themselves, and products after it.

It works beside the cashier, who sees nothing of it: the till may be locked or in the middle of a ticket.
"""

from typing import Final

from pos_app.devices.grammar import Code, Kind
from pos_app.till.card_holder import holder
from pos_app.till.identify import void
from pos_app.till.parts import Parts
from pos_app.till.places import at_station
from pos_app.till.state import State, Visitor, change
from sync.till import config

STAY_MS: Final = (
    60_000  # a product this long after the card, or after another product, is still that member's
)


def scanned(parts: Parts, state: State, zone: str, code: Code, at_ms: int) -> State:
    """`code` was scanned at the station of `zone`."""
    who = holder(parts, code)
    if who is not None and void(parts, state.language, who) is None:
        at_station(parts, state, who, zone)
        return change(state, stations={**state.stations, zone: Visitor(who, at_ms)})
    visitor = state.stations.get(zone)
    product = config.product(parts.reader, code.value) if code.kind is Kind.PRODUCT else None
    if visitor is None or product is None or at_ms - visitor.at_ms > STAY_MS:
        return state
    at_station(parts, state, visitor.who, zone, product.sku)
    return change(state, stations={**state.stations, zone: Visitor(visitor.who, at_ms)})

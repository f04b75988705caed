"""A scanner as the station of a zone: members scan their card there by themselves, and products after it.

It works beside the cashier, who sees nothing of it: the till may be locked or in the middle of a ticket.
"""

from typing import Final

from pos_app.devices.grammar import Code, Kind
from pos_app.till.identify import void
from pos_app.till.member import masked, who_has
from pos_app.till.parts import Parts
from pos_app.till.places import at_station
from pos_app.till.signed import verified
from pos_app.till.state import State, Visitor, Who, change
from sync.card_code import Flaw
from sync.entry import Evidence
from sync.till import config
from sync.tokens import card_token

STAY_MS: Final = (
    60_000  # a product this long after the card, or after another product, is still that member's
)


def scanned(parts: Parts, state: State, zone: str, code: Code, at_ms: int) -> State:
    """`code` was scanned at the station of `zone`."""
    who = _card(parts, code)
    if who is not None and void(parts, state.language, who) is None:
        at_station(parts, state, who, zone)
        return change(state, stations={**state.stations, zone: Visitor(who, at_ms)})
    visitor = state.stations.get(zone)
    product = config.product(parts.reader, code.value) if code.kind is Kind.PRODUCT else None
    if visitor is None or product is None or at_ms - visitor.at_ms > STAY_MS:
        return state
    at_station(parts, state, visitor.who, zone, product.sku)
    return change(state, stations={**state.stations, zone: Visitor(visitor.who, at_ms)})


def _card(parts: Parts, code: Code) -> Who | None:
    """Whose card it is; None for anything else, and for a card that is neither ours nor known here."""
    if code.kind is Kind.SIGNED_CARD:
        found = verified(parts, code.value)
        return None if isinstance(found, Flaw) else found
    if code.kind not in (Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT):
        return None
    if config.product(parts.reader, code.value) is not None:
        return None
    token = card_token(parts.identity.lookup_key, code.value)
    who = who_has(parts, token, masked(code.value), Evidence.NUMBER.value)
    return who if who.member is not None or code.kind is Kind.MEMBER else None

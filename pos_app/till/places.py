"""Codes of places and events: a check-in, once a day; and stations, where members scan their card by themselves.

A place is named by 1 to 40 of a-z, 0-9, dot, dash and underscore, as the rules read it in `event.place` and
`visit.zones`. What happened is an event with a ref of its day, so that it counts once however often it is scanned.
"""

from typing import Final

from pos_app.till.event import happened, happened_here, record
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import Basket, State, Who, change
from pos_app.till.view import Notice
from rules.ticket import Event
from sync.ids import uuid7

CHECK_IN: Final = "check_in"
PRODUCT_SCAN: Final = "product_scan"


def check_in(parts: Parts, state: State, place: str) -> State:
    """The code of a place or an event was scanned: the member of the begun ticket was there today."""
    words = words_of(state.language)
    who = state.basket.who if state.basket is not None else None
    event = _of_day(parts, CHECK_IN, place)
    if who is not None and _noted(parts, who, event.ref):
        return change(state, notice=tell(words, "checked_in_already", place=place))
    after = record(parts, state, event)
    if after.decision is None:
        return after.state
    points = sum(one.quantity for one in after.decision.contributions if one.asset == "points")
    code = "checked_in" if not points else "checked_in_points"
    return change(after.state, notice=tell(words, code, place=place, points=words.number(points)))


def at_station(parts: Parts, state: State, who: Who, zone: str, sku: str = "") -> Notice | None:
    """A member scanned the card, or after it a product, at the station of `zone`; why not, where it is not noted."""
    event = _of_day(parts, PRODUCT_SCAN if sku else CHECK_IN, zone, sku)
    if _noted(parts, who, event.ref):
        return None
    moment = now(parts)
    programme = parts.programme(moment.bdate)
    basket = Basket(
        uuid7(moment.now_ms, parts.random(10)), programme.sha256 if programme is not None else "", who=who
    )
    said = happened(parts, state, basket, event)
    return said if isinstance(said, Notice) else None


def zones_today(parts: Parts, who: Who) -> tuple[str, ...]:
    """The places at which the member was today, as far as this till has seen it, in their order."""
    found = (str(event.fields.get("place", "")) for event in _today(parts, who) if event.name == CHECK_IN)
    return tuple(dict.fromkeys(found))


def _of_day(parts: Parts, name: str, place: str, sku: str = "") -> Event:
    ref = ":".join(part for part in (name, place, sku, now(parts).bdate.isoformat()) if part)
    return Event(name, sku, ref, {"place": place})


def _noted(parts: Parts, who: Who, ref: str) -> bool:
    return any(event.ref == ref for event in _today(parts, who))


def _today(parts: Parts, who: Who) -> list[Event]:
    """What happened to the member at this till on this business day."""
    today = now(parts).bdate
    return [event for day, event in happened_here(parts, who) if day == today]

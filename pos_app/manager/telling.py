"""Figures in words: changes against last week, shares, and why a pattern wants looking at."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from pos_app.languages.words import Words
from pos_app.manager.shop import Shop
from pos_app.till.moment import as_utc
from rules.sentences import mark
from sync.figures import Row
from sync.patterns import (
    AFTER_USE,
    BY_HAND,
    NO_TICKET,
    OWN_CARD,
    TWO_STORES,
    TWO_TILLS,
    TYPED,
    VELOCITY,
    Pattern,
)

_PATTERNS: Final[Mapping[str, str]] = {
    VELOCITY: mark("Member {member}: {count} tickets within an hour, the last with {who} at till {till}"),
    TWO_STORES: mark("Member {member}: here and in {store} within 10 minutes, times: {count}"),
    TWO_TILLS: mark("Member {member}: at two tills within 10 minutes, times: {count}"),
    OWN_CARD: mark("Member {member}: {count} tickets, all with {who}, {points} points: whose card is it?"),
    AFTER_USE: mark("Member {member}: {who} took a ticket back after {points} points were used"),
    NO_TICKET: mark("{who}: {count} returns without a ticket"),
    BY_HAND: mark("{who} gave points by hand, times: {count}, {points} in all"),
    TYPED: mark("{who} typed {count} card numbers, {percent} % of the members served"),
}

_FAST_IN_TWO: Final = mark("Member {member}: {count} tickets within an hour, here and in {store}")


def pattern_text(one: Pattern, staff: Mapping[str, str], words: Words) -> str:
    """What was seen, with the figures it was seen by."""
    sentence = _PATTERNS.get(one.kind, mark("times: {count}"))
    if one.kind == VELOCITY and one.store:
        sentence = _FAST_IN_TWO
    return words(
        sentence,
        member=one.member,
        count=words.number(one.count),
        who=staff.get(one.cashier, one.cashier) or words("nobody signed in"),
        till=one.till,
        store=one.store,
        points=words.number(one.points),
        percent=one.percent,
    )


def share(part: int, whole: int, words: Words) -> str:
    """A share in whole percent; "" of nothing."""
    return words("{n} %", n=round(100 * part / whole)) if whole else ""


def change(now: int, before: int, words: Words) -> str:
    """How much more or less than before, in whole percent; "" where there was nothing before."""
    return words("{n} %", n=f"{round(100 * (now - before) / before):+d}") if before else ""


def points_change(now: Row, before: Row, words: Words) -> str:
    """How many points of percent the share of linked tickets has moved."""
    if not (now.tickets and before.tickets):
        return ""
    moved = round(100 * now.linked / now.tickets) - round(100 * before.linked / before.tickets)
    return words("{n} pt", n=f"{moved:+d}")


def basket(cents: int, tickets: int, words: Words) -> str:
    """The average ticket; "" where there was none."""
    return words.money(round(cents / tickets)) if tickets else ""


def age_text(shop: Shop, words: Words) -> str:
    """How old the other tills' figures are."""
    if shop.told is None:
        return words("This till alone: the ledger has not told of the others yet.")
    return words("Other tills as of {when}.", when=clock(shop, shop.told.made_ms, words))


def clock(shop: Shop, at_ms: int, words: Words) -> str:
    """The time `at_ms` (UTC) in the store, with its date where that is another one."""
    zone = ZoneInfo(shop.identity.timezone)
    at, now = as_utc(at_ms).astimezone(zone), as_utc(shop.at_ms).astimezone(zone)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{words.date(at.date())} {at:%H:%M}"

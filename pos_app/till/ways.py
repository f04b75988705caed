"""The ways of a member as shown beside the ticket, the nearest goal first. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from pos_app.languages.words import Words
from pos_app.till.labels import amount_text, label, voice_of
from pos_app.till.view import Bar, StampCard, Way
from rules.account import POINTS, Account
from rules.decision import Progress
from rules.explain import progress_text
from rules.programme.model import Programme
from rules.sentences import mark

# Of these only the nearest is shown: what is dearer, or higher, is under F1.
_BARS: Mapping[str, str] = {
    "reward": mark("Next reward: {what}"),
    "voucher": mark("Next voucher: {what}"),
    "tier": mark("Next tier: {what}"),
}
_CARDS = ("visits", "streak", "once")
_TOLD_ELSEWHERE = ("lapse", "alert")


Ends = Mapping[str, tuple[date, int]]
"""Assets of which something lapses soon: the last day of the first part, and how many units that is."""


def ways_of(
    progress: tuple[Progress, ...],
    balance: Mapping[str, int],
    programme: Programme | None,
    words: Words,
    ends: Ends = MappingProxyType({}),
) -> tuple[Way, ...]:
    """Everything the member is on the way to after the ticket: bars, cards and sentences, nearest first.

    `balance` has the free items that can be taken already.
    """
    return tuple(_way(one, balance, programme, words, ends) for one in nearest(progress))


def ends_of(account: Account, today: date, days: int) -> Ends:
    """What of the stamps and free items of `account` lapses within so many days after `today`."""
    found: dict[str, tuple[date, int]] = {}
    for one in sorted(account.holdings, key=lambda holding: holding.last_day):
        if one.asset != POINTS and today <= one.last_day <= today + timedelta(days=days):
            day, units = found.get(one.asset, (one.last_day, 0))
            found[one.asset] = day, units + (one.quantity if one.last_day == day else 0)
    return found


def nearest(progress: tuple[Progress, ...]) -> tuple[Progress, ...]:
    """What is shown of `progress`, nearest first. What is reached is no way any more, but a card is shown full."""
    found: list[Progress] = []
    told: set[str] = set()
    for one in sorted(progress, key=missing):
        if one.what in told or one.what in _TOLD_ELSEWHERE or (one.what in _BARS and one.have >= one.need):
            continue
        if one.what in _BARS:
            told.add(one.what)
        found.append(one)
    return tuple(found)


def care_text(progress: tuple[Progress, ...], programme: Programme | None, words: Words) -> str:
    """What went wrong for the member lately, for the alert line; "" when nothing asks for care."""
    return next(
        (progress_text(one, voice_of(programme, words)) for one in progress if one.what == "alert"), ""
    )


def missing(one: Progress) -> float:
    """The share of the whole way that is left; what one purchase settles comes first."""
    if one.what == "referral":
        return 0.0
    return max(0, one.need - one.have) / max(1, one.need)


def said_text(one: Progress, programme: Programme | None, words: Words) -> str:
    """A way in one sentence, as it is said: the next reward or voucher by its own name."""
    way = _way(one, {}, programme, words, {})
    if isinstance(way, str):
        return way
    title = label(programme, one.goal, words) if one.what in ("reward", "voucher") else way.title
    return words("{label}: {what}", label=title, what=way.left)


def _way(
    one: Progress, balance: Mapping[str, int], programme: Programme | None, words: Words, ends: Ends
) -> Way:
    if one.what in _BARS:
        name = one.goal if one.what == "tier" else label(programme, one.goal, words)
        return Bar(words(_BARS[one.what], what=name), one.have, one.need, left_text(one, programme, words))
    begun = one.what != "streak" or one.until is not None
    if one.what == "stamps" or (one.what in _CARDS and begun):
        title, left = label(programme, one.rule, words), left_text(one, programme, words)
        if one.what != "stamps":
            return StampCard(title, one.have, one.need, left)
        ready = _ready(balance.get(one.goal, 0), ends.get(one.goal), words)
        return StampCard(
            title, one.have, one.need, left, ready, _stamps_end(ends.get(f"stamp:{one.rule}"), words)
        )
    return progress_text(one, voice_of(programme, words))


def _ready(free: int, ends: tuple[date, int] | None, words: Words) -> str:
    if not free:
        return ""
    text = words.plural("{n} free item to take: scan it", "{n} free items to take: scan them", free)
    if ends is None:
        return text
    until = words.plural("{n} until {day}", "{n} until {day}", ends[1], day=words.date(ends[0]))
    return f"{text} · {until}"


def _stamps_end(ends: tuple[date, int] | None, words: Words) -> str:
    if ends is None:
        return ""
    return words.plural("{n} stamp until {day}", "{n} stamps until {day}", ends[1], day=words.date(ends[0]))


def left_text(one: Progress, programme: Programme | None, words: Words) -> str:
    """What is left to go, in words."""
    left = max(0, one.need - one.have)
    if one.what == "streak" and one.until is not None:
        return words("1 visit by {until} keeps the streak", until=words.date(one.until))
    if one.what == "stamps":
        if not left:
            return words("card full: the next one is free")
        return words.plural("{n} stamp left, then free", "{n} stamps left, then free", left)
    if one.what == "visits" or one.unit == "visits":
        return words.plural("{n} visit left", "{n} visits left", left)
    if one.what == "once":
        return words.plural("{n} answer left", "{n} answers left", left)
    return words("{amount} left", amount=_amount(one.unit, left, programme, words))


def _amount(unit: str, n: int, programme: Programme | None, words: Words) -> str:
    if unit == POINTS:
        return amount_text(programme, POINTS, n, words)
    return words.money(n) if unit == "cents" else words.number(n)

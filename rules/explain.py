"""What rules did, in sentences: the same words on till, receipt and ledger (rules.md section 6).

The English sentences are the keys of the language catalogues. Names in braces are filled after translation.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from rules.decision import Gap, Option, Outcome, Progress, Reason
from rules.sentences import mark


class Voice(msgspec.Struct, frozen=True):
    """How to speak: `say` translates a message, `money` writes cents, `amount` so many of an asset ("3 points").

    `label` names a rule or tier, `unit` is the programme's word for points, `day` writes a date, all in the wanted
    language.
    """

    say: Callable[[str], str]
    money: Callable[[int], str]
    label: Callable[[str], str]
    amount: Callable[[str, int], str]
    unit: str = "points"
    day: Callable[[date], str] = date.isoformat


_BY_REASON: Mapping[Reason, str] = {
    Reason.APPLIED: mark("{label}: + {amount}"),
    Reason.NOT_YET_VALID: mark("{label} has not begun yet"),
    Reason.ENDED: mark("{label} has ended"),
    Reason.OUTSIDE_SCHEDULE: mark("{label} does not run at this time"),
    Reason.CONDITION_FALSE: mark("{label}: the conditions are not met"),
    Reason.FIELD_ABSENT: mark("{label} needs something the member has not told us"),
    Reason.BELOW_MINIMUM: mark("{label} starts from a larger purchase"),
    Reason.NO_ELIGIBLE_LINE: mark("{label}: nothing on this ticket counts for it"),
    Reason.NOT_BEST_IN_GROUP: mark("{label} gives way: {by} gives more"),
    Reason.EXCLUDED_BY: mark("{label} cannot be combined with {by}"),
    Reason.CAP_REACHED: mark("{label}: the limit is reached"),
    Reason.CAP_CUT: mark("{label}: + {amount}, cut by {by}"),
    Reason.BUDGET_SPENT: mark("{label}: the budget of the campaign is spent"),
    Reason.NO_BALANCE: mark("{label}: the balance is too low"),
    Reason.NOT_YET_AVAILABLE: mark("{label}: owned, but not usable yet"),
    Reason.ALREADY_USED: mark("{label} was already given"),
    Reason.ON_HOLD: mark("{label}: owned, but on hold for now"),
    Reason.WRONG_STORE: mark("{label} does not run in this shop"),
    Reason.WRONG_CHANNEL: mark("{label} does not run on this channel"),
    Reason.NOT_MEMBER: mark("{label} is for members"),
    Reason.NO_EFFECT: mark("{label} changes nothing on this ticket"),
    Reason.SETTLED_LATER: mark("{label} will be added later"),
    Reason.NOT_CHOSEN: mark("{label} was not chosen"),
}

_BY_KIND: Mapping[tuple[str, Reason], str] = {
    ("burn.money", Reason.APPLIED): mark("{label}: -{money} for {amount}"),
    ("burn.product", Reason.APPLIED): mark("{label}: free for {amount}, worth {money}"),
    ("earn.birthday", Reason.OUTSIDE_SCHEDULE): mark("{label} is for the days around the birthday"),
    ("earn.birthday", Reason.FIELD_ABSENT): mark("{label} needs the birthday: ask the member for it"),
    ("earn.birthday", Reason.ALREADY_USED): mark("{label} was already given this year"),
    ("earn.visit", Reason.ALREADY_USED): mark("{label} was already given today"),
    ("earn.visits", Reason.ALREADY_USED): mark("{label}: today's visit is already counted"),
    ("earn.visits", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
    ("earn.streak", Reason.ALREADY_USED): mark("{label}: this period is already counted"),
    ("earn.streak", Reason.NO_EFFECT): mark("{label}: this visit is counted"),
    ("stamp", Reason.ALREADY_USED): mark("{label}: today's stamp is already given"),
    ("tiers", Reason.NO_EFFECT): mark("The ticket counts for the member's level"),
    ("expiry", Reason.APPLIED): mark("The points of this ticket have a last day"),
    ("expiry", Reason.NO_EFFECT): mark("No points on this ticket that could expire"),
}

_FREE = mark("{label}: free, worth {money}")
_STAMPED_AND_FREE = mark("{label}: + {amount}, and free goods worth {money}")

_GAPS: Mapping[str, str] = {
    "cents": mark("{left} more is needed"),
    "points": mark("{have} of {need} {unit}"),
    "stamps": mark("{have} of {need} stamps"),
    "stamp": mark("{have} of {need} stamps"),
    "reward": mark("no full card yet"),
    "visits": mark("visit {have}, bonus at visit {need}"),
    "days": mark("{left} days to go"),
    "weeks": mark("{have} of {need} weeks in a row"),
    "months": mark("{have} of {need} months in a row"),
}

_WAYS: Mapping[str, str] = {
    "reward": mark("{have} of {need} {unit} to {goal}"),
    "stamps": mark("{have} of {need} stamps: {label}"),
    "tier": mark("{have} of {need} {unit} to level {goal}"),
    "tier_cents": mark("{left} to spend to level {goal}"),
    "tier_visits": mark("{have} of {need} visits to level {goal}"),
    "visits": mark("visit {have} this month, bonus at visit {need}"),
    "streak_days": mark("1 visit by {until} keeps the streak: {have} of {need} days"),
    "streak_weeks": mark("1 visit by {until} keeps the streak: {have} of {need} weeks"),
    "streak_months": mark("1 visit by {until} keeps the streak: {have} of {need} months"),
    "streak": mark("1 visit starts a streak: {label}"),
}
_OFFER = mark("{label}: {money} for {amount}")
_OFFER_FREE = mark("{label}: free, worth {money}")


def outcome_text(outcome: Outcome, voice: Voice) -> str:
    """What one rule did on the ticket, or why it did nothing and how far it is from doing something."""
    values = _values(voice, outcome.rule, outcome.asset, outcome.quantity, outcome.cents)
    values["by"] = voice.label(outcome.by)
    text = _fill(voice.say(_template(outcome)), values)
    return f"{text} ({_gap_text(outcome.gap, voice)})" if outcome.gap is not None else text


def progress_text(progress: Progress, voice: Voice) -> str:
    """How far the member is on the way to something."""
    key = f"{progress.what}_{progress.unit}"
    begun = progress.what != "streak" or progress.until is not None
    template = (_WAYS.get(key) if begun else None) or _WAYS[progress.what]
    values = _values(voice, progress.rule, "", 0, 0)
    values |= _distance(progress.have, progress.need, progress.unit, voice)
    values["goal"] = voice.label(progress.goal)
    values["until"] = voice.day(progress.until) if progress.until is not None else ""
    return _fill(voice.say(template), values)


def option_text(option: Option, voice: Voice) -> str:
    """One redemption that is possible now, for one step."""
    template = _OFFER if option.asset == "points" else _OFFER_FREE
    return _fill(
        voice.say(template), _values(voice, option.rule, option.asset, option.quantity, option.cents)
    )


def _template(outcome: Outcome) -> str:
    own = _BY_KIND.get((outcome.kind, outcome.reason))
    if own is not None:
        return own
    family = outcome.asset.partition(":")[0]
    if outcome.reason is Reason.APPLIED and outcome.cents and family in ("stamp", "reward"):
        return _FREE if family == "reward" else _STAMPED_AND_FREE
    return _BY_REASON[outcome.reason]


def _gap_text(gap: Gap, voice: Voice) -> str:
    template = _GAPS.get(gap.unit) or mark("{have} of {need}")
    return _fill(voice.say(template), {"unit": voice.unit, **_distance(gap.have, gap.need, gap.unit, voice)})


def _distance(have: int, need: int, unit: str, voice: Voice) -> dict[str, str]:
    write = voice.money if unit == "cents" else str
    return {"have": write(have), "need": write(need), "left": write(max(0, need - have))}


def _values(voice: Voice, rule: str, asset: str, quantity: int, cents: int) -> dict[str, str]:
    return {
        "label": voice.label(rule),
        "amount": voice.amount(asset, quantity) if asset else "",
        "money": voice.money(cents),
        "unit": voice.unit,
    }


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into `{names}`; a name that a translation invented stays as it is."""
    return re.sub(r"\{([a-z]+)\}", lambda found: values.get(found[1], found[0]), template)

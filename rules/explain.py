"""What rules did, in sentences: the same words on till, receipt and ledger (rules.md section 6).

The sentences are in `rules.wording`, by family; the English ones are the keys of the language catalogues. Names in
braces are filled after translation.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from rules.decision import Gap, Option, Outcome, Progress, Reason
from rules.wording.distances import ANY_GAP, GAPS, WAYS
from rules.wording.earning import EARNING
from rules.wording.keeping import KEEPING
from rules.wording.reasons import BUDGET_CUT, BY_REASON, REST_LATER
from rules.wording.spending import FREE, OFFER, OFFER_BESIDE, OFFER_FREE, SPENDING, STAMPED_AND_FREE


class Voice(msgspec.Struct, frozen=True):
    """How to speak: `say` translates a message, `money` writes cents, `amount` so many of an asset ("3 points").

    `label` names a rule or tier, `unit` is the programme's word for points, `day` writes a date, `point` parts the
    decimals of a figure, all in the wanted `language`.
    """

    say: Callable[[str], str]
    money: Callable[[int], str]
    label: Callable[[str], str]
    amount: Callable[[str, int], str]
    unit: str = "points"
    day: Callable[[date], str] = date.isoformat
    point: str = "."
    language: str = "en"


_BY_KIND: Mapping[tuple[str, Reason], str] = {**EARNING, **SPENDING, **KEEPING}


def outcome_text(outcome: Outcome, voice: Voice) -> str:
    """What one rule did on the ticket, or why it did nothing and how far it is from doing something."""
    values = _values(voice, outcome.rule, outcome.asset, outcome.quantity, outcome.cents)
    values["by"] = voice.label(outcome.by)
    values["cut"] = voice.amount(outcome.asset, outcome.cut) if outcome.asset else ""
    text = fill(voice.say(_template(outcome)), values)
    return f"{text} ({gap_text(outcome.gap, voice)})" if outcome.gap is not None else text


def progress_text(progress: Progress, voice: Voice) -> str:
    """How far the member is on the way to something."""
    key = f"{progress.what}_{progress.unit}"
    begun = progress.what != "streak" or progress.until is not None
    template = (WAYS.get(key) if begun else None) or WAYS[progress.what]
    values = _values(voice, progress.rule, "", 0, 0)
    values |= _distance(progress.have, progress.need, progress.unit, voice)
    values["goal"] = voice.label(progress.goal)
    values["until"] = voice.day(progress.until) if progress.until is not None else ""
    return fill(voice.say(template), values)


def option_text(option: Option, voice: Voice) -> str:
    """One redemption that is possible now, for one step."""
    template = OFFER_FREE
    if option.asset == "points":
        template = OFFER if option.cents else OFFER_BESIDE
    return fill(voice.say(template), _values(voice, option.rule, option.asset, option.quantity, option.cents))


def _template(outcome: Outcome) -> str:
    own = _BY_KIND.get((outcome.kind, outcome.reason))
    if own is not None:
        return own
    family = outcome.asset.partition(":")[0]
    if outcome.reason is Reason.APPLIED and outcome.cents and family in ("stamp", "reward"):
        return FREE if family == "reward" else STAMPED_AND_FREE
    if outcome.reason is Reason.BUDGET_SPENT and outcome.asset and outcome.quantity:
        return BUDGET_CUT
    if outcome.reason is Reason.SETTLED_LATER and outcome.asset and outcome.quantity:
        return REST_LATER
    return BY_REASON[outcome.reason]


def gap_text(gap: Gap, voice: Voice) -> str:
    """How far something is, in a few words without a full stop."""
    template = GAPS.get(gap.unit, ANY_GAP)
    return fill(voice.say(template), {"unit": voice.unit, **_distance(gap.have, gap.need, gap.unit, voice)})


def _distance(have: int, need: int, unit: str, voice: Voice) -> dict[str, str]:
    write = voice.money if unit in ("cents", "face") else str
    return {"have": write(have), "need": write(need), "left": write(max(0, need - have))}


def _values(voice: Voice, rule: str, asset: str, quantity: int, cents: int) -> dict[str, str]:
    return {
        "label": voice.label(rule),
        "amount": voice.amount(asset, quantity) if asset else "",
        "money": voice.money(cents),
        "unit": voice.unit,
    }


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into `{names}`; a name that a translation invented stays as it is."""
    return re.sub(r"\{([a-z]+)\}", lambda found: values.get(found[1], found[0]), template)

"""The explanation as text: one sentence a rule, its detail on demand, or all of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from rules.account import FOREVER
from rules.decision import Gap
from rules.explain import Voice, fill, gap_text, option_text, outcome_text, progress_text
from rules.telling.explanation import Explanation, RuleTold, Version
from rules.telling.particulars import particulars
from rules.wording import details as w

Names = Sequence[str]
_INDENT = "  "
_BASKET = ("cents", "lines", "units")


def sentence(told: RuleTold, voice: Voice) -> str:
    """What one rule did on the ticket, in one sentence."""
    if not told.known:
        return fill(voice.say(w.NOT_KNOWN), {"label": voice.label(told.outcome.rule)})
    text = outcome_text(told.outcome, voice)
    if told.gap is None or told.outcome.gap is not None:
        return text
    return f"{text} ({gap_text(told.gap, voice)})"


def version_lines(version: Version, voice: Voice) -> tuple[str, ...]:
    """Which programme decided, and when it is in force."""
    last = version.last_day
    values = {
        "programme": _named(version, voice),
        "version": str(version.version),
        "hash": version.sha256[:12],
        "first": voice.day(version.effective_from),
        "last": voice.day(last) if last != FOREVER else "-",
    }
    return (fill(voice.say(w.VERSION), values), fill(voice.say(w.IN_FORCE), values))


def heading(found: Explanation, voice: Voice) -> tuple[str, ...]:
    """The ticket, what rewards took off it, and the version that decided."""
    values = {"ticket": found.ticket, "first": voice.day(found.bdate), "money": voice.money(found.gross)}
    lines = [fill(voice.say(w.TICKET), values)]
    if found.reward:
        taken = {"money": voice.money(found.reward), "paid": voice.money(found.gross - found.reward)}
        lines.append(fill(voice.say(w.REWARDS), taken))
    lines += version_lines(found.programme, voice)
    if not found.complete:
        lines.append(voice.say(w.INCOMPLETE))
    return tuple(lines)


def nearly(found: Explanation, voice: Voice) -> tuple[str, ...]:
    """What a little more would bring, the nearest first: "3.20 € more: Double points"."""
    return tuple(_near(rule, gap, voice) for rule, gap in _gaps(found))


def within_reach(found: Explanation, voice: Voice) -> str:
    """What the basket itself brings nearest, if half of it is there already: more money, products or units."""
    for rule, gap in _gaps(found):
        if gap.unit in _BASKET and 2 * gap.have >= gap.need:
            return _near(rule, gap, voice)
    return ""


def _gaps(found: Explanation) -> Iterator[tuple[str, Gap]]:
    for rule in found.near:
        told = found.rule(rule)
        if told is not None and told.gap is not None:
            yield rule, told.gap


def _near(rule: str, gap: Gap, voice: Voice) -> str:
    write = voice.money if gap.unit == "cents" else str
    values = {"have": write(gap.have), "need": write(gap.need), "left": write(gap.need - gap.have)}
    values |= {"label": voice.label(rule), "unit": voice.unit}
    return fill(voice.say(w.NEARLY.get(gap.unit, w.NEARLY_ANY)), values)


def how_far(found: Explanation, voice: Voice) -> tuple[str, ...]:
    """The ways of the member after the ticket."""
    return tuple(progress_text(one, voice) for one in found.progress)


def became(found: Explanation, voice: Voice) -> tuple[str, ...]:
    """What became something else with the ticket."""
    return tuple(
        fill(
            voice.say(w.TURNED if one.last_day != FOREVER else w.TURNED_FOREVER),
            {
                "label": voice.label(one.rule),
                "amount": voice.amount(one.asset, one.quantity),
                "last": voice.day(one.last_day) if one.last_day != FOREVER else "",
            },
        )
        for one in found.turned
    )


def possible(found: Explanation, voice: Voice) -> tuple[str, ...]:
    """The redemptions that were possible on the ticket."""
    return tuple(option_text(one, voice) for one in found.options)


def text_lines(found: Explanation, voice: Voice, names: Names = ()) -> tuple[str, ...]:
    """All of it as plain lines; `names` are the goods by line, where they are known."""
    lines = list(heading(found, voice))
    lines += ["", voice.say(w.WHY)]
    for told in found.rules:
        lines.append(_INDENT + sentence(told, voice))
        lines += [2 * _INDENT + text for text in particulars(told, voice, names)]
    lines += [_INDENT + text for text in became(found, voice)]
    sections: tuple[tuple[str, Callable[[Explanation, Voice], tuple[str, ...]]], ...] = (
        (w.NEAR, nearly),
        (w.FAR, how_far),
        (w.NOW, possible),
    )
    for title, write in sections:
        texts = write(found, voice)
        if texts:
            lines += ["", voice.say(title), *(_INDENT + text for text in texts)]
    return tuple(lines)


def as_data(found: Explanation, voice: Voice, names: Names = ()) -> dict[str, Any]:
    """The explanation as JSON values, with a sentence and its detail in words beside every rule."""
    data: dict[str, Any] = msgspec.to_builtins(found, enc_hook=_plain)
    for entry, told in zip(data["rules"], found.rules, strict=True):
        entry["label"] = voice.label(told.outcome.rule)
        entry["text"] = sentence(told, voice)
        entry["detail"] = list(particulars(told, voice, names))
    data["words"] = {
        "heading": list(heading(found, voice)),
        "turned": list(became(found, voice)),
        "near": list(nearly(found, voice)),
        "progress": list(how_far(found, voice)),
        "options": list(possible(found, voice)),
    }
    return data


def _plain(value: Any) -> Any:
    """A moment or an amount, which programmes have types of their own for."""
    return value.isoformat() if isinstance(value, datetime) else int(value)


def _named(version: Version, voice: Voice) -> str:
    return version.name.get(voice.language) or next(iter(version.name.values()), version.id)

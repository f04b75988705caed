"""The simplicity report, in lines for whoever writes the programme."""

from collections.abc import Iterator

from pos_app.languages.words import Words
from rules.sentences import mark
from rules.tools.limits import FIRST_REWARD, STEPS, WHY
from rules.tools.offers import family
from rules.tools.simplicity import BENEFIT, CONDITION, Failing, Habit, Share, Simplicity

_NAMES = {
    "points": mark("points"),
    "stamp": mark("stamps"),
    "reward": mark("free items"),
    "voucher": mark("vouchers"),
    BENEFIT: mark("benefit"),
    CONDITION: mark("a condition"),
}


def simplicity_text(found: Simplicity, words: Words) -> str:
    """The figures, one a line."""
    return "\n".join(_lines(found, words))


def _lines(found: Simplicity, words: Words) -> Iterator[str]:
    yield words("Rules to understand: {n} ({names})", n=len(found.rules), names=", ".join(found.rules))
    yield words("Currencies: {names}", names=_named(found.currencies, words))
    for chain in found.chains:
        yield words("Steps: {n} ({way})", n=len(chain), way=_way(chain, words))
    goods = ", ".join(found.own_goods)
    yield words("Rewards of the shop's own goods: {names}", names=goods or words("none"))
    yield from [_share(share, words) for share in found.shares]
    if found.habit is not None:
        yield from _habit(found.habit, words)


def _share(share: Share, words: Words) -> str:
    least, best = percent(share.least, words), percent(share.best, words)
    text = least if least == best else words("{least} to {best}", least=least, best=best)
    if share.rule == "points":
        return words("Reward as a share of spend, by points: {share}", share=text)
    return words("Reward as a share of spend, by {rule} on its goods: {share}", rule=share.rule, share=text)


def _habit(habit: Habit, words: Words) -> Iterator[str]:
    yield words("Members who came again in the history: {n}", n=words.number(habit.members))
    yield words("First reward of the median member: {time}", time=_time(habit.median_days, words))
    yield words(
        "First reward of the most regular member ({n} visits): {time}",
        n=words.number(habit.regular_visits),
        time=_time(habit.regular_days, words),
    )
    yield words("Reward as a share of spend, if all is used: {share}", share=percent(habit.share, words))


def _time(days: int | None, words: Words) -> str:
    if days is None:
        return words("never in this history")
    if days == 0:
        return words("on the first visit")
    return words("after {n} weeks", n=weeks(days, words))


def weeks(days: int, words: Words) -> str:
    """Days as weeks with one decimal, never rounded down to less than they are."""
    tenths = -(-days * 10 // 7)
    return words.decimal(tenths, 1)


def percent(hundredths: int, words: Words) -> str:
    """Hundredths of a percent as a percentage."""
    return f"{words.decimal(hundredths, 2)} %"


def failing_text(failing: Failing, words: Words) -> str:
    """One reason why the programme is too complicated."""
    names = _way(failing.names, words) if failing.reason == STEPS else ", ".join(failing.names)
    if failing.reason == "currencies":
        names = _named(failing.names, words)
    waited = weeks(failing.have, words) if failing.reason == FIRST_REWARD else ""
    return words(WHY[failing.reason], have=failing.have, most=failing.most, names=names, weeks=waited)


def _way(chain: tuple[str, ...], words: Words) -> str:
    return " → ".join([words("purchase"), *[_name(step, words) for step in chain]])


def _named(assets: tuple[str, ...], words: Words) -> str:
    return ", ".join([_name(asset, words) for asset in assets]) or words("none")


def _name(asset: str, words: Words) -> str:
    kind = family(asset)
    return words(_NAMES[kind]) if kind in _NAMES else asset

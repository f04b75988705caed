"""Keys that every rule may have, but that would do nothing with its kind: they are refused, not passed over."""

from collections.abc import Iterator

from rules.account import POINTS
from rules.errors import Problem
from rules.kinds.base import Phase
from rules.programme.model import Rule


def misfits(rule: Rule) -> Iterator[Problem]:
    """One problem for every common key of `rule` that its kind never looks at."""
    for key, text in _faults(rule):
        yield Problem(text, key=key)


def _faults(rule: Rule) -> Iterator[tuple[str, str]]:
    kind = rule.kind
    if kind.phase is Phase.POLICY and not kind.gated:
        for key in _gates(rule):
            yield key, f"leave {key} out: {kind.name} holds for every member, whatever the ticket"
        return
    given = kind.assets(rule.id, rule.table) if kind.assets is not None and kind.phase > Phase.BURN else ()
    if rule.budget is not None:
        if rule.budget.money and not kind.money_off:
            yield "budget", "a budget in money goes with money off; count this one in whole points"
        elif not rule.budget.money and (POINTS not in given or kind.phase is Phase.CAP):
            yield "budget", "a budget in points goes with a rule that gives points: leave it out"
    lots = POINTS in given or any(asset.startswith("voucher:") for asset in given)
    if rule.vesting and (not lots or kind.phase is Phase.CAP):
        yield "vesting", "only points and vouchers can wait: leave vesting out"


def _gates(rule: Rule) -> Iterator[str]:
    """The keys of `rule` that would keep it from some tickets or members."""
    valid = rule.valid
    keys = {
        "valid": valid.start or valid.end,
        "schedule": rule.schedule,
        "when": rule.when_source,
        "lines": rule.lines_source,
        "min_basket": rule.min_basket,
        "stores": rule.stores,
        "channels": rule.channels,
        "max": rule.limit,
        "budget": rule.budget,
        "vesting": rule.vesting,
    }
    yield from [key for key, given in keys.items() if given]

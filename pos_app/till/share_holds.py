"""Asking the ledger for what a begun ticket lacks of a shared counter: another till may hold it and not need it.

A till has a share of every budget and counted gift beforehand (sync/ledger/shares.py). Where that is too small for a
ticket, the rest is held for it like a member's points: out of what is free, or other tills are asked for theirs.
"""

from collections.abc import Mapping

from pos_app.till.allowances import MOST_WANTS, allowed_here
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.shares import stock_here
from pos_app.till.state import State, on_basket
from pos_app.till.worth import everything
from rules.evaluate import evaluate
from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.programme.model import Programme
from sync.shares import asset_of, counters_of
from sync.wire import HoldAnswer, Want


def ask(parts: Parts, state: State) -> State:
    """Ask once for each counter of which the ticket could use more than this till has."""
    basket, worth = state.basket, state.worth
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if basket is None or worth is None or programme is None or not parts.online or parts.network is None:
        return state
    if basket.who is None or basket.who.member is None or basket.who.account.blocked:
        return state
    accounts, day = counters_of(programme, parts.identity.store), worth.ticket.bdate
    if not accounts:
        return state
    missing = {
        asset_of(counter, day): (accounts[counter], units)
        for counter, units in _missing(parts, state, programme)
    }
    fresh = {asset: one for asset, one in missing.items() if asset not in basket.asked}
    for account in {account for account, _ in fresh.values()}:
        wants = [Want(asset, units) for asset, (own, units) in sorted(fresh.items()) if own == account]
        for start in range(0, len(wants), MOST_WANTS):
            parts.network.request_hold(basket.ticket, account, tuple(wants[start : start + MOST_WANTS]))
    if not fresh:
        return state
    return on_basket(state, asked={**basket.asked, **{asset: units for asset, (_, units) in fresh.items()}})


def answered(state: State, answer: HoldAnswer, wants: tuple[Want, ...]) -> State:
    """What other tills were asked for is asked for again; what nobody has is not."""
    if state.basket is None or answer.code != "held_elsewhere":
        return state
    rest = {one.asset for one in wants}
    return on_basket(state, asked={a: n for a, n in state.basket.asked.items() if a not in rest})


def _missing(parts: Parts, state: State, programme: Programme) -> list[tuple[str, int]]:
    """Counters, and what the ticket could use of each beyond what this till has: a gift, the points of a budget."""
    basket, worth = state.basket, state.worth
    assert basket is not None
    assert worth is not None
    moment = now(parts)
    here = stock_here(parts, programme, moment, basket.ticket)
    allowed = allowed_here(parts, programme, basket, moment)
    plenty = evaluate(worth.ticket, everything(worth.account), programme, allowed=allowed, tell=False)
    return [
        (counter, units - here.get(counter, 0))
        for counter, units in {
            **_gifts(programme, [one.rule for one in plenty.options]),
            **plenty.drawn,
        }.items()
        if counter in here and units > here[counter]
    ]


def _gifts(programme: Programme, rules: list[str]) -> Mapping[str, int]:
    """One of each counted gift among the rewards that could be chosen."""
    found = [rule for name in rules if (rule := programme.rule(name)) is not None and rule.kind is GIFTS]
    return {stock_key(rule.id): 1 for rule in found if rule.table.stock is not None}

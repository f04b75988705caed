"""Which assets to ask the ledger for, so that a reward can be given at once and also when the line then fails.

The request goes out when the card is scanned (ledger-and-sync.md section 4.2): the dearest redemption within half
of the points, all free items and vouchers, and the stamps of a card that this ticket completes. Stamps that are a
full card already are left to the ledger, which makes the card as soon as they are all back.
"""

from collections.abc import Mapping

from pos_app.till import allowances, share_holds
from pos_app.till.labels import FREE, VOUCHER
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.state import Basket, State, Worth, on_basket
from pos_app.till.worth import held_here
from rules.account import POINTS
from rules.decision import Option
from rules.kinds.base import Phase
from rules.programme.model import Programme
from sync.wire import Want

OWNED = (FREE, VOUCHER)


def ask(parts: Parts, state: State) -> State:
    """Ask for what the begun ticket could need beyond what this till holds and what was asked for already."""
    basket = state.basket
    if basket is None or basket.who is None or basket.who.member is None or not parts.online:
        return state
    programme = parts.programme_of(basket.programme)
    if programme is None or basket.who.account.blocked:
        return state
    allowances.ask(parts, basket)
    held = held_here(parts, basket, now(parts))
    return share_holds.ask(parts, _request(parts, state, _needed(basket, state.worth, programme, held)))


def ask_for(parts: Parts, state: State, option: Option, steps: int, beside: int) -> State:
    """Ask for the rest that `steps` steps of a chosen reward need; other rewards take `beside` units already."""
    assert state.basket is not None
    held = held_here(parts, state.basket, now(parts))
    missing = option.quantity * steps + beside - held.get(option.asset, 0)
    return _request(parts, state, {option.asset: state.basket.asked.get(option.asset, 0) + missing})


def ask_next_door(parts: Parts, state: State, option: Option, steps: int, beside: int) -> None:
    """Ask the store's other tills for the rest that `steps` steps of a chosen reward need."""
    basket = state.basket
    assert basket is not None
    assert basket.who is not None
    moment = now(parts)
    missing = option.quantity * steps + beside - held_here(parts, basket, moment).get(option.asset, 0)
    if parts.network is not None and basket.who.member is not None and missing > 0:
        wants = (Want(option.asset, missing),)
        parts.network.request_move(basket.ticket, basket.who.member, wants, moment.bdate)


def _request(parts: Parts, state: State, needed: Mapping[str, int]) -> State:
    basket = state.basket
    assert basket is not None
    assert basket.who is not None
    wants = tuple(
        Want(asset, quantity - basket.asked.get(asset, 0), basket.asked.get(asset, 0))
        for asset, quantity in sorted(needed.items())
        if quantity > basket.asked.get(asset, 0)
    )
    if not wants or parts.network is None or basket.who.member is None:
        return state
    parts.network.request_hold(basket.ticket, basket.who.member, wants)
    return on_basket(state, asked={**basket.asked, **needed})


def _needed(
    basket: Basket, worth: Worth | None, programme: Programme, held: Mapping[str, int]
) -> dict[str, int]:
    """Quantities per asset to have asked for in all, out of what no till holds."""
    assert basket.who is not None
    free = basket.who.available
    asked = basket.asked
    balance = basket.who.account.balance
    needed = {asset: units for asset, units in free.items() if asset.startswith(OWNED)}
    needed[POINTS] = min(free.get(POINTS, 0), dearest_within(programme, balance.get(POINTS, 0) // 2))
    if POINTS not in asked:
        needed[POINTS] = max(0, needed[POINTS] - held.get(POINTS, 0))
    for one in programme.conversions:
        if one.source == POINTS:
            continue  # the ledger makes the voucher itself, and the points stay free for other rewards
        new = worth.decision.earned(one.source) if worth is not None else 0
        have = balance.get(one.source, 0)
        if new and have < one.need <= have + new and one.source not in asked:
            needed[one.source] = min(free.get(one.source, 0), have)
    return {asset: units for asset, units in needed.items() if units > 0}


def dearest_within(programme: Programme, points: int) -> int:
    """The most points that any redemption of the programme can take within `points`, in whole steps."""
    prices = []
    for rule in programme.rules:
        if rule.kind.phase is Phase.BURN:
            price = getattr(rule.table, "step", None) or getattr(rule.table, "points", 0)
            prices += [price * (points // price)] if price else []
    return max(prices, default=0)

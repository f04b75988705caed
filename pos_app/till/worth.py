"""What the begun ticket is worth: the rules asked with what this till may spend, and with all the member owns."""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from pos_app.till.allowances import allowed_here
from pos_app.till.aloud import to_say
from pos_app.till.floors import allowed, beyond, floor_of
from pos_app.till.moment import Moment, now
from pos_app.till.parts import Parts
from pos_app.till.shares import stock_here
from pos_app.till.state import Basket, Floor, Offer, State, Who, Worth, change, on_basket
from pos_app.till.trust import room
from rules.account import POINTS, Account
from rules.decision import Choice, Decision, Option
from rules.evaluate import evaluate
from rules.programme.model import Programme
from rules.ticket import Ticket
from sync.grants import usable_sums
from sync.till.cursors import sync_state
from sync.till.slices import slices_of

_NOBODY = Account(known="none")


def weigh(parts: Parts, state: State) -> State:
    """Evaluate the begun ticket again, with those of its choices that are possible now."""
    basket = state.basket
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if basket is None or programme is None:
        return change(state, worth=None)
    moment = now(parts)
    ticket = as_ticket(parts, basket, moment)
    here, floor, most = _with_floor(parts, state, basket, moment, programme)
    asked = _asking(parts, basket, ticket, programme, moment)
    decision = asked(here)
    offers = _offers(here, decision.options, asked)
    choices = _kept(basket.choices, offers)
    if choices:
        decision = asked(here, choices=choices)
    more = beyond(decision.burns, floor.held)
    done = _done(choices, decision)
    said = to_say(parts, basket, here.usable or {}, decision, programme)
    weighed = on_basket(state, said=said) if said != basket.said else state
    return change(weighed, worth=Worth(ticket, here, decision, offers, done, floor, more, most))


def decide(parts: Parts, state: State, programme: Programme | None, moment: Moment) -> State:
    """Evaluate the begun ticket once more as it is recorded; what may be redeemed beside it is not asked again."""
    basket = state.basket
    if basket is None or programme is None:
        return change(state, worth=None)
    ticket = as_ticket(parts, basket, moment)
    here, floor, most = _with_floor(parts, state, basket, moment, programme)
    decision = _asking(parts, basket, ticket, programme, moment)(here, choices=basket.choices)
    offers = state.worth.offers if state.worth is not None else ()
    more = beyond(decision.burns, floor.held)
    return change(state, worth=Worth(ticket, here, decision, offers, basket.choices, floor, more, most))


def _asking(
    parts: Parts, basket: Basket, ticket: Ticket, programme: Programme, moment: Moment
) -> Callable[..., Decision]:
    """The rules with what this till may take of all that it has shares of; to be asked with an account."""
    stock = stock_here(parts, programme, moment, basket.ticket)
    allowed = allowed_here(parts, programme, basket, moment)
    return partial(evaluate, ticket, programme=programme, stock=stock, allowed=allowed)


def as_ticket(parts: Parts, basket: Basket, moment: Moment) -> Ticket:
    """The basket as the rules read it, the previewed amount included."""
    lines = tuple(entry.line for entry in basket.shown)
    identity = parts.identity
    return Ticket(
        basket.ticket, lines, moment.bdate, moment.minute, identity.store, identity.till, zones=basket.zones
    )


def account_here(parts: Parts, basket: Basket, moment: Moment) -> Account:
    """The member's account with what this till itself may spend on this ticket now."""
    if basket.who is None:
        return _NOBODY
    return msgspec.structs.replace(basket.who.account, usable=held_here(parts, basket, moment))


def _with_floor(
    parts: Parts, state: State, basket: Basket, moment: Moment, programme: Programme
) -> tuple[Account, Floor, int | None]:
    """`account_here`, in which what may be taken beyond what is held counts as usable, and that in itself.

    Nothing counts as usable beyond the points (the third) that who was shown may take at all.
    """
    here = account_here(parts, basket, moment)
    held = here.usable or {}
    floor = floor_of(parts.reader, basket.who, moment, held.get(POINTS, 0))
    more = allowed(parts, floor, basket, promised(state, basket.who)) if basket.who is not None else 0
    points = floor.held + more
    most = room(parts, basket, moment, programme)
    if most is not None:
        points = min(points, most)
    if points != held.get(POINTS, 0):
        here = msgspec.structs.replace(here, usable={**held, POINTS: points})
    return here, floor, most


def promised(state: State, who: Who) -> int:
    """Points beyond what is held that the begun ticket of `who` was shown to take."""
    worth = state.worth
    return worth.beyond if worth is not None and worth.account.member == who.member else 0


def held_here(parts: Parts, basket: Basket, moment: Moment) -> Mapping[str, int]:
    """Units per asset that this till holds for the member and may spend on this ticket; none that a copy may spend."""
    if basket.who is None or basket.who.member is None or sync_state(parts.reader).spends_nothing:
        return {}
    return usable_sums(slices_of(parts.reader, basket.who.member), moment.bdate, basket.ticket)


def everything(account: Account) -> Account:
    """`account` as if all that the member owns could be spent: holdings, or the balance where they are unknown."""
    return msgspec.structs.replace(account, usable=None if account.known == "full" else account.balance)


def _offers(here: Account, possible: tuple[Option, ...], asked: Callable[..., Decision]) -> tuple[Offer, ...]:
    if here.member is None:
        return ()
    mine = {option.rule: option for option in possible}
    every = asked(everything(here))
    owned = {option.rule: option for option in every.options}
    order = [one.rule for one in every.outcomes if one.rule in owned or one.rule in mine]
    return tuple(_offer(owned.get(rule), mine.get(rule)) for rule in order)


def _offer(owned: Option | None, mine: Option | None) -> Offer:
    option = owned or mine
    assert option is not None
    return Offer(option, mine is None, mine.max_steps if mine is not None else 0)


def _kept(choices: tuple[Choice, ...], offers: tuple[Offer, ...]) -> tuple[Choice, ...]:
    steps = {offer.option.rule: offer.steps for offer in offers}
    kept = (Choice(one.rule, min(one.steps, steps.get(one.rule, 0))) for one in choices)
    return tuple(choice for choice in kept if choice.steps > 0)


def _done(choices: tuple[Choice, ...], decision: Decision) -> tuple[Choice, ...]:
    """The choices as far as they hold beside each other."""
    steps: dict[str, int] = {}
    for burn in decision.burns:
        steps[burn.rule] = steps.get(burn.rule, 0) + burn.steps
    return tuple(Choice(one.rule, steps[one.rule]) for one in choices if one.rule in steps)

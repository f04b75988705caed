"""Choosing rewards on the begun ticket: by digit, in steps, within what this till holds or the ledger confirms."""

import datetime

import msgspec

from pos_app.languages.words import Words
from pos_app.till import holds
from pos_app.till.floors import spendable
from pos_app.till.labels import voice_of
from pos_app.till.moment import now, when
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import (
    Bar,
    Basket,
    Floor,
    Offer,
    State,
    Supervised,
    Who,
    Worth,
    change,
    on_basket,
)
from pos_app.till.trust import refusal, stops
from pos_app.till.view import Stage
from pos_app.till.worth import weigh
from rules.account import POINTS
from rules.decision import Choice
from rules.explain import outcome_text
from rules.sentences import mark
from sync.lists import StaffMember
from sync.wire import HeldAt, Want

_BARS = {
    Bar.FENCED: mark("No rewards here: this till must be paired again first."),
    Bar.ELSEWHERE: mark("No rewards here: this till came to another machine, connect it first."),
    Bar.CLOCK: mark("This can be confirmed only online: the clock of this till is in doubt."),
    Bar.STALE: mark("This can be confirmed only online: this till's rules and revocations are too old."),
    Bar.TILL: mark("This can be confirmed only online: this till has given all it may without the ledger."),
}


def open_list(state: State) -> State:
    """Show the rewards of this ticket, or say why there is none."""
    words = words_of(state.language)
    if state.basket is None:
        return change(state, notice=tell(words, "no_ticket"))
    if state.basket.who is None:
        return change(state, notice=tell(words, "no_member"))
    if state.worth is None or not state.worth.offers:
        return change(state, notice=tell(words, "no_rewards"))
    return change(state, stage=Stage.REWARD, notice=None)


def choose(parts: Parts, state: State, digit: int) -> State:
    """One more step of reward `digit` (from 1); after its last step it is let go again."""
    words = words_of(state.language)
    if state.basket is None or state.worth is None:
        return change(state, notice=tell(words, "no_ticket"))
    if not 1 <= digit <= len(state.worth.offers):
        return change(state, notice=tell(words, "no_such_reward"))
    offer = state.worth.offers[digit - 1]
    steps = steps_of(state, offer) + 1
    waits = state.basket.for_manager == Choice(offer.option.rule, steps)
    more = not waits if _for_trust(state.worth, offer, steps) else parts.online or parts.near
    more = more and steps <= offer.option.max_steps
    if steps > offer.steps and offer.steps and not more:
        steps = 0
    return _take(parts, state, offer, steps)


def redeem(parts: Parts, state: State, rule: str, steps: int) -> State:
    """Exactly `steps` steps of the reward `rule`; 0 lets it go."""
    words = words_of(state.language)
    if state.basket is None or state.worth is None:
        return change(state, notice=tell(words, "no_ticket"))
    offer = next((one for one in state.worth.offers if one.option.rule == rule), None)
    if offer is None or not 0 <= steps <= offer.option.max_steps:
        return change(state, notice=tell(words, "no_such_reward"))
    return _take(parts, state, offer, steps)


def _take(parts: Parts, state: State, offer: Offer, steps: int) -> State:
    words = words_of(state.language)
    who = state.basket.who if state.basket is not None else None
    next_door = _next_door(parts, state, offer, steps)
    if steps <= offer.steps and not (next_door and _missing(state.worth, offer, steps) > 0):
        after = _set(parts, state, offer, steps)
        if steps_of(after, offer) >= steps or not _more_is_owned(parts, state, offer, steps):
            return after
    if steps <= offer.option.max_steps and who is not None and _for_trust(state.worth, offer, steps):
        waiting = on_basket(state, for_manager=Choice(offer.option.rule, steps))
        return change(waiting, notice=refusal(words, who, _left(state.worth)))
    if steps <= offer.option.max_steps and parts.online:
        beside = spent_beside(state.worth, offer) if state.worth is not None else 0
        state = holds.ask_for(parts, state, offer.option, steps, beside)
        wanted = Choice(offer.option.rule, steps)
        return change(on_basket(state, wanted=wanted), notice=tell(words, "reward_asked"))
    if next_door:
        holds.ask_next_door(parts, state, offer.option, steps, spent_beside(state.worth, offer))  # type: ignore[arg-type]
        wanted = Choice(offer.option.rule, steps)
        return change(on_basket(state, wanted=wanted), notice=tell(words, "reward_next_door"))
    floor = state.worth.floor if state.worth is not None else Floor()
    return _beyond(parts, state, offer, steps, reason(words, offer, who, floor, online=parts.online))


def _next_door(parts: Parts, state: State, offer: Offer, steps: int) -> bool:
    """Whether a till of the store may hold what is missing for `steps`, while the ledger cannot be asked."""
    basket, worth = state.basket, state.worth
    if parts.online or not parts.near or worth is None or basket is None or basket.who is None:
        return False
    who = basket.who  # nobody else holds anything for one enrolled here, and there it may be another's number
    if who.member is None or who.new or not 0 < steps <= offer.option.max_steps:
        return False
    need = offer.option.quantity * steps + spent_beside(worth, offer)
    return need <= spendable(basket.who.account, offer.option.asset, worth.ticket.bdate)


def take_moved(parts: Parts, state: State, *, silent: bool) -> State:
    """The store's other tills answered, but for `silent` ones: choose the reward that waited for them, if it came."""
    basket, worth = state.basket, state.worth
    if basket is None or basket.wanted is None or worth is None:
        return state
    wanted, words = basket.wanted, words_of(state.language)
    offer = next((one for one in worth.offers if one.option.rule == wanted.rule), None)
    state = on_basket(state, wanted=None)
    if offer is None:
        return state
    if offer.steps >= wanted.steps:
        return _set(parts, state, offer, wanted.steps)
    why = words("No other till of this store holds it.")
    if silent:
        why = words("A till of this store that may hold it does not answer.")
    return _beyond(parts, state, offer, wanted.steps, why)


def _beyond(parts: Parts, state: State, offer: Offer, steps: int, why: str) -> State:
    """What is not held here cannot be had from anybody now: a manager may allow it, or it waits."""
    words = words_of(state.language)
    if _for_manager(parts, state, offer, steps):
        waiting = on_basket(state, for_manager=Choice(offer.option.rule, steps))
        return change(waiting, notice=tell(words, "manager_wanted"))
    return change(state, notice=tell(words, "reward_beyond", reason=why))


def _for_manager(parts: Parts, state: State, offer: Offer, steps: int) -> bool:
    """Whether a manager's badge would allow `steps` of what this till does not hold."""
    if parts.online or state.worth is None or not 0 < steps <= offer.option.max_steps:
        return False
    floor = state.worth.floor
    return 0 < _missing(state.worth, offer, steps) <= floor.lift


def _missing(worth: Worth | None, offer: Offer, steps: int) -> int:
    """Points that `steps` of `offer` take beyond what is held, with the other rewards on the ticket."""
    if worth is None or offer.option.asset != POINTS:
        return 0
    return _total(worth, offer, steps) - worth.floor.held


def _total(worth: Worth, offer: Offer, steps: int) -> int:
    """Units that `steps` of `offer` take of its asset, with the other rewards on the ticket."""
    return offer.option.quantity * steps + spent_beside(worth, offer)


def _for_trust(worth: Worth | None, offer: Offer, steps: int) -> bool:
    """Whether who was shown may not spend so much, and a manager's badge, a signed card or a phone would do."""
    return worth is not None and steps > 0 and stops(worth, offer, _total(worth, offer, steps))


def _left(worth: Worth | None) -> int:
    """Points that may still be taken on this ticket by what was shown."""
    if worth is None or worth.room is None:
        return 0
    return worth.room - sum(burn.quantity for burn in worth.decision.burns if burn.asset == POINTS)


def allow(parts: Parts, state: State, manager: StaffMember) -> State:
    """`manager` allows the reward that waits for it, beyond the limits of a ticket and a member (4.6)."""
    words = words_of(state.language)
    basket, worth = state.basket, state.worth
    wanted = basket.for_manager if basket is not None else None
    offers = worth.offers if worth is not None else ()
    offer = next((one for one in offers if wanted is not None and one.option.rule == wanted.rule), None)
    if wanted is None or worth is None or offer is None:
        return change(state, notice=tell(words, "not_here"))
    state = on_basket(state, for_manager=None)
    stopped = _for_trust(worth, offer, wanted.steps)
    if not (stopped or _for_manager(parts, state, offer, wanted.steps)):
        return _take(parts, state, offer, wanted.steps)
    units = max(0, _missing(worth, offer, wanted.steps)) if not parts.online else 0
    vouched = _total(worth, offer, wanted.steps) if stopped else 0
    state = weigh(parts, on_basket(state, supervised=Supervised(manager.id, units, vouched)))
    offers = state.worth.offers if state.worth is not None else ()
    offer = next((one for one in offers if one.option.rule == wanted.rule), offer)
    if stopped and offer.steps < wanted.steps:  # may be spent, and still has to be held here
        return _take(parts, state, offer, wanted.steps)
    after = _set(parts, state, offer, wanted.steps)
    if steps_of(after, offer) < wanted.steps:
        return after
    if not units:
        return change(after, notice=tell(words, "manager_vouches", name=manager.name))
    return change(after, notice=tell(words, "manager_allowed", name=manager.name, points=words.number(units)))


def spent_beside(worth: Worth, offer: Offer) -> int:
    """What the other rewards on the ticket take of the asset that pays `offer`."""
    rule, asset = offer.option.rule, offer.option.asset
    return sum(one.quantity for one in worth.decision.burns if one.asset == asset and one.rule != rule)


def _more_is_owned(parts: Parts, state: State, offer: Offer, steps: int) -> bool:
    """Whether this till holds too little for `steps` beside the other rewards, and the ledger may confirm the rest."""
    worth, basket = state.worth, state.basket
    if worth is None or basket is None or basket.who is None or not parts.online:
        return False
    asset = offer.option.asset
    need = offer.option.quantity * steps + spent_beside(worth, offer)
    return (worth.account.usable or {}).get(asset, 0) < need <= _owned(basket.who, asset, worth.ticket.bdate)


def take_wanted(
    parts: Parts, state: State, answered: tuple[Want, ...] = (), places: tuple[HeldAt, ...] = ()
) -> State:
    """The ledger answered `answered`: choose the reward that waited for it, as far as it is covered now.

    What was asked for later is still under way: until then the choice waits on. What is missing lies at `places`.
    """
    basket = state.basket
    if basket is None or basket.wanted is None or state.worth is None:
        return state
    wanted = basket.wanted
    offer = next((one for one in state.worth.offers if one.option.rule == wanted.rule), None)
    coming = offer is not None and any(
        want.asset == offer.option.asset and want.after + want.quantity < basket.asked.get(want.asset, 0)
        for want in answered
    )
    if offer is not None and offer.steps >= wanted.steps:
        after = _set(parts, state, offer, wanted.steps)
        return state if coming and steps_of(after, offer) < wanted.steps else after
    if coming:
        return state
    words = words_of(state.language)
    if offer is not None and parts.online and _comes_back(parts, basket, offer, wanted.steps):
        there = [one for one in places if one.asset == offer.option.asset]
        return change(state, notice=tell(words, "reward_called_back", where=_where(parts, words, there)))
    why = _unconfirmed(words, offer, basket.who, online=parts.online) if offer is not None else ""
    return change(on_basket(state, wanted=None), notice=tell(words, "reward_beyond", reason=why))


def _where(parts: Parts, words: Words, places: list[HeldAt]) -> str:
    """Where a reward lies that another till is asked for, and since when that one has no line (4.7)."""
    if not places:
        return words("Held at another till, which is asked to return it…")
    place = max(places, key=lambda one: one.silent_ms)
    if not place.silent_ms:
        return words("Held at {store}, which is asked to return it…", store=place.store)
    since = when(parts, place.silent_ms, now(parts), words)
    return words(
        "Held at {store}, silent since {when}: it comes once that till has a line again.",
        store=place.store,
        when=since,
    )


def ask_again(parts: Parts, state: State) -> State:
    """What another till held is free by now: ask for the reward that waits for it."""
    basket, notice = state.basket, state.notice
    if basket is None or basket.wanted is None or state.worth is None:
        return state
    if notice is None or notice.code != "reward_called_back":
        return state
    wanted = basket.wanted
    offer = next((one for one in state.worth.offers if one.option.rule == wanted.rule), None)
    if offer is None or basket.who is None:
        return state
    beside = spent_beside(state.worth, offer)
    asset = offer.option.asset
    missing = offer.option.quantity * wanted.steps + beside - (state.worth.account.usable or {}).get(asset, 0)
    if basket.who.available.get(asset, 0) < missing:
        return state
    state = holds.ask_for(parts, state, offer.option, wanted.steps, beside)
    return change(state, notice=tell(words_of(state.language), "reward_asked"))


def _comes_back(parts: Parts, basket: Basket, offer: Offer, steps: int) -> bool:
    """Whether the reward is owned in full and only lies at another till, which is asked to return it."""
    asset = offer.option.asset
    if basket.who is None or not basket.who.elsewhere.get(asset, 0):
        return False
    today = now(parts).bdate
    owned = _owned(basket.who, asset, today) + basket.who.elsewhere.get(asset, 0)
    return owned >= offer.option.quantity * steps


def steps_of(state: State, offer: Offer) -> int:
    """How many steps of `offer` are chosen."""
    choices = state.worth.choices if state.worth is not None else ()
    return sum(one.steps for one in choices if one.rule == offer.option.rule)


def _set(parts: Parts, state: State, offer: Offer, steps: int) -> State:
    assert state.basket is not None
    rest = tuple(one for one in state.basket.choices if one.rule != offer.option.rule)
    choices = (*rest, Choice(offer.option.rule, steps)) if steps else rest
    after = weigh(parts, on_basket(state, choices=choices, wanted=None, for_manager=None))
    if steps_of(after, offer) >= steps:
        more = after.worth.beyond if after.worth is not None and steps else 0
        words = words_of(state.language)
        return change(after, notice=tell(words, "reward_floor", points=words.number(more)) if more else None)
    return _refused(parts, weigh(parts, on_basket(state, choices=rest, wanted=None)), after, offer)


def _refused(parts: Parts, state: State, tried: State, offer: Offer) -> State:
    """The ticket without a reward that does not go with the others chosen, and why."""
    assert tried.basket is not None
    words = words_of(state.language)
    voice = voice_of(parts.programme_of(tried.basket.programme), words)
    outcomes = tried.worth.decision.outcomes if tried.worth is not None else ()
    why = [outcome_text(one, voice) for one in outcomes if one.rule == offer.option.rule]
    return change(state, notice=tell(words, "reward_beyond", reason=f"{''.join(why)}."))


def within_call(
    offer: Offer, who: Who | None, today: datetime.date, *, online: bool, near: bool = False
) -> bool:
    """Whether the reward can be had here and now: held by this till, or the ledger confirms it once it is chosen.

    Without a line another till of the store may hold it, if one is `near`.
    """
    if not offer.beyond:
        return True
    if who is None or not (online or near):
        return False
    if not online:
        return spendable(who.account, offer.option.asset, today) >= offer.option.quantity
    return _owned(who, offer.option.asset, today) >= offer.option.quantity


def asks(offer: Offer, who: Who | None, today: datetime.date, floor: Floor, *, online: bool) -> bool:
    """Whether its number goes after a reward that cannot be had at once.

    With a line the till that holds it is asked to return it (4.7), without one a manager is asked for the badge (4.6).
    """
    asset, need = offer.option.asset, offer.option.quantity
    if who is None or not offer.beyond:
        return False
    if not online:
        return asset == POINTS and 0 < need - floor.held <= floor.lift
    return who.elsewhere.get(asset, 0) > 0 and spendable(who.account, asset, today) >= need


def _owned(who: Who, asset: str, today: datetime.date) -> int:
    """Units of `asset` that the member may use on `today`, where no other till holds them."""
    return spendable(who.account, asset, today) - who.elsewhere.get(asset, 0)


def _unconfirmed(words: Words, offer: Offer, who: Who | None, *, online: bool) -> str:
    """Why the ledger did not give what was asked for."""
    if online and not (who is not None and who.elsewhere.get(offer.option.asset, 0)):
        return words("The ledger does not confirm this reward now.")
    return reason(words, msgspec.structs.replace(offer, beyond=True), who, Floor(), online=online)


def reason(words: Words, offer: Offer, who: Who | None, floor: Floor, *, online: bool) -> str:
    """Why a reward that this till does not hold cannot be given yet, in words for the customer; "" for one it holds."""
    if not offer.beyond:
        return ""
    if not online and offer.option.asset == POINTS and (said := _barred(words, offer, floor)):
        return said
    if who is not None and who.elsewhere.get(offer.option.asset, 0):
        if offer.option.asset == POINTS:
            return words("Part of these points is held at another till for now.")
        return words("This reward is held at another till for now.")
    if online:
        return words("The ledger is being asked to confirm this.")
    return words("This can be confirmed only online: the till has no contact with the ledger.")


def _barred(words: Words, offer: Offer, floor: Floor) -> str:
    """Why nothing more is given beyond what is held; "" where the chain gives nothing beyond it anyway."""
    if floor.bar in _BARS:
        return words(_BARS[floor.bar])
    if 0 < offer.option.quantity - floor.held <= floor.lift:
        return words("This can be confirmed only online, or allowed by a manager's badge.")
    return ""

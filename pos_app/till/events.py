"""What the ledger and the devices tell a till, as steps of its state."""

import msgspec

from pos_app.till import identify, privacy, rewards, share_holds, sign_in
from pos_app.till.member import known
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change, on_basket
from pos_app.till.worth import weigh
from sync.shares import is_allowed, is_counter
from sync.till.events import (
    AccountArrived,
    CodeArrived,
    CopyArrived,
    Event,
    HabitsArrived,
    HoldArrived,
    MoveArrived,
    OnlineChanged,
    Pulled,
)


class DeviceChanged(msgspec.Struct, frozen=True):
    """`what` (scanner, printer, register: its folder) on `port` has a new state; `sentence` is "" when all is well."""

    what: str
    sentence: str
    port: str


def heard(parts: Parts, state: State, event: Event) -> State:
    """The state after word from the ledger; nothing the cashier did is lost by it."""
    if isinstance(event, AccountArrived):
        return _account(parts, state, event)
    if isinstance(event, HoldArrived | MoveArrived):
        return _answered(parts, state, event)
    if isinstance(event, Pulled):
        state = sign_in.look_again(parts, state) if event.config else state
        return _changed(parts, state, event)
    if isinstance(event, HabitsArrived | CodeArrived | CopyArrived):
        return _told(parts, state, event)
    if isinstance(event, OnlineChanged) and not event.online:
        return weigh(parts, identify.given_up(state))
    return state


def _told(parts: Parts, state: State, event: HabitsArrived | CodeArrived | CopyArrived) -> State:
    """What was asked about a person is here; a person who has left the till is shown nothing."""
    if isinstance(event, CopyArrived):
        return privacy.arrived(parts, state, event)
    if isinstance(event, CodeArrived):
        taken = event.shown.elsewhere
        return identify.shown_elsewhere(parts, state, event.shown.code) if taken else state
    habits = event.habits
    who = state.basket.who if state.basket is not None else None
    if who is None or who.member != habits.member:
        return state
    return on_basket(state, who=msgspec.structs.replace(who, habits=habits))


def _answered(parts: Parts, state: State, event: HoldArrived | MoveArrived) -> State:
    """What was asked for a ticket is here, or is not to be had."""
    if state.basket is None or state.basket.ticket != event.ticket:
        return state
    if isinstance(event, HoldArrived) and any(is_allowed(want.asset) for want in event.wants):
        return weigh(parts, state)
    if isinstance(event, HoldArrived) and any(is_counter(want.asset) for want in event.wants):
        return share_holds.answered(weigh(parts, state), event.answer, event.wants)
    state = _with_grant(parts, state)
    if isinstance(event, MoveArrived):
        return rewards.take_moved(parts, weigh(parts, state), silent=event.silent)
    return rewards.take_wanted(parts, weigh(parts, state), event.wants, event.answer.places)


def _with_grant(parts: Parts, state: State) -> State:
    """A grant may bring units of which the row about the member does not tell yet."""
    who = state.basket.who if state.basket is not None else None
    return state if who is None or who.member is None else on_basket(state, who=known(parts, who, who.member))


def _changed(parts: Parts, state: State, event: Pulled) -> State:
    who = state.basket.who if state.basket is not None else None
    if who is None or who.member not in event.members:
        return state
    return rewards.ask_again(parts, identify.refresh(parts, state))


def look_again(parts: Parts, state: State) -> None:
    """Ask for the account again while a reward waits for what another till was asked to return.

    Of a member outside this store's scope no change is told: only asking shows that it is free.
    """
    who = state.basket.who if state.basket is not None else None
    waits = state.notice is not None and state.notice.code == "reward_called_back"
    if who is not None and who.fresh and waits and parts.network is not None:
        parts.network.request_account(who.token)


def _account(parts: Parts, state: State, event: AccountArrived) -> State:
    who = state.basket.who if state.basket is not None else None
    if who is None or who.token != event.token:
        return state
    if event.row is None:
        return identify.nobody(parts, state, event.token)
    who = msgspec.structs.replace(who, fresh=True, asked=False)
    after = identify.refresh(parts, on_basket(state, who=who))
    after = rewards.ask_again(parts, after)
    if who.member is None and after.basket is not None and after.basket.who is not None:
        identify.ask_habits(parts, after.basket.who)
    asked = after.notice is not None and after.notice.code in ("card_asked", "card_later")
    return change(after, notice=None) if asked else after


def device(state: State, changed: DeviceChanged) -> State:
    """A scanner or the printer came, went or failed."""
    said = words_of(state.language)(changed.sentence, port=changed.port) if changed.sentence else ""
    return change(state, **{changed.what: said})

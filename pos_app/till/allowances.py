"""This till's shares of what a member may get under caps and limits: what it has of them, and asking for more."""

from collections.abc import Mapping

from pos_app.till.moment import Moment, now
from pos_app.till.parts import Parts
from pos_app.till.state import Basket, State, Worth
from rules.allowances import allowances_of
from rules.decision import Reason
from rules.kinds.cap import KIND as CAPS
from rules.programme.model import Programme
from sync.grants import usable_sums
from sync.shares import allowance_account
from sync.till.cursors import sync_state
from sync.till.slices import slices_of
from sync.wire import Want

MOST_WANTS = 16
MOST_UNITS = 10**12
_WAITS = (Reason.SETTLED_LATER, Reason.UNCONFIRMED)


def allowed_here(
    parts: Parts, programme: Programme, basket: Basket, moment: Moment
) -> Mapping[str, int] | None:
    """What this till may give the ticket's member under each cap and limit; None where it goes by the rules alone.

    So does a till that works alone, and one with a line for whom the ledger does not know yet: nobody else can have a
    share.
    """
    who, allowances = basket.who, allowances_of(programme)
    if who is None or parts.network is None or not allowances:
        return None
    unheard = who.member is None or who.new
    if unheard and parts.online:
        return None
    if who.member is None or sync_state(parts.reader).spends_nothing:
        return {}
    held = usable_sums(slices_of(parts.reader, allowance_account(who.member)), moment.bdate, basket.ticket)
    return {one.counter: held.get(one.counter, 0) for one in allowances}


def ask(parts: Parts, basket: Basket) -> None:
    """Ask the ledger for all that is left of what the member is allowed, beyond what this till has of it."""
    who, programme = basket.who, parts.programme_of(basket.programme)
    if who is None or who.member is None or who.account.blocked or programme is None or not parts.online:
        return
    moment = now(parts)
    held = allowed_here(parts, programme, basket, moment) or {}
    missing = {
        one.counter: one.left(who.account.state, moment.bdate) - held.get(one.counter, 0)
        for one in allowances_of(programme)
    }
    wants = [Want(counter, min(units, MOST_UNITS)) for counter, units in missing.items() if units > 0]
    for start in range(0, len(wants), MOST_WANTS):
        assert parts.network is not None, "it is on line"
        parts.network.request_hold(basket.ticket, who.member, tuple(wants[start : start + MOST_WANTS]))


def ask_again(parts: Parts, state: State) -> None:
    """Ask once more while a ticket with a line waits for what other tills were asked to return."""
    basket, worth = state.basket, state.worth
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if basket is not None and worth is not None and programme is not None and _waits(worth, programme):
        ask(parts, basket)


def _waits(worth: Worth, programme: Programme) -> bool:
    """Whether a share is too small for the ticket."""
    return any(
        one.reason in _WAITS and (one.kind == CAPS.name or (rule is not None and rule.limit is not None))
        for one in worth.decision.outcomes
        for rule in (programme.rule(one.rule),)
    )

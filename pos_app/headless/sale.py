"""The commands of one sale: what is on the ticket, who buys, what is redeemed, and its record."""

import msgspec

from pos_app.headless.answers import Answer, record_of, recorded, returned_before
from pos_app.headless.input import Refused, basket_line, event_of, zone_of
from pos_app.headless.names import return_name
from pos_app.headless.protocol import Command, Steps, Wait
from pos_app.headless.session import Do, Session
from pos_app.till.state import BasketLine
from pos_app.till.view import Stage
from rules.sentences import mark
from sync.till import tickets

ACCOUNT_S = 0.3
HOLD_S = 2.0
_OPEN = frozenset({Stage.TICKET, Stage.REWARD, Stage.ENROL, Stage.RETURN, Stage.ERRAND, Stage.DONE})


def _scan(session: Session, command: Command) -> Steps:
    before = session.till.state.basket
    session.till.scan_text(command.code, "headless", guarded=False)
    session.mark_begun(before)
    yield Wait(ACCOUNT_S, lambda: session.code != "card_asked")
    session.confirm(command)
    return session.told()


def _lines(session: Session, command: Command) -> Steps:
    if command.refund_of:
        raise Refused("use_refund", mark("A return is a command of its own: send refund with of and lines."))
    entries = tuple(basket_line(raw) for raw in command.lines)
    if not entries:
        raise Refused("bad_lines", mark("There is no line: send at least one with its cents."))
    again = session.again(command, sum(one.line.cents for one in entries))
    if again is not None:
        return again
    session.name(command)
    if command.member:
        yield from _scan(session, msgspec.structs.replace(command, code=command.member))
    if not _is_there(session, command.after, entries):
        session.till.put_lines(entries)
    return session.told()


def _is_there(session: Session, after: int | None, entries: tuple[BasketLine, ...]) -> bool:
    """Whether the ticket has these lines after its first `after` ones: they were sent before, and the answer was lost.

    Raises Refused where it has fewer lines than that, or others there.
    """
    basket = session.till.state.basket
    lines = basket.lines if basket is not None else ()
    if after is None or after == len(lines):
        return False
    if after >= 0 and lines[after : after + len(entries)] == entries:
        return True
    raise Refused("other_lines", mark("The ticket has other lines: cancel it, then send all of them."))


def _amount(session: Session, command: Command) -> Answer:
    if not 0 < command.cents <= 9_999_999:
        raise Refused("amount_too_long", mark("Send the amount in whole cents, from 1 to 9999999."))
    again = session.again(command, command.cents)
    if again is not None:
        return again
    session.name(command)
    session.till.put_amount(str(command.cents))
    session.confirm(command, asked="amount_ceiling", again=session.till.accept_amount)
    return session.told()


def _redeem(session: Session, command: Command) -> Steps:
    session.till.redeem(command.rule, command.steps)
    yield Wait(HOLD_S, lambda: session.code != "reward_asked")
    session.refuse_if(lambda _view: session.code == "reward_beyond")
    return {**session.told(), "pending": session.code in ("reward_asked", "reward_next_door")}


def _event(session: Session, command: Command) -> Answer:
    what = event_of(command.name, command.sku, command.ref, command.fields)
    decision = session.till.happened(what)
    told = session.told()
    given = decision.contributions if decision is not None else ()
    return {**told, "gained": [{"rule": g.rule, "asset": g.asset, "quantity": g.quantity} for g in given]}


def _zone(session: Session, command: Command) -> Answer:
    basket = session.till.state.basket
    session.till.zone(zone_of(command.zone, basket.zones if basket is not None else ()))
    told, basket = session.told(), session.till.state.basket
    return {**told, "zones": list(basket.zones if basket is not None else ())}


def _close(session: Session, command: Command) -> Answer:
    begun = session.till.state.basket
    again = session.again(command, begun.total if begun is not None and begun.shown else None)
    if again is not None:
        session.leave_repeated(command)
        return again
    session.name(command)
    state = session.till.state
    if state.stage is Stage.TICKET and state.basket is not None and not (state.basket.lines or state.typed):
        session.till.enter()
        session.confirm(command, asked="visit_asked")
    else:
        session.till.record()
    session.refuse_if(lambda view: view.stage is not Stage.DONE)
    done = session.till.state.done
    assert done is not None
    result = tickets.result(session.till.parts.reader, done.ticket)
    assert result is not None
    return {"recorded": record_of(result), "again": session.code == "already_recorded"}


def _cancel(session: Session, _command: Command) -> Answer:
    while session.till.view().stage in _OPEN:
        session.till.escape()
    return session.told()


def _remove_line(session: Session, command: Command) -> Answer:
    session.till.remove_line(command.line)
    return session.told()


def _drop_card(session: Session, _command: Command) -> Answer:
    """The card comes off the begun ticket, its lines stay."""
    till = session.till
    basket = till.state.basket
    if basket is None or basket.who is None or not basket.lines or till.view().stage is Stage.LOCKED:
        raise Refused("no_member", mark("There is no ticket with lines and a card: nothing was taken off."))
    while (basket := till.state.basket) is not None and basket.who is not None and basket.lines:
        till.escape()
    return session.told()


def _undo(session: Session, command: Command) -> Answer:
    """The last ticket, which has to be the one that the command names, if it names one."""
    stored = session.stored(command)
    named = stored.reference if stored is not None else command.of
    last = tickets.recent(session.till.parts.reader, 1)
    if (named or command.ticket or command.pos_ref) and not (last and last[0].reference == named):
        raise Refused(
            "nothing_to_undo", mark("That is not the last ticket of this till: send a refund of it.")
        )
    session.till.undo()
    return session.told()


def _refund(session: Session, command: Command) -> Answer:
    till = session.till
    name = return_name(till.parts, command.pos_ref, command.ticket)
    again = returned_before(till.parts, name)
    if again is not None:
        return {"refund": again, "again": True}
    till.open_return()
    try:
        till.return_reference(command.of)
        session.refuse_if(lambda view: view.returning is None or not view.returning.reference)
        for index in command.lines:
            if not isinstance(index, int):
                raise Refused("no_such_line", mark("Name the lines of a return by their places, from 0."))
            till.return_line(index)
            session.refuse_if()
        if command.cents:
            till.return_amount(command.cents)
            session.refuse_if()
        till.return_confirm(name)
        session.refuse_if()
    except Refused:
        till.escape()
        raise
    done = till.state.done
    return {**session.told(), **({"refund": recorded(done.result)} if done is not None else {})}


COMMANDS: dict[str, Do] = {
    "scan": _scan,
    "lines": _lines,
    "amount": _amount,
    "redeem": _redeem,
    "event": _event,
    "zone": _zone,
    "close": _close,
    "cancel": _cancel,
    "remove_line": _remove_line,
    "drop_card": _drop_card,
    "undo": _undo,
    "refund": _refund,
}

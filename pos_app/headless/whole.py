"""The commands about the till as a whole: who works at it, what it shows, its day and its ledger."""

import msgspec

from pos_app.headless.answers import Answer, explanation_of
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Command, Steps, Wait
from pos_app.headless.session import Do, Session
from pos_app.till.view import Stage

LONGEST_WAIT_S = 60.0


def _sign_in(session: Session, command: Command) -> Answer:
    session.till.scan_text(command.badge, "headless", guarded=False)
    session.till.pin(command.pin)
    if session.till.view().stage is Stage.LOCKED:
        session.refuse_if(lambda _view: True)
    return session.told()


def _state(session: Session, _command: Command) -> Answer:
    session.till.tick()
    return {"view": msgspec.to_builtins(session.till.view())}


def _explain(session: Session, command: Command) -> Answer:
    """The begun ticket, or a recorded one by its printed reference or by the register's name for it."""
    if session.till.view().stage is Stage.LOCKED:
        raise Refused("locked", "The till is locked: sign in first.")
    stored = session.stored(command) if not command.of else None
    reference = stored.reference if stored is not None else command.of
    answer = explanation_of(session.till, reference)
    if answer is None and (reference or command.ticket or command.pos_ref):
        raise Refused("ticket_unknown", "This till has no such ticket: send the reference of its receipt.")
    return answer or {"why": []}


def _sync(session: Session, command: Command) -> Steps:
    network = session.till.parts.network
    if network is None:
        raise Refused("no_ledger", "This till has no ledger: pair it to send its tickets.")
    network.wake_push()
    yield Wait(min(max(command.timeout_s, 0.0), LONGEST_WAIT_S), lambda: not network.state().waiting)
    status = network.state()
    return {"online": status.online, "waiting": status.waiting}


def _close_day(session: Session, _command: Command) -> Answer:
    session.till.close_day()
    return session.told()


def _reprint(session: Session, _command: Command) -> Answer:
    session.till.reprint()
    return session.told()


def _lock(session: Session, _command: Command) -> Answer:
    session.till.lock()
    return {"stage": session.till.view().stage.value}


def _language(session: Session, command: Command) -> Answer:
    session.till.set_language(command.language)
    return session.told()


COMMANDS: dict[str, Do] = {
    "sign_in": _sign_in,
    "state": _state,
    "explain": _explain,
    "sync": _sync,
    "close_day": _close_day,
    "reprint": _reprint,
    "lock": _lock,
    "language": _language,
}

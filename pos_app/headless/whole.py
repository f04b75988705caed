"""The commands about the till as a whole: who works at it, what it shows, its day and its ledger."""

import msgspec

from pos_app.headless.answers import Answer, explanation_of, receipt_of
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Command, Steps, Wait
from pos_app.headless.session import Do, Session
from pos_app.till.errands.table import OPEN
from pos_app.till.view import Stage
from rules.sentences import mark
from sync.till import tickets

LONGEST_WAIT_S = 60.0
NO_SUCH_TICKET = mark("This till has no such ticket: send the reference of its receipt.")
FOR_PEOPLE = mark("This page is for a person at the till: open it there.")


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
    _at_work(session)
    stored = session.stored(command) if not command.of else None
    reference = stored.reference if stored is not None else command.of
    answer = explanation_of(session.till, reference)
    if answer is None and (reference or command.ticket or command.pos_ref):
        raise Refused("ticket_unknown", NO_SUCH_TICKET)
    return answer or {"why": []}


def _tickets(session: Session, _command: Command) -> Answer:
    """The last tickets of this till, newest first, a line each."""
    _at_work(session)
    return {"tickets": [{"reference": one.reference, "text": one.text} for one in session.till.past()]}


def _receipt(session: Session, command: Command) -> Answer:
    """The rows of a ticket's receipt, by any of its names, for a register that prints it itself."""
    _at_work(session)
    reader, language = session.till.parts.reader, session.till.state.language
    stored = session.stored(command)
    if stored is None and command.of:
        stored = tickets.by_reference(reader, command.of)
    elif stored is None and not (command.ticket or command.pos_ref):
        done = session.till.state.done
        if done is not None:
            return {
                "reference": done.reference,
                "rows": receipt_of(session.till.parts, done.result, language),
            }
        stored = next(iter(tickets.recent(reader, 1)), None)
    if stored is None:
        raise Refused("ticket_unknown", NO_SUCH_TICKET)
    return {"reference": stored.reference, "rows": receipt_of(session.till.parts, stored.result, language)}


def _errand(session: Session, command: Command) -> Answer:
    """Open the page of a small job, which answers have as `page` from then on; without a name, which there are."""
    if not command.name:
        return {"errands": sorted(OPEN)}
    session.till.errand(command.name)
    if _is_for_people(session):
        session.till.escape()
        raise Refused("for_people", FOR_PEOPLE)
    return session.told()


def _choose(session: Session, command: Command) -> Answer:
    _on_page(session)
    session.till.choose_in_errand(command.digit)
    return session.told()


def _enter(session: Session, command: Command) -> Answer:
    _on_page(session)
    session.till.typed(command.text)
    session.till.enter()
    return session.told()


def _back(session: Session, _command: Command) -> Answer:
    _on_page(session)
    session.till.escape()
    return session.told()


def _on_page(session: Session) -> None:
    if session.till.view().stage is not Stage.ERRAND:
        raise Refused("no_page", mark("No page is open: send errand with its name first."))
    if _is_for_people(session):
        raise Refused("for_people", FOR_PEOPLE)


def _is_for_people(session: Session) -> bool:
    """Whether the open page is one that a manager's word stands behind, or a member's: no program has that."""
    errand = session.till.state.errand
    return errand is not None and errand.for_people


def _at_work(session: Session) -> None:
    if session.till.view().stage is Stage.LOCKED:
        raise Refused("locked", mark("The till is locked: sign in first."))


def _sync(session: Session, command: Command) -> Steps:
    network = session.till.parts.network
    if network is None:
        raise Refused("no_ledger", mark("This till has no ledger: pair it to send its tickets."))
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
    "tickets": _tickets,
    "receipt": _receipt,
    "errand": _errand,
    "choose": _choose,
    "enter": _enter,
    "back": _back,
    "sync": _sync,
    "close_day": _close_day,
    "reprint": _reprint,
    "lock": _lock,
    "language": _language,
}

"""The commands about a member beside the sale."""

from pos_app.headless.answers import Answer
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Command
from pos_app.headless.session import Do, Session
from rules.sentences import mark
from sync.tokens import contact_of


def _enrol(session: Session, command: Command) -> Answer:
    till = session.till
    till.open_enrol()
    consents = command.consent if isinstance(command.consent, tuple) else (command.consent,)
    fields = [
        ("card", command.card),
        ("contact", command.contact),
        *[("consent", str(digit)) for digit in consents],
        ("first_name", command.first_name),
        ("birthday", command.birthday),
        ("sponsor", command.sponsor),
    ]
    try:
        for field, value in fields:
            if value:
                till.enrol_set(field, value)
                session.refuse_if()
        form = till.view().enrol
        known = session.code == "enrol_known" or (form is not None and bool(form.duplicate))
        session.refuse_if(lambda _view: known and not command.confirm)
        till.enrol_confirm()
        session.refuse_if()
    except Refused:
        till.escape()
        raise
    return session.told()


def _contact(session: Session, command: Command) -> Answer:
    """The member with a phone number or e-mail, as if the card had been scanned."""
    contact = contact_of(command.contact)
    if contact is None:
        raise Refused(
            "contact_unknown", mark("This is no phone number or e-mail: send it as the customer says it.")
        )
    session.till.contact(contact)
    session.confirm(command)
    return session.told()


COMMANDS: dict[str, Do] = {"enrol": _enrol, "contact": _contact}

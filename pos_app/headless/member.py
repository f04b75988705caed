"""The commands about a member beside the sale."""

from pos_app.headless.answers import Answer
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Command
from pos_app.headless.session import Do, Session


def _enrol(session: Session, command: Command) -> Answer:
    till = session.till
    till.open_enrol()
    fields = {
        "card": command.card,
        "contact": command.contact,
        "consent": str(command.consent),
        "first_name": command.first_name,
        "birthday": command.birthday,
        "sponsor": command.sponsor,
    }
    try:
        for field, value in fields.items():
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


COMMANDS: dict[str, Do] = {"enrol": _enrol}

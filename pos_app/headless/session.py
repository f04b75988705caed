"""What every command shares: what the till says to it, what the register's names mean, and refusals."""

from collections.abc import Callable

from pos_app.headless.answers import Answer, brief, record_of
from pos_app.headless.input import Refused, check_name
from pos_app.headless.names import ticket_name
from pos_app.headless.protocol import Command, Steps
from pos_app.languages.words import Words
from pos_app.till.parts import words_of
from pos_app.till.state import BEGUN, NAMED, Basket
from pos_app.till.till import Till
from pos_app.till.view import Level, View
from rules.sentences import mark, said
from sync.till import tickets
from sync.till.tickets import TicketResult


class Session:
    """The till as one command sees it."""

    def __init__(self, till: Till) -> None:
        self.till = till

    @property
    def words(self) -> Words:
        """The language that the till speaks now."""
        return words_of(self.till.state.language)

    @property
    def code(self) -> str:
        """The code of the notice that shows, "" for none."""
        notice = self.till.state.notice
        return notice.code if notice is not None else ""

    def told(self) -> Answer:
        """What the till shows now, in short. Raises Refused when that is a refusal."""
        self.refuse_if()
        return brief(self.till.view())

    def refuse_if(self, wrong: Callable[[View], bool] = lambda _view: False) -> None:
        """Raise Refused when the till refused, or when its notice means that here."""
        view = self.till.view()
        notice = view.notice
        if notice is not None and (notice.level is Level.REFUSAL or wrong(view)):
            raise Refused(notice.code, notice.text)

    def confirm(
        self, command: Command, asked: str = "replace_member", again: Callable[[], None] | None = None
    ) -> None:
        """A question is a refusal, unless the command said yes beforehand."""
        if self.code == asked and command.confirm:
            (again or self.till.enter)()
        self.refuse_if(lambda _view: self.till.state.question is not None)

    def stored(self, command: Command) -> TicketResult | None:
        """The first record of a ticket or receipt that the register sends again."""
        reader = self.till.parts.reader
        found = tickets.result(reader, self.ticket(command.ticket)) if command.ticket else None
        if found is None and command.pos_ref:
            found = tickets.by_pos_ref(reader, command.pos_ref)
        return found

    def again(self, command: Command, total: int | None = None) -> Answer | None:
        """The answer to a ticket that is recorded already, which is `total` cents by this command.

        Raises Refused where another ticket of another amount has its receipt's number: registers begin them anew.
        """
        stored = self.stored(command)
        if stored is None:
            return None
        known = record_of(stored)
        named = command.ticket and self.ticket(command.ticket) != stored.ticket
        if named and total is not None and total != known["total"]:
            sentence = said(
                "{number} is recorded already with another amount: give each ticket a number of its own.",
                number=command.pos_ref,
            )
            raise Refused("number_taken", sentence)
        return {"recorded": known, "again": True}

    def name(self, command: Command) -> None:
        """Let the begun ticket carry the register's own name, as 32 hex digits, and its receipt number.

        Raises Refused where it bears the name of another one: that has to be closed or left first.
        """
        check_name(command.ticket)
        check_name(command.pos_ref)
        basket = self.till.state.basket
        name = self.ticket(command.ticket) if command.ticket else ""
        if basket is not None and basket.register == NAMED and name not in ("", basket.ticket):
            raise Refused("other_ticket", mark("Another ticket is begun: close it, or cancel it."))
        if name or command.pos_ref:
            begun = basket.ticket if basket is not None else ""
            number = command.pos_ref or (basket.pos_ref if basket is not None else None)
            register = NAMED if name or (basket is not None and basket.register == NAMED) else BEGUN
            self.till.name_ticket(name or begun, number, register)

    def mark_begun(self, before: Basket | None) -> None:
        """Note that this command began the ticket that is begun now, where there was none `before`."""
        basket = self.till.state.basket
        if basket is not None and before is None:
            self.till.name_ticket(basket.ticket, basket.pos_ref, basket.register or BEGUN)

    def leave_repeated(self, command: Command) -> None:
        """Leave what the register has begun anew of a recorded ticket: else the next sale would go on with it."""
        basket = self.till.state.basket
        if basket is None or not basket.register:
            return
        mine = command.ticket and basket.ticket == self.ticket(command.ticket)
        if not basket.lines or mine or (command.pos_ref and basket.pos_ref == command.pos_ref):
            while self.till.state.basket is not None:
                self.till.escape()

    def ticket(self, name: str) -> str:
        """The till's name for a ticket that the register calls `name`."""
        return ticket_name(self.till.parts, name)


# What a command does: it answers at once, or goes on where it has waited.
Do = Callable[[Session, Command], Answer | Steps]

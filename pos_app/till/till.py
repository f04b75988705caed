"""The till: one object that every entry point drives, and behind it one use case a method.

Methods are called from one thread (the screen's); `scanned`, `heard` and `device` from any. A refusal is a notice in
the view, never an exception.
"""

import msgspec

from pos_app.devices.grammar import read_code
from pos_app.till import (
    allowances,
    basket,
    close,
    day,
    enrol,
    event,
    events,
    identify,
    restart,
    returns,
    rewards,
    scan,
    share_holds,
    sign_in,
    undo,
    why,
)
from pos_app.till.desk import enter, escape, typed
from pos_app.till.errands.table import choose_digit, open_errand
from pos_app.till.housekeeping import give_back
from pos_app.till.look_at import look_at
from pos_app.till.machine import Machine
from pos_app.till.notices import tell
from pos_app.till.parts import words_of
from pos_app.till.privacy import VIEWED
from pos_app.till.reprint import reprint
from pos_app.till.sign_in import MANAGER
from pos_app.till.state import NAMED, BasketLine, State, change, on_basket
from pos_app.till.view import Stage, View
from pos_app.till.view_build import build
from pos_app.till.why import Past, Why
from rules import ticket
from rules.decision import Decision


class Till(Machine):
    """A till at work, as screens and programs drive it."""

    # --- what the screen reads

    def view(self) -> View:
        """Everything the screen shows, in the current language; of a damaged store what was shown last."""
        self._safely(self._look)
        shown = self._shown if self._shown is not None else build(self.parts, self.state)
        return msgspec.structs.replace(shown, notice=self.state.notice) if self.parts.store.damaged else shown

    def _look(self) -> None:
        self._shown = build(self.parts, self.state)

    def why(self, reference: str = "") -> Why | None:
        """The whole explanation: of a ticket of this till by its reference, else of the begun or shown one."""
        found: list[Why | None] = []
        self._safely(lambda: found.append(why.why(self.parts, self.state, reference)))
        return found[0] if found else None

    def why_elsewhere(self, entry: bytes, till: str) -> Why | None:
        """The same for a ticket of another till, from the entry that `till` wrote."""
        found: list[Why | None] = []
        self._safely(lambda: found.append(why.why_elsewhere(self.parts, self.state, entry, till)))
        return found[0] if found else None

    def past(self) -> tuple[Past, ...]:
        """The last tickets of this till, newest first."""
        found: list[Past] = []
        self._safely(lambda: found.extend(why.past(self.parts, self.state)))
        return tuple(found)

    # --- scanning and typing

    def scan_text(self, text: str, source: str, *, guarded: bool = True) -> None:
        """A code that came as text: from a keyboard scanner, a paste, or (not guarded against repeats) a program."""
        code = read_code(text, None, self.parts.options.codes)
        self._act(scan.store(self.parts, code, source, self.parts.clock.mono_ms()), guarded=guarded)

    def typed(self, text: str) -> None:
        """What stands in the one input field now; Enter acts on it."""
        self._safely(lambda: self._step(typed(self.parts, self.state, text[:120]), touch=True))

    def enter(self) -> None:
        """Enter: do what the field, the question or the stage asks for."""
        self._sign_out()
        self._safely(lambda: self._step(enter(self.parts, self.state), touch=True))

    def escape(self) -> None:
        """Esc: leave one level; what was put aside may be scanned again at once."""
        self._duplicates.clear()
        self._safely(lambda: self._step(escape(self.parts, self.state), touch=True))

    def backspace_on_empty(self) -> None:
        """Backspace on an empty field: ask whether to undo the last ticket, where none is begun."""
        if self.state.stage in (Stage.IDLE, Stage.DONE):
            self._safely(lambda: self._step(undo.ask(self.parts, self.state), touch=True))

    def contact(self, text: str) -> None:
        """A phone number or e-mail, in its one spelling, instead of a card."""
        self._open(lambda: identify.contact(self.parts, self.state, text))

    def look_at(self, member: int) -> None:
        """The member with this number on the ticket, for the manager who is signed in."""
        cashier = self.state.cashier
        if cashier is not None and cashier.role == MANAGER:
            self._open(lambda: look_at(self.parts, self.state, member, VIEWED, cashier.id))

    # --- the ticket

    def put_lines(self, lines: tuple[BasketLine, ...]) -> None:
        """Add lines a register sent."""
        self._open(lambda: basket.put_lines(self.parts, self.state, lines))

    def put_amount(self, text: str) -> None:
        """An amount for the ticket, without recording it."""
        self._open(lambda: basket.put_amount(self.parts, self.state, text))

    def accept_amount(self) -> None:
        """Yes to an amount above the shop's ceiling, without recording it."""
        question = self.state.question
        if question is not None and question.kind == "ceiling":
            self._open(lambda: basket.put_amount(self.parts, self.state, question.text, asked=True))

    def record(self) -> None:
        """Record the begun ticket, whatever stands in the field."""
        self._open(lambda: close.record(self.parts, self.state))

    def name_ticket(self, ticket: str, pos_ref: str | None, register: str = NAMED) -> None:
        """Give the begun ticket (begun here if need be) a register's own name, receipt number and mark."""
        begun = basket.begun(self.parts, self.state)
        self._open(lambda: on_basket(begun, ticket=ticket, pos_ref=pos_ref, register=register))

    def zone(self, name: str) -> None:
        """The card was scanned in this place of the shop on the visit of the begun ticket."""
        self._open(lambda: basket.put_zone(self.parts, self.state, name))

    def remove_line(self, index: int) -> None:
        """Take a line off the ticket."""
        self._open(lambda: basket.remove_line(self.parts, self.state, index))

    def items(self) -> None:
        """F5: show items or amount."""
        self._open(lambda: basket.show_items(self.state))

    def rewards(self) -> None:
        """F4: the rewards of this ticket."""
        self._from_field(rewards.open_list)

    def choose(self, digit: int) -> None:
        """Choose a reward, one step more each time."""
        self._open(lambda: rewards.choose(self.parts, self.state, digit))

    def redeem(self, rule: str, steps: int) -> None:
        """Take exactly so many steps of a reward by its rule; 0 lets it go."""
        self._open(lambda: rewards.redeem(self.parts, self.state, rule, steps))

    def happened(self, what: ticket.Event) -> Decision | None:
        """An event of the member on the begun ticket; what the rules say to it, None where it is refused."""
        found: list[event.Recorded] = []

        def case() -> State:
            found.append(event.record(self.parts, self.state, what))
            return found[0].state

        self._open(case)
        return found[0].decision if found else None

    def undo(self) -> None:
        """Undo the last ticket."""
        self._open(lambda: undo.undo(self.parts, self.state))

    def reprint(self) -> None:
        """P: print the last receipt, as a duplicate if it was printed already."""
        self._open(lambda: reprint(self.parts, self.state))

    # --- returns, enrolment, the day

    def open_return(self) -> None:
        """F6."""
        self._from_field(returns.open_return)

    def return_reference(self, text: str) -> None:
        """The ticket that is given back; for a ticket of another till, the amount after it."""
        self._open(lambda: returns.reference(self.parts, self.state, text))

    def return_line(self, index: int) -> None:
        """Choose a line of the return."""
        self._open(lambda: returns.toggle_line(self.parts, self.state, index))

    def return_amount(self, cents: int) -> None:
        """Give back an amount; 0 forgets it again."""
        self._open(lambda: returns.amount(self.parts, self.state, cents))

    def return_confirm(self, name: str = "") -> None:
        """Record the return, under a `name` of its own where a program gives one."""
        self._open(lambda: returns.confirm(self.parts, self.state, name))

    def open_enrol(self) -> None:
        """F3."""
        self._from_field(lambda state: enrol.open_form(self.parts, state))

    def enrol_set(self, field: str, value: str) -> None:
        """Fill a field of the enrolment form."""
        self._open(lambda: enrol.set_field(self.parts, self.state, field, value))

    def enrol_confirm(self) -> None:
        """Create the member."""
        self._open(lambda: enrol.confirm(self.parts, self.state))

    def errand(self, name: str) -> None:
        """Open the page of a small job by its name (`pos_app.till.errands.table`)."""
        self._from_field(lambda state: open_errand(self.parts, state, name))

    def choose_in_errand(self, digit: int) -> None:
        """A digit that the open page offers."""
        self._open(lambda: choose_digit(self.parts, self.state, digit))

    def close_day(self, *, ask: bool = False) -> None:
        """Close the business day; with `ask` only when told twice, if something is left to send."""
        self._open(lambda: day.close_day(self.parts, self.state, ask=ask))

    # --- signing in, language, time

    def pin(self, text: str) -> None:
        """The PIN of the scanned badge."""
        self._safely(
            lambda: self._step(
                restart.told(self.parts, sign_in.pin(self.parts, self.state, text)), touch=True
            )
        )

    def lock(self) -> None:
        """F12."""
        self._step(sign_in.lock(self.state))

    def tell(self, code: str) -> None:
        """Say something that happened before the till was there, by the code of its notice."""
        self._step(change(self.state, notice=tell(words_of(self.state.language), code)))

    def dismiss(self) -> None:
        """Take the notice away: it was read."""
        self._step(change(self.state, notice=None))

    def set_language(self, language: str) -> None:
        """Speak fr or en from now on."""
        self._step(change(self.state, language=language, notice=None))

    def tick(self) -> None:
        """Once a second: lock an idle till, watch the clock, give back what may go back, look for what is to come."""
        self._safely(self._tick)

    def _tick(self) -> None:
        state = basket.paying(self.parts, sign_in.lock_when_idle(self.parts, self.state))
        self._step(day.watch_clock(self.parts, state))
        events.look_again(self.parts, self.state)
        allowances.ask_again(self.parts, self.state)
        self._step(share_holds.ask(self.parts, self.state))
        give_back(self.parts, self.state)

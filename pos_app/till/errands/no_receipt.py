"""A return without the receipt: the member on the ticket bought here, and the till finds the sale."""

from pos_app.till import returns
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import unpack
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.till import tickets
from sync.till.tickets import TicketResult

MOST = 9


class NoReceiptPage(Errand, frozen=True):
    """The last sales of the member at this till."""

    found: tuple[TicketResult, ...]

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        choices = tuple(
            ErrandChoice(
                digit,
                f"{words.date(one.bdate)}  {one.reference}",
                words.paying(unpack(one.result).currency).money(one.cents),
            )
            for digit, one in enumerate(self.found, start=1)
        )
        ask = ErrandLine(words("Which purchase comes back?"), Tone.STRONG)
        return ErrandView(words("RETURN WITHOUT RECEIPT"), (ask,), choices, keys={"Enter": words("Back")})

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        reference = self.found[digit - 1].reference
        return returns.reference(parts, returns.open_return(closed(state)), f"T{reference}")

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def open_page(parts: Parts, state: State) -> State:
    """The page, where the member of the begun ticket bought at this till."""
    words = words_of(state.language)
    who = state.basket.who if state.basket is not None else None
    if who is None:
        return change(state, notice=tell(words, "event_nobody"))
    found = tickets.of_member(parts.reader, who.member, MOST) if who.member is not None else ()
    if not found:
        return change(state, notice=tell(words, "no_purchase"))
    return opened(state, NoReceiptPage(found))

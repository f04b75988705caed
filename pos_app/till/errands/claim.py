"""Points from a receipt: the member on the ticket was here without a card, and shows the paper."""

from pos_app.devices.grammar import Code, Kind
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.identify import void
from pos_app.till.moving import claim
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandLine, ErrandView, Level, Tone


class ClaimPage(Errand, frozen=True):
    """The number of the receipt, typed or scanned."""

    who: Who

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        name = self.who.name or self.who.card
        lines = (
            ErrandLine(words("Points from a receipt for {name}", name=name), Tone.STRONG),
            ErrandLine(words("Scan the receipt, or type its number and the six characters behind it.")),
            ErrandLine(
                words("A receipt counts once, within 30 days; the ledger gives the points."), Tone.SOFT
            ),
        )
        return ErrandView(words("RECEIPT"), lines, (), words("Receipt"), {"Enter": words("Count it")})

    def enter(self, parts: Parts, state: State, text: str) -> State:
        return _claimed(parts, state, self.who, text) if text else closed(state)

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        return _claimed(parts, state, self.who, f"T{code.value}") if code.kind is Kind.TICKET else None


def open_page(_parts: Parts, state: State) -> State:
    """The page, for the member of the begun ticket."""
    who = state.basket.who if state.basket is not None else None
    if who is None:
        return change(state, notice=tell(words_of(state.language), "event_nobody"))
    return opened(state, ClaimPage(who))


def _claimed(parts: Parts, state: State, who: Who, text: str) -> State:
    if (refusal := void(parts, state.language, who)) is not None:
        return change(state, notice=refusal)
    after = claim(parts, state, who, text)
    refused = after.notice is not None and after.notice.level is Level.REFUSAL
    return after if refused else closed(after)

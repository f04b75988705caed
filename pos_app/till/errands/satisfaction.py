"""How satisfied the member is, 0 to 9 in one key; a low mark is an incident where the programme weighs it."""

from typing import Final

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.event import happened, happened_here
from pos_app.till.incident_names import SATISFACTION
from pos_app.till.just_sold import whose
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import Basket, State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Notice, Tone
from rules.kinds.incidents import INCIDENT, INCIDENTS, Incidents
from rules.ticket import Event

BEST: Final = 9
LOW: Final = 4  # up to this mark the visit went wrong


class SatisfactionPage(Errand, frozen=True):
    """The ten marks for the visit of `basket`, whose ticket is `about`."""

    basket: Basket
    about: str

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        said = {0: words("not at all"), 5: words("so so"), BEST: words("delighted")}
        choices = tuple(ErrandChoice(mark, "■" * mark, said.get(mark, "")) for mark in range(BEST + 1))
        ask = ErrandLine(words("Ask: how satisfied were you today, from 0 to 9?"), Tone.STRONG)
        return ErrandView(
            words("SATISFACTION"), (ask,), choices, keys={"0-9": words("Mark"), "Enter": words("Back")}
        )

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        words, ref = words_of(state.language), f"satisfaction:{self.about}"
        assert self.basket.who is not None
        for _, event in happened_here(parts, self.basket.who):
            if event.ref == ref:
                return closed(state, notice=tell(words, "satisfaction_already", mark=event.fields["stars"]))
        said = happened(parts, state, self.basket, Event(SATISFACTION, ref=ref, fields={"stars": digit}))
        if isinstance(said, Notice):
            return change(state, notice=said)
        if digit > LOW:
            return closed(state, notice=tell(words, "satisfaction_noted", mark=digit))
        if _weighed(parts, self.basket):
            said = happened(parts, state, self.basket, Event(INCIDENT, fields={"kind": SATISFACTION}))
            if isinstance(said, Notice):
                return closed(state, notice=said)
        return closed(state, notice=tell(words, "satisfaction_low", mark=digit))

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def open_page(parts: Parts, state: State) -> State:
    """The page, for the member of the begun ticket or of the one just recorded."""
    basket = whose(parts, state)
    if basket is None:
        return change(state, notice=tell(words_of(state.language), "event_nobody"))
    about = state.done.ticket if state.basket is None and state.done is not None else basket.ticket
    return opened(state, SatisfactionPage(basket, about))


def _weighed(parts: Parts, basket: Basket) -> bool:
    programme = parts.programme_of(basket.programme)
    table: Incidents | None = programme.policy(INCIDENTS) if programme is not None else None
    return table is not None and SATISFACTION in table.kinds

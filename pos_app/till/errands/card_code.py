"""The number of a new card as a QR code on the screen: the member's phone takes it along, off line too."""

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change
from pos_app.till.view import ErrandLine, ErrandView, Tone


class CardCodePage(Errand, frozen=True):
    """The code of `number`, which is known only as long as the member who was just enrolled is on the ticket."""

    number: str

    @property
    def for_people(self) -> bool:
        return True

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        say = ErrandLine(words("Take it with a card app on your phone (Catima), or a picture."), Tone.SOFT)
        return ErrandView(
            words("THE NEW CARD {number}", number=self.number),
            (say,),
            qr=self.number,
            keys={"Enter": words("Back")},
        )

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def open_page(_parts: Parts, state: State) -> State:
    """The page, for a member with a number of this till who was enrolled on the begun ticket."""
    who = state.basket.who if state.basket is not None else None
    if who is None or not who.card.isdecimal():
        return change(state, notice=tell(words_of(state.language), "card_code_nobody"))
    return opened(state, CardCodePage(who.card))

"""The number of a new card as a QR code on the screen: the member's phone takes it along, off line too."""

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import unpack
from pos_app.till.state import State, change
from pos_app.till.view import ErrandLine, ErrandView, Tone


class CardCodePage(Errand, frozen=True):
    """The code of `number`, which is known until the ticket on which the member was enrolled is done with."""

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
    """The page, for a member who was given a number on the begun ticket or the one that was just recorded."""
    number = new_number(state)
    if not number:
        return change(state, notice=tell(words_of(state.language), "card_code_nobody"))
    return opened(state, CardCodePage(number))


def new_number(state: State) -> str:
    """The number that the member of the ticket was given on it, "" for any other card: those are masked."""
    if state.basket is not None:
        card = state.basket.who.card if state.basket.who is not None else ""
    else:
        card = unpack(state.done.result).card if state.done is not None else ""
    return card if card.isdecimal() else ""

"""A reward that the member on the ticket brings back: which one, then exchanged or points back."""

import msgspec

from pos_app.languages.words import Words
from pos_app.till import identify, reward_back
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import amount_text
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.reward_back import Handed
from pos_app.till.state import Basket, State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone

EXCHANGED, POINTS_BACK = 1, 2
MOST = 9


class RewardBackPage(Errand, frozen=True):
    """The gifts of the member, then what happens with the `chosen` one. `asks`: the ledger is asked for more."""

    basket: Basket
    asks: bool
    chosen: Handed | None = None

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        title, keys = words("REWARD BROUGHT BACK"), {"Enter": words("Back")}
        if self.chosen is None:
            choices = tuple(
                ErrandChoice(
                    digit, reward_back.named(parts, state, one), f"{words.date(one.day)} · {one.reference}"
                )
                for digit, one in enumerate(self._gifts(parts), start=1)
            )
            return ErrandView(title, self._lines(parts, words, some=bool(choices)), choices, keys=keys)
        programme = parts.programme(now(parts).bdate)
        price = amount_text(programme, self.chosen.asset, self.chosen.quantity, words)
        what = ErrandLine(
            reward_back.named(parts, state, self.chosen), Tone.STRONG, words.date(self.chosen.day)
        )
        choices = (
            ErrandChoice(EXCHANGED, words("Exchanged for another one")),
            ErrandChoice(POINTS_BACK, words("Taken back: the points return"), price),
        )
        return ErrandView(title, (what,), choices, keys=keys)

    def _lines(self, parts: Parts, words: Words, *, some: bool) -> tuple[ErrandLine, ...]:
        if self.asks and not reward_back.is_told(parts, self.basket):
            last = ErrandLine(words("Asking the ledger for gifts of other tills…"))
        elif some:
            return (ErrandLine(words("Which reward?"), Tone.STRONG),)
        else:
            last = ErrandLine(
                words(
                    "No gift was handed to this member: a free item or a discount comes back with its line (F6)."
                )
            )
        return (ErrandLine(words("Which reward?"), Tone.STRONG), last) if some else (last,)

    def _gifts(self, parts: Parts) -> tuple[Handed, ...]:
        return reward_back.handed(parts, self.basket)[:MOST]

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        if self.chosen is None:
            gifts = self._gifts(parts)
            if not 1 <= digit <= len(gifts):
                return state
            return opened(state, msgspec.structs.replace(self, chosen=gifts[digit - 1]))
        does = reward_back.exchange if digit == EXCHANGED else reward_back.restore
        after = does(parts, closed(state), self.basket, self.chosen)
        notice = after.notice
        return change(identify.refresh(parts, after), notice=notice)

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)

    def back(self, _parts: Parts, state: State) -> State | None:
        return opened(state, msgspec.structs.replace(self, chosen=None)) if self.chosen is not None else None


def open_page(parts: Parts, state: State) -> State:
    """The page, where the member of the begun ticket was handed something by this till."""
    words = words_of(state.language)
    basket = state.basket
    if basket is None or basket.who is None:
        return change(state, notice=tell(words, "event_nobody"))
    asks = reward_back.ask(parts, basket)
    if not asks and not reward_back.handed(parts, basket):
        return change(state, notice=tell(words, "reward_none"))
    return opened(state, RewardBackPage(basket, asks))

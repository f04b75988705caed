"""Q: the one question of this visit, answered by a digit; 0 is no answer, and then nobody asks again."""

from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.question import Asked, answer, open_question
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Level, Tone

REFUSED = 0


class QuestionPage(Errand, frozen=True):
    """The question and its answers."""

    asked: Asked

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        said = {True: words("Yes"), False: words("No")}
        choices = [
            ErrandChoice(digit, said[value] if isinstance(value, bool) else value)
            for digit, value in enumerate(self.asked.values, start=1)
        ]
        choices.append(ErrandChoice(REFUSED, words("does not want to say: never asked again")))
        ask = ErrandLine(self.asked.text(state.language), Tone.STRONG)
        return ErrandView(words("QUESTION"), (ask,), tuple(choices), keys={"Enter": words("Later")})

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        value = None if digit == REFUSED else self.asked.values[digit - 1]
        after = answer(parts, closed(state), self.asked, value)
        if after.notice is not None and after.notice.level is Level.REFUSAL:
            return after
        return change(after, notice=tell(words_of(state.language), "answer_noted"))

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


def open_page(parts: Parts, state: State) -> State:
    """The page, where there is something to ask."""
    asked = open_question(parts, state)
    if asked is None:
        return change(state, notice=tell(words_of(state.language), "no_question"))
    return opened(state, QuestionPage(asked))

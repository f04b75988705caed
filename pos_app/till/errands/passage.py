"""F8 while a new programme is coming: what ends when, what becomes of the balance, the sentence to say, the answer."""

from collections.abc import Iterator

from pos_app.languages.words import Words
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import voice_of
from pos_app.till.moment import now
from pos_app.till.move_ahead import last_days, move_now, outlook
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.passage import answer
from pos_app.till.state import State, change
from pos_app.till.terms import is_settled
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Level, Tone
from rules.passage import Move, passage_texts
from rules.programme.model import Programme

ACCEPT, REFUSE = 1, 2


class PassagePage(Errand, frozen=True):
    """What `move` means for the member of the begun ticket."""

    move: Move

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        lines = tuple(self._said(parts, state, words))
        if not self.move.table.accept:
            return ErrandView(words("NEW PROGRAMME"), lines, keys={"Enter": words("Told")})
        choices = (
            ErrandChoice(ACCEPT, words("The member accepts the new terms")),
            ErrandChoice(REFUSE, words("The member refuses them"), _refused(self.move, words)),
        )
        return ErrandView(words("NEW PROGRAMME"), lines, choices, keys={"Enter": words("Later")})

    def _said(self, parts: Parts, state: State, words: Words) -> Iterator[ErrandLine]:
        move = self.move
        old, new = _name(move.old, words), _name(move.new, words)
        yield ErrandLine(
            words("{old} ends, {new} begins on {day}.", old=old, new=new, day=words.date(move.day)),
            Tone.STRONG,
        )
        for text, day in last_days(move, words):
            yield ErrandLine(text, right=words.date(day))
        told = self._told(parts, state, words)
        yield from (ErrandLine(text) for text in told)
        if told:
            yield ErrandLine(words("Say: ") + _say(move, told, words), Tone.STRONG)

    def _told(self, parts: Parts, state: State, words: Words) -> tuple[str, ...]:
        who = state.basket.who if state.basket is not None else None
        passed = outlook(self.move, who.account, now(parts).bdate) if who is not None else None
        if passed is None:
            return (words("What becomes of the balance is known when the till is on line."),)
        return passage_texts(passed, voice_of(self.move.new, words))

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        return _answered(parts, state, self.move, digit == ACCEPT)

    def enter(self, parts: Parts, state: State, _text: str) -> State:
        return closed(state) if self.move.table.accept else _answered(parts, state, self.move, None)


def pending(parts: Parts, state: State) -> State | None:
    """The page where the member of the begun ticket has still to be told or to answer; None otherwise."""
    who = state.basket.who if state.basket is not None else None
    move = move_now(parts)
    if who is None or move is None or is_settled(parts, move, who):
        return None
    return opened(state, PassagePage(move))


def _answered(parts: Parts, state: State, move: Move, accepted: bool | None) -> State:
    after = answer(parts, closed(state), move, accepted)
    if after.notice is not None and after.notice.level is Level.REFUSAL:
        return after
    code = "terms_told" if accepted is None else "terms_accepted" if accepted else "terms_refused"
    return change(after, notice=tell(words_of(state.language), code))


def _say(move: Move, told: tuple[str, ...], words: Words) -> str:
    day = words.date(move.day)
    return words("From {day} on {what}.", day=day, what=", ".join(told))


def _refused(move: Move, words: Words) -> str:
    said = {
        "keep": words("keeps what there is"),
        "forfeit": words("loses what there is"),
        "voucher": words("gets a voucher for it"),
    }
    return said[move.table.refused]


def _name(programme: Programme, words: Words) -> str:
    names = programme.header.name
    return names.get(words.language) or next(iter(names.values()), programme.header.id)

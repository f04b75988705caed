"""Personal data at the counter: a note, consents, a copy, erasure, which is asked twice, and a second account.

A copy and erasure are allowed by the member's own signed card, or by a manager's badge, joining two accounts by that.
"""

from pos_app.languages.words import Words
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands import note
from pos_app.till.errands.consents import ConsentsPage
from pos_app.till.errands.same_person import SamePersonPage
from pos_app.till.labels import amount_text
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.privacy import allowed_by, copy_member, erase_member
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from rules.account import POINTS
from sync.lists import StaffMember
from sync.person import PROVISIONAL_FROM

COPY, ERASE, CONSENTS, NOTE, MERGE = 1, 2, 3, 4, 5


class PersonalPage(Errand, frozen=True):
    """What the member `who` may ask for; `by` allows it (`privacy.allowed_by`)."""

    who: Who
    by: str | None

    @property
    def for_people(self) -> bool:
        return True

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        lines = (*_whose(self.who, words), ErrandLine(_leave(self.by, words), Tone.SOFT))
        anybody = (
            ErrandChoice(CONSENTS, words("Consents: give or withdraw")),
            ErrandChoice(NOTE, words("A note on the member"), self.who.note),
        )
        if self.by is None:
            ask = ErrandLine(words("Scan a manager's badge, or the member's signed card."), Tone.WARNING)
            return ErrandView(words("PERSONAL DATA"), (*lines, ask), anybody)
        choices = (
            ErrandChoice(COPY, words("A copy of everything, for the member"), words("as files")),
            ErrandChoice(ERASE, words("Erase this member"), words("asked twice")),
            *anybody,
            *(
                [ErrandChoice(MERGE, words("A second account of this person: make one"))]
                if self._may_merge
                else []
            ),
        )
        return ErrandView(words("PERSONAL DATA"), lines, choices, keys={"Enter": words("Back")})

    @property
    def wants_manager(self) -> bool:
        return self.by is None

    @property
    def _may_merge(self) -> bool:
        """By a manager, into an account that somebody was enrolled with."""
        return bool(self.by) and self.who.member is not None and self.who.member < PROVISIONAL_FROM

    def allowed(self, _parts: Parts, state: State, manager: StaffMember) -> State:
        return opened(state, PersonalPage(self.who, manager.id))

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        if digit == CONSENTS:
            return opened(state, ConsentsPage(self.who))
        if digit == NOTE:
            return note.open_page(state, self.who)
        assert self.by is not None
        if digit == MERGE:
            return opened(state, SamePersonPage(self.who, self.by))
        if digit == COPY:
            return copy_member(parts, closed(state), self.who, self.by)
        return opened(state, ErasePage(self.who, self.by))

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return closed(state)


class ErasePage(Errand, frozen=True):
    """The question, and once more: with `sure` a word has to be typed."""

    who: Who
    by: str
    sure: bool = False

    @property
    def for_people(self) -> bool:
        return True

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        points = self.who.account.balance.get(POINTS, 0)
        programme = parts.programme_of(state.basket.programme) if state.basket is not None else None
        lost = words(
            "What is left lapses: {amount}, vouchers and cards.",
            amount=amount_text(programme, POINTS, points, words),
        )
        lines = (
            *_whose(self.who, words),
            ErrandLine(
                words("Name, contact, birthday, note, consents and cards are erased here and everywhere.")
            ),
            ErrandLine(words("Receipts already given stay in the books, under a number that is nobody's.")),
            ErrandLine(lost, Tone.WARNING),
            ErrandLine(words("Nobody can bring it back."), Tone.WARNING),
        )
        title = words("ERASE THE MEMBER")
        if not self.sure:
            return ErrandView(title, lines, keys={"Enter": words("Go on")})
        ask = words("Type {word} to erase", word=words("ERASE"))
        return ErrandView(title, lines, ask=ask, keys={"Enter": words("Erase")})

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if not self.sure:
            return opened(state, ErasePage(self.who, self.by, sure=True))
        words = words_of(state.language)
        if text.upper() != words("ERASE"):
            return change(state, notice=tell(words, "erase_word", word=words("ERASE")))
        return erase_member(parts, closed(state), self.who, self.by)

    def back(self, _parts: Parts, state: State) -> State | None:
        return opened(state, PersonalPage(self.who, self.by))


def open_page(_parts: Parts, state: State) -> State:
    """The page, for the member of the begun ticket."""
    who = state.basket.who if state.basket is not None else None
    if who is None or who.member is None:
        return change(state, notice=tell(words_of(state.language), "personal_nobody"))
    return opened(state, PersonalPage(who, allowed_by(state, who)))


def _whose(who: Who, words: Words) -> tuple[ErrandLine, ...]:
    return (ErrandLine(who.name or words("Member"), Tone.STRONG, right=who.card),)


def _leave(by: str | None, words: Words) -> str:
    if by is None:
        return words("This till shows and erases data only for the member or a manager.")
    return words("Allowed by a manager.") if by else words("Allowed by the member's signed card.")

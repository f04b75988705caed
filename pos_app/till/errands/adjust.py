"""Points by a manager's word: the reason by a digit, the quantity, a manager's badge, above the limit a second one."""

from collections.abc import Mapping
from typing import Final

from pos_app.languages.words import Words
from pos_app.till.adjust import adjust, limit_of
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from rules.account import POINTS
from rules.sentences import mark
from sync.adjusted import MOST, REASONS
from sync.lists import StaffMember

REASON_NAMES: Final[Mapping[str, str]] = {
    "incident": mark("Something went wrong here"),
    "missing": mark("Points of a purchase are missing"),
    "mistake": mark("A mistake of the till or the cashier"),
    "courtesy": mark("A courtesy of the house"),
    "misuse": mark("Points that were not earned"),
}


class AdjustPage(Errand, frozen=True):
    """What is known so far of an adjustment for `who`: reason, quantity, and who has allowed it."""

    who: Who
    reason: str = ""
    quantity: int = 0
    by: str = ""

    @property
    def for_people(self) -> bool:
        return True

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        balance = words("Balance {n}", n=words.number(self.who.account.balance.get(POINTS, 0)))
        lines: tuple[ErrandLine, ...] = (
            ErrandLine(self.who.name or words("Member"), Tone.STRONG, right=balance),
        )
        title = words("POINTS BY HAND")
        if not self.reason:
            ask = ErrandLine(words("Why? A manager allows it afterwards by the badge."))
            choices = [
                ErrandChoice(digit, words(REASON_NAMES[reason])) for digit, reason in enumerate(REASONS, 1)
            ]
            return ErrandView(title, (*lines, ask), tuple(choices), keys={"Enter": words("Back")})
        lines += (ErrandLine(words(REASON_NAMES[self.reason])),)
        if not self.quantity:
            hint = words("Up to {n} one manager is enough, above it two.", n=words.number(limit_of(parts)))
            lines += (ErrandLine(hint, Tone.SOFT),)
            return ErrandView(
                title, lines, ask=words("Points, with - to take them"), keys={"Enter": words("Next")}
            )
        return ErrandView(title, (*lines, *self._asked(words)), keys={})

    def _asked(self, words: Words) -> tuple[ErrandLine, ...]:
        points = ErrandLine(words("Points {n}", n=f"{self.quantity:+d}"), Tone.STRONG)
        badge = words("Scan another manager's badge.") if self.by else words("Scan a manager's badge.")
        return points, ErrandLine(badge, Tone.WARNING)

    def choose(self, _parts: Parts, state: State, digit: int) -> State:
        return opened(state, AdjustPage(self.who, REASONS[digit - 1]))

    def enter(self, _parts: Parts, state: State, text: str) -> State:
        if not text:
            return closed(state) if not self.reason else state
        quantity = _points(text)
        if self.quantity or quantity is None:
            return change(state, notice=tell(words_of(state.language), "adjust_number"))
        return opened(state, AdjustPage(self.who, self.reason, quantity))

    def back(self, _parts: Parts, state: State) -> State | None:
        if self.quantity:
            return opened(state, AdjustPage(self.who, self.reason))
        return opened(state, AdjustPage(self.who)) if self.reason else None

    @property
    def wants_manager(self) -> bool:
        return self.quantity != 0

    def allowed(self, parts: Parts, state: State, manager: StaffMember) -> State:
        if manager.id == self.by:
            return change(state, notice=tell(words_of(state.language), "adjust_same"))
        alone = state.cashier is not None and manager.id == state.cashier.id
        if not self.by and (alone or abs(self.quantity) > limit_of(parts)):
            asked = opened(state, AdjustPage(self.who, self.reason, self.quantity, manager.id))
            return change(asked, notice=tell(words_of(state.language), "adjust_alone")) if alone else asked
        by, second = (self.by, manager.id) if self.by else (manager.id, "")
        return adjust(parts, closed(state), self.who, self.quantity, self.reason, by, second)


def open_page(_parts: Parts, state: State) -> State:
    """The page, for the member of the begun ticket."""
    who = state.basket.who if state.basket is not None else None
    if who is None:
        return change(state, notice=tell(words_of(state.language), "event_nobody"))
    return opened(state, AdjustPage(who))


def _points(text: str) -> int | None:
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()) or not 0 < int(digits) <= MOST:
        return None
    return -int(digits) if text.startswith("-") else int(digits)

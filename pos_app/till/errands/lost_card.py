"""F7: a card that was lost, and whose it is; or one that was found again."""

from pos_app.devices.grammar import Code, Kind
from pos_app.till import signed
from pos_app.till.card_jobs import found_again, not_taken
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands.new_card import CARDS
from pos_app.till.errands.which_card import first_page
from pos_app.till.guesses import look_up
from pos_app.till.member import all_by_contact, masked, who_has
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.entry import Evidence
from sync.lists import StaffMember
from sync.tokens import card_token

MOST = 9  # members that get a digit


class LostPage(Errand, frozen=True):
    """Who has lost the card: by phone or e-mail. A blocked card that is scanned here may be taken again.

    `found` are the members who have the phone that was typed, where it is of several.
    """

    found: tuple[Who, ...] = ()

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        ask = ErrandLine(words("Whose card is lost? Type phone or e-mail, then Enter."), Tone.STRONG)
        found = ErrandLine(words("A blocked card was found again: scan it."), Tone.SOFT)
        choices = tuple(
            ErrandChoice(digit, one.name or words("Member")) for digit, one in enumerate(self.found, start=1)
        )
        return ErrandView(
            words("LOST CARD"), (ask, found), choices, words("Phone or e-mail"), {"Enter": words("Find")}
        )

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if not text:
            return closed(state)
        return look_up(parts, state, lambda: self._looked_up(parts, state, text))

    def _looked_up(self, parts: Parts, state: State, text: str) -> State:
        words, found = words_of(state.language), all_by_contact(parts, text)
        if not found:
            return change(state, notice=tell(words, "find_nobody"))
        if len(found) > 1:
            return opened(state, LostPage(found[:MOST]), notice=tell(words, "contact_choose"))
        return first_page(parts, state, found[0])

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        return first_page(parts, change(state, notice=None), self.found[digit - 1])

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        who = _holder(parts, code)
        if who is None:
            return None
        refusal = not_taken(parts, state.language, who)
        if refusal is None or who.member is None:
            return None
        return opened(state, FoundPage(who, stolen=refusal.code == "card_stolen"), notice=refusal)


class FoundPage(Errand, frozen=True):
    """A blocked card is there again; one that was `stolen` is taken again by a manager's word only."""

    who: Who
    stolen: bool = False

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        name = ErrandLine(self.who.name or words("Member"), Tone.STRONG, right=self.who.card)
        if self.stolen:
            ask = ErrandLine(words("Scan a manager's badge to take this card again."), Tone.WARNING)
            return ErrandView(words("CARD FOUND AGAIN"), (name, ask))
        ask = ErrandLine(words("Is it the member who brings it? Enter takes the card again."))
        return ErrandView(words("CARD FOUND AGAIN"), (name, ask), keys={"Enter": words("Take again")})

    @property
    def wants_manager(self) -> bool:
        return self.stolen

    def allowed(self, _parts: Parts, state: State, _manager: StaffMember) -> State:
        return opened(state, FoundPage(self.who))

    def enter(self, parts: Parts, state: State, _text: str) -> State:
        words = words_of(state.language)
        if self.stolen:
            return change(state, notice=tell(words, "not_here"))
        assert self.who.member is not None
        wrong = found_again(parts, state, self.who.member, self.who.token)
        notice = tell(words, "not_written", why=words(wrong)) if wrong else tell(words, "lost_found")
        return change(state, notice=notice) if wrong else closed(state, notice=notice)


def open_page(parts: Parts, state: State) -> State:
    """The page; at the last check for the member of the begun ticket."""
    who = state.basket.who if state.basket is not None else None
    if who is None or who.member is None:
        return opened(state, LostPage())
    return first_page(parts, state, who)


def _holder(parts: Parts, code: Code) -> Who | None:
    if code.kind is Kind.SIGNED_CARD:
        found = signed.verified(parts, code.value)
        return found if isinstance(found, Who) else None
    if code.kind not in CARDS:
        return None
    token = card_token(parts.identity.lookup_key, code.value)
    return who_has(parts, token, masked(code.value), Evidence.NUMBER.value)

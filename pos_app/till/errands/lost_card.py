"""F7: a card that was lost. Who is it, the last check, the new card; the old one is not taken from then on."""

import msgspec

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.till import signed
from pos_app.till.card_jobs import block, found_again, not_taken, replace
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands.which_card import first_page
from pos_app.till.guesses import look_up
from pos_app.till.labels import amount_text
from pos_app.till.member import by_contact, masked, who_has
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change, on_basket
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from rules.account import POINTS
from sync.card_marks import BlockReason
from sync.entry import Evidence
from sync.lists import StaffMember
from sync.till import config, members
from sync.tokens import card_token

_CARDS = frozenset({Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT})


class LostPage(Errand, frozen=True):
    """Who has lost the card: by phone or e-mail. A blocked card that is scanned here may be taken again."""

    def look(self, _parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        ask = ErrandLine(words("Whose card is lost? Type phone or e-mail, then Enter."), Tone.STRONG)
        found = ErrandLine(words("A blocked card was found again: scan it."), Tone.SOFT)
        return ErrandView(
            words("LOST CARD"), (ask, found), (), words("Phone or e-mail"), {"Enter": words("Find")}
        )

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if not text:
            return closed(state)
        return look_up(parts, state, lambda: self._looked_up(parts, state, text))

    def _looked_up(self, parts: Parts, state: State, text: str) -> State:
        who = by_contact(parts, text)
        if who is None:
            return change(state, notice=tell(words_of(state.language), "find_nobody"))
        return first_page(parts, state, who)

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        who = _holder(parts, code)
        if who is None:
            return None
        refusal = not_taken(parts, state.language, who)
        if refusal is None or who.member is None:
            return None
        return opened(state, FoundPage(who, stolen=refusal.code == "card_stolen"), notice=refusal)


class NewCardPage(Errand, frozen=True):
    """The last check of the member `who`; once `sure` the new card, whose number is `code` once it was scanned.

    `kept` are cards of the member (keyed hashes) that are not lost.
    """

    who: Who
    kept: tuple[bytes, ...] = ()
    sure: bool = False
    code: str = ""

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        title, who = words("LOST CARD"), self.who
        name = ErrandLine(who.name or words("Member"), Tone.STRONG, right=_points(parts, who, state))
        if not self.sure:
            born = who.account.birthday
            check = (
                words("Ask for the birthday: {day}.", day=f"{born[1]:02d}/{born[0]:02d}")
                if born is not None
                else words("Ask for the name, and the e-mail or the phone.")
            )
            choices = (
                ErrandChoice(2, words("Lost: block it, no new card now")),
                ErrandChoice(3, words("Stolen: block it, no new card now")),
            )
            asked = (name, ErrandLine(check, Tone.WARNING))
            return ErrandView(title, asked, choices, keys={"Enter": words("It is the member")})
        if not self.code:
            ask = ErrandLine(words("Scan the new card."))
            return ErrandView(title, (name, ask), (), words("New card"), {"Enter": words("Next")})
        lines = (
            name,
            ErrandLine(words("New card"), right=masked(self.code)),
            ErrandLine(
                words("The lost card is blocked at once, the others stay good.")
                if self.kept
                else words("Every other card of this member is blocked at once."),
                Tone.WARNING,
            ),
        )
        return ErrandView(title, lines, keys={"Enter": words("Replace")})

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if not self.sure:
            return opened(state, msgspec.structs.replace(self, sure=True))
        if self.code:
            return self._replaced(parts, state)
        if not text:
            return closed(state)
        return self._card(parts, state, read_code(text, None, parts.options.codes, typed=True))

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        why = BlockReason.LOST if digit == 2 else BlockReason.STOLEN
        assert self.who.member is not None
        wrong = block(parts, state, self.who.member, why, self.kept)
        return self._told(parts, state, wrong, "lost_blocked")

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        return self._card(parts, state, code)

    def back(self, _parts: Parts, state: State) -> State | None:
        if self.code:
            return opened(state, msgspec.structs.replace(self, code=""))
        return opened(state, msgspec.structs.replace(self, sure=False)) if self.sure else None

    def _card(self, parts: Parts, state: State, code: Code) -> State:
        words = words_of(state.language)
        if code.kind not in _CARDS or config.product(parts.reader, code.value) is not None:
            return change(state, notice=tell(words, "lost_no_card"))
        token = card_token(parts.identity.lookup_key, code.value)
        if members.find(parts.reader, token) is not None:
            return change(state, notice=tell(words, "lost_taken"))
        return opened(state, msgspec.structs.replace(self, sure=True, code=code.value), notice=None)

    def _replaced(self, parts: Parts, state: State) -> State:
        assert self.who.member is not None
        new = card_token(parts.identity.lookup_key, self.code)
        wrong = replace(parts, state, self.who.member, new, self.kept)
        basket = state.basket
        if (
            not wrong
            and basket is not None
            and basket.who is not None
            and basket.who.member == self.who.member
            and basket.who.token not in self.kept
        ):
            who = msgspec.structs.replace(basket.who, token=new, card=masked(self.code), voided_by=b"")
            state = on_basket(state, who=who)
        return self._told(parts, state, wrong, "lost_replaced")

    def _told(self, parts: Parts, state: State, wrong: str, code: str) -> State:
        words = words_of(state.language)
        if wrong:
            return change(state, notice=tell(words, "not_written", why=words(wrong)))
        return closed(state, notice=tell(words, code, points=_points(parts, self.who, state)))


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
    if code.kind not in _CARDS:
        return None
    token = card_token(parts.identity.lookup_key, code.value)
    return who_has(parts, token, masked(code.value), Evidence.NUMBER.value)


def _points(parts: Parts, who: Who, state: State) -> str:
    programme = parts.programme(now(parts).bdate)
    words = words_of(state.language)
    return amount_text(programme, POINTS, who.account.balance.get(POINTS, 0), words)

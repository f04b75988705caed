"""F7, the end of it: the last check of who has lost a card, then the new one; the old one is not taken from then on."""

import msgspec

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.till.card_jobs import block, replace
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.labels import amount_text, last_check
from pos_app.till.member import masked
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.phones import give_up
from pos_app.till.state import State, Who, change, on_basket
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from rules.account import POINTS
from sync.card_marks import BlockReason
from sync.person import PROVISIONAL_FROM
from sync.till import config, members
from sync.tokens import card_token

CARDS = frozenset({Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT})
"""What may be the number of a card; a product's may be, where the catalogue does not have it."""
PHONE = 4  # the choice that gives the member's phone up


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
            choices = [
                ErrandChoice(2, words("Lost: block it, no new card now")),
                ErrandChoice(3, words("Stolen: block it, no new card now")),
            ]
            if _has_phone(parts, who):
                choices.append(ErrandChoice(PHONE, words("The phone: take its code no more")))
            asked = (name, ErrandLine(last_check(who.account, words), Tone.WARNING))
            return ErrandView(title, asked, tuple(choices), keys={"Enter": words("It is the member")})
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
        assert self.who.member is not None
        if digit == PHONE:
            return self._told(parts, state, give_up(parts, state, self.who.member), "phone_blocked")
        why = BlockReason.LOST if digit == 2 else BlockReason.STOLEN
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
        if code.kind not in CARDS or config.product(parts.reader, code.value) is not None:
            return change(state, notice=tell(words, "lost_no_card"))
        token = card_token(parts.identity.lookup_key, code.value)
        owner = members.find(parts.reader, token)
        if (
            owner is not None and owner < PROVISIONAL_FROM
        ):  # what a card nobody enrolled has earned comes along
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


def _has_phone(parts: Parts, who: Who) -> bool:
    """Whether a phone stands for the member, as far as this till knows."""
    found = members.load(parts.reader, parts.identity, who.member) if who.member is not None else None
    return found is not None and found.phone is not None


def _points(parts: Parts, who: Who, state: State) -> str:
    programme = parts.programme(now(parts).bdate)
    words = words_of(state.language)
    return amount_text(programme, POINTS, who.account.balance.get(POINTS, 0), words)

"""F7 for a member with several cards: which one is lost. The others stay good."""

import msgspec

from pos_app.devices.grammar import Code, Kind
from pos_app.till import signed
from pos_app.till.card_jobs import cards_of
from pos_app.till.errand import Errand, opened
from pos_app.till.errands.new_card import CARDS, NewCardPage
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.card_code import LAST_KID, card_name
from sync.till import card_seen
from sync.tokens import card_token

ALL = 9


class WhichCardPage(Errand, frozen=True):
    """The member's `cards` (keyed hashes) that may be the lost one; `kept` were shown: they are there.

    A signed code is not listed: it is printed beside a number, and goes with whichever card is lost unless it is shown.
    """

    who: Who
    cards: tuple[bytes, ...]
    kept: tuple[bytes, ...] = ()

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        lines = (
            ErrandLine(self.who.name or words("Member"), Tone.STRONG),
            ErrandLine(words("Which card is lost? Or scan the one that is still there.")),
        )
        choices = tuple(
            self._choice(parts, state, digit, card) for digit, card in enumerate(self.cards[: ALL - 1], 1)
        )
        return ErrandView(words("LOST CARD"), lines, choices, keys={"Enter": words("All cards")})

    def _choice(self, parts: Parts, state: State, digit: int, card: bytes) -> ErrandChoice:
        words, found = words_of(state.language), card_seen.seen(parts.reader, card)
        if found is None:
            return ErrandChoice(digit, words("Card that was not shown at this till yet"))
        since = words("here since {day}", day=words.date(found.first))
        return ErrandChoice(digit, words("Card ···· {digits}", digits=found.last4), since)

    def enter(self, _parts: Parts, state: State, _text: str) -> State:
        return self._lost(state, ())

    def choose(self, _parts: Parts, state: State, digit: int) -> State:
        rest = tuple(card for n, card in enumerate(self.cards, 1) if n != digit)
        return self._lost(state, rest)

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        token = _token(parts, code)
        if token is None or token not in cards_of(parts, self.who.member or 0):
            return change(state, notice=tell(words_of(state.language), "lost_not_theirs"))
        page = msgspec.structs.replace(
            self, cards=tuple(card for card in self.cards if card != token), kept=(*self.kept, token)
        )
        if len(page.cards) > 1:
            return opened(state, page)
        return page._lost(state, ())

    def _lost(self, state: State, others: tuple[bytes, ...]) -> State:
        return opened(state, NewCardPage(self.who, kept=(*self.kept, *others)), notice=None)


def first_page(parts: Parts, state: State, who: Who) -> State:
    """Which card, where the member has several with numbers; else the last check at once."""
    assert who.member is not None
    lookup = parts.identity.lookup_key
    names = {card_token(lookup, card_name(who.member, issue)) for issue in range(1, LAST_KID + 1)}
    cards = tuple(card for card in cards_of(parts, who.member) if card not in names)
    return opened(state, WhichCardPage(who, cards) if len(cards) > 1 else NewCardPage(who))


def _token(parts: Parts, code: Code) -> bytes | None:
    if code.kind is Kind.SIGNED_CARD:
        found = signed.verified(parts, code.value)
        return found.token if isinstance(found, Who) else None
    return card_token(parts.identity.lookup_key, code.value) if code.kind in CARDS else None

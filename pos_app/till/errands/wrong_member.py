"""A sale that was recorded for the wrong member: which ticket, then the right card."""

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.till.card_holder import holder
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.errands.new_card import CARDS
from pos_app.till.guesses import look_up
from pos_app.till.identify import void
from pos_app.till.member import by_contact, holders
from pos_app.till.moving import movable, move
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import unpack
from pos_app.till.state import State, Who, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Level, Tone
from sync.entry import Evidence
from sync.till import members
from sync.till.tickets import TicketResult


class WrongMemberPage(Errand, frozen=True):
    """The last tickets; then, once one is `chosen`, the card it should have been."""

    found: tuple[TicketResult, ...]
    chosen: TicketResult | None = None

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language, state.currency)
        if self.chosen is not None:
            lines = (
                ErrandLine(
                    words("Ticket {number}", number=self.chosen.reference),
                    Tone.STRONG,
                    words.money(self.chosen.cents),
                ),
                ErrandLine(words("Scan the right member's card, or type card or phone number.")),
            )
            return ErrandView(
                words("WRONG MEMBER"), lines, (), words("Right member"), {"Enter": words("Move")}
            )
        choices = tuple(
            ErrandChoice(digit, f"{one.reference}  {_name(parts, one)}", words.money(one.cents))
            for digit, one in enumerate(self.found, start=1)
        )
        ask = ErrandLine(words("Which ticket went to the wrong member?"), Tone.STRONG)
        return ErrandView(words("WRONG MEMBER"), (ask,), choices, keys={"Enter": words("Back")})

    def choose(self, _parts: Parts, state: State, digit: int) -> State:
        return opened(state, WrongMemberPage(self.found, self.found[digit - 1]))

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if self.chosen is None or not text:
            return closed(state)
        return look_up(parts, state, lambda: self._to(parts, state, _typed(parts, text)))

    def scanned(self, parts: Parts, state: State, code: Code) -> State | None:
        if self.chosen is None:
            return None
        if code.kind not in CARDS and code.kind is not Kind.SIGNED_CARD:
            return None
        who = holder(parts, code)
        return None if who is None and code.kind is Kind.SIGNED_CARD else self._to(parts, state, who)

    def back(self, _parts: Parts, state: State) -> State | None:
        return opened(state, WrongMemberPage(self.found)) if self.chosen is not None else None

    def _to(self, parts: Parts, state: State, who: Who | None) -> State:
        if who is None or self.chosen is None:
            return change(state, notice=tell(words_of(state.language), "contact_unknown"))
        if members.find(parts.reader, who.token) is None and len(holders(parts, who.token)) > 1:
            return change(state, notice=tell(words_of(state.language), "contact_several"))
        if (refusal := void(parts, state.language, who)) is not None:
            return change(state, notice=refusal)
        after = move(parts, state, self.chosen, who)
        refused = after.notice is not None and after.notice.level is Level.REFUSAL
        return after if refused else closed(after)


def open_page(parts: Parts, state: State) -> State:
    """The page, if there is a ticket of a member that may be wrong."""
    found = movable(parts)
    if not found:
        return change(state, notice=tell(words_of(state.language), "move_none"))
    return opened(state, WrongMemberPage(found))


def _typed(parts: Parts, text: str) -> Who | None:
    """Who is meant by a card or phone number or an e-mail; None for anybody who is not known here."""
    code = read_code(text, None, parts.options.codes, typed=True)
    who = holder(parts, code, Evidence.TYPED)
    if code.kind is Kind.MEMBER or who is not None:
        return who if who is not None and who.member is not None else None
    return by_contact(parts, text)


def _name(parts: Parts, one: TicketResult) -> str:
    found = members.load(parts.reader, parts.identity, one.member) if isinstance(one.member, int) else None
    return found.display if found is not None and found.display else unpack(one.result).card

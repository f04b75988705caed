"""F2: a member by phone, e-mail or card number, and by name where the shop turned that on."""

from typing import Final

from pos_app.devices.grammar import Kind, read_code
from pos_app.till import guesses, identify, scan
from pos_app.till.errand import Errand, closed, opened
from pos_app.till.look_at import look_at
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.privacy import FOUND
from pos_app.till.state import State, change
from pos_app.till.view import ErrandChoice, ErrandLine, ErrandView, Tone
from sync.till.named import Named, named
from sync.tokens import contact_of

MOST: Final = 9  # names that get a digit
SHORTEST: Final = 2  # letters of a name


class FindPage(Errand, frozen=True):
    """The field, and what a name has found."""

    found: tuple[Named, ...] = ()

    def look(self, parts: Parts, state: State) -> ErrandView:
        words = words_of(state.language)
        named = parts.options.find_names
        ask = words("Phone, e-mail, card or name") if named else words("Phone, e-mail or card")
        lines = [ErrandLine(words("Who is it? Type it, then Enter."), Tone.STRONG)]
        if self.found:
            lines.append(
                ErrandLine(words("Several have this name: ask for the birthday or the phone."), Tone.SOFT)
            )
        choices = tuple(
            ErrandChoice(digit, one.display, one.birthday) for digit, one in enumerate(self.found, start=1)
        )
        return ErrandView(words("FIND A MEMBER"), tuple(lines), choices, ask, {"Enter": words("Find")})

    def enter(self, parts: Parts, state: State, text: str) -> State:
        if not text:
            return closed(state)
        return guesses.look_up(parts, state, lambda: self._looked_up(parts, state, text))

    def _looked_up(self, parts: Parts, state: State, text: str) -> State:
        code = read_code(text, None, parts.options.codes, typed=True)
        if code.kind in (Kind.MEMBER, Kind.SIGNED_CARD):
            return scan.act(parts, closed(state), code)
        contact = contact_of(text)
        if contact is not None:
            return _shown(state, identify.contact(parts, closed(state), contact))
        if parts.options.find_names and len(text) >= SHORTEST and not any(char.isdigit() for char in text):
            return _named(parts, state, text)
        return change(state, notice=tell(words_of(state.language), "find_nobody"))

    def choose(self, parts: Parts, state: State, digit: int) -> State:
        return _present(parts, state, self.found[digit - 1].member)


def open_page(_parts: Parts, state: State) -> State:
    """The page."""
    return opened(state, FindPage())


def _shown(before: State, after: State) -> State:
    """The page stays open where nobody was found."""
    if after.basket is before.basket and after.question is before.question:
        return change(before, notice=after.notice)
    return after


def _named(parts: Parts, state: State, text: str) -> State:
    found = named(parts.reader, parts.identity, text, MOST)
    if len(found) == 1:
        return _present(parts, state, found[0].member)
    if not found:
        return change(state, notice=tell(words_of(state.language), "find_nobody"))
    return opened(state, FindPage(found))


def _present(parts: Parts, state: State, member: int) -> State:
    """The member on a ticket; the journal says who looked for a name."""
    return look_at(parts, state, member, FOUND, "", reason="name")

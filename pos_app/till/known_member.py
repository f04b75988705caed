"""A member by a typed code, and what the till knows of them as sentences, without a screen."""

from collections.abc import Iterator
from typing import Final

from pos_app.devices.grammar import Kind, read_code
from pos_app.languages.words import Words
from pos_app.till.look_at import by_number
from pos_app.till.member import all_by_contact, masked, who_has
from pos_app.till.moment import now, when
from pos_app.till.parts import Parts
from pos_app.till.signed import verified
from pos_app.till.state import Basket, State, Who
from pos_app.till.view import MemberView, Stage, StampCard, Way
from pos_app.till.view_build import build
from pos_app.till.worth import weigh
from sync.card_code import Flaw
from sync.entry import Evidence
from sync.till import members
from sync.till.cursors import sync_state
from sync.tokens import card_token

LONGEST_NUMBER: Final = 19  # digits that an integer of SQLite always holds


def find(parts: Parts, text: str) -> Who | None:
    """Whose card, phone number or e-mail `text` is, or whose number in reports; None where nobody or several are."""
    code = read_code(text, None, parts.options.codes, typed=True)
    having = all_by_contact(parts, text) if code.kind in (Kind.FOREIGN, Kind.BAD) else ()
    if having:
        return having[0] if len(having) == 1 else None
    if code.kind is Kind.SIGNED_CARD:
        shown = verified(parts, code.value)
        return None if isinstance(shown, Flaw) or shown.member is None else shown
    who = who_has(
        parts, card_token(parts.identity.lookup_key, code.value), masked(code.value), Evidence.TYPED
    )
    return _by_number(parts, text) if who.member is None else who


def _by_number(parts: Parts, text: str) -> Who | None:
    """The member whom reports call by the number `text`."""
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER):
        return None
    number = int(text)
    return by_number(parts, number) if members.load(parts.reader, parts.identity, number) else None


def view_of(parts: Parts, who: Who) -> MemberView:
    """What the screen would show beside an empty ticket of `who`."""
    programme = parts.programme(now(parts).bdate)
    basket = Basket("", programme.sha256 if programme is not None else "", who=who)
    state = weigh(parts, State(parts.options.language, stage=Stage.TICKET, basket=basket))
    found = build(parts, state).member
    assert found is not None, "there is a member on the ticket"
    return found


def heard(parts: Parts, words: Words) -> str:
    """When the ledger last told this till something, in store time; "" where it never did."""
    return when(parts, sync_state(parts.reader).heard_ms or None, now(parts), words)


def sentences(view: MemberView, words: Words, told: str) -> Iterator[str]:
    """The member's status, a fact a line, in an order that is good to hear; the ledger told of it last at `told`."""
    card = view.card.strip("· ")  # none where the number in a report was given
    yield words("{name}, card {card}", name=view.name, card=card) if card else view.name
    yield from _points(view, words) if view.has_points else ()
    yield from (_way(way, words) for way in view.ways)
    yield from (words("Voucher: {what}", what=one) for one in view.vouchers)
    if view.expiring:
        yield words("Ends soon: {what}", what=view.expiring)
    if view.tier:
        yield words("Level: {tier}", tier=view.tier)
    if view.last_visit:
        yield words("Last visit: {day}, {visits} in all", day=view.last_visit, visits=view.visits)
    if view.note:
        yield words("Note: {note}", note=view.note)
    if view.incident:
        yield view.incident
    if view.known != "full":
        yield words("Only balance and level are known here.")
    yield (
        words("As the ledger told it last: {when}", when=told) if told else words("Not from the ledger yet.")
    )
    if view.say:
        yield words("Say: ") + view.say


def _points(view: MemberView, words: Words) -> Iterator[str]:
    yield words("Balance: {n} {unit}", n=words.number(view.balance), unit=view.unit)
    yield words("Usable now: {n}", n=words.number(view.usable))
    if view.pending:
        yield words("Not usable yet: {n}", n=words.number(view.pending))
    if view.owed:
        yield words("Owed: {n}", n=words.number(view.owed))


def _way(way: Way, words: Words) -> str:
    if isinstance(way, str):
        return way
    walked = words("{have} of {need}", have=words.number(way.have), need=words.number(way.need))
    more = [way.ready] if isinstance(way, StampCard) and way.ready else []
    return words("{label}: {what}", label=way.title, what=", ".join([walked, way.left, *more]))

"""A scan: durable before the scanner hears of it, then one grammar decides what it is for."""

from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from pos_app.devices.framing import Frame
from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.devices.messages import FAULT_SENTENCES, REASON_SENTENCES
from pos_app.till import basket, coupon, identify, phones, places, returns, sign_in, signed
from pos_app.till import enrol as enrolment
from pos_app.till.amount import looks_like_amount
from pos_app.till.errand import closed
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change
from pos_app.till.view import Level, Notice, Stage
from sync.card_code import Flaw
from sync.till import scans
from sync.till.database import Connection, StoreError
from sync.till.writer import Priority
from sync.tokens import card_token

_LOCKED_KINDS = frozenset({Kind.BADGE, Kind.BAD})
_CARDS = frozenset({Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT, Kind.SIGNED_CARD})


class Scan(msgspec.Struct, frozen=True):
    """One scan on its way to the till: its meaning, where it came from, when (monotonic ms), its row to be.

    `fault` is set instead when the port delivered something that is no code.
    """

    code: Code
    port: str
    at_ms: int
    stored: "Future[int] | None" = None
    fault: str = ""

    @property
    def durable(self) -> bool:
        """Waits until the scan is on the disk; false when it cannot be stored or is no code."""
        try:
            return self.stored is not None and self.stored.result() > 0
        except StoreError:
            return False


def take(parts: Parts, port: str, frame: Frame) -> Scan:
    """What a frame of a port is, on its way to the disk."""
    if frame.fault is not None:
        return Scan(Code(Kind.BAD, "", ""), port, frame.at_ms, fault=frame.fault.value)
    return store(parts, read_code(frame.text, frame.aim, parts.options.codes), port, frame.at_ms)


def store(parts: Parts, code: Code, port: str, at_ms: int) -> Scan:
    """Send one code to the disk, as keyed hash and kind; the raw text stays only until it is decided."""
    if code.kind is Kind.BAD:
        return Scan(code, port, at_ms)
    token = card_token(parts.identity.lookup_key, code.value)
    wall = parts.clock.wall_ms()

    def job(conn: Connection) -> int:
        return scans.record(
            conn, token, code.kind.value, port, wall, raw=code.raw, key=parts.identity.scope_key
        )

    return Scan(code, port, at_ms, parts.writer.post(job, Priority.SCAN))


def again(parts: Parts, other: Scan) -> Scan:
    """A scan that came to another till's store, on its way to this one's disk."""
    if other.fault:
        return other
    return store(parts, other.code, other.port, other.at_ms)


def decided(parts: Parts, done: Scan, told: Notice | None = None) -> None:
    """The till has acted on a scan: its raw text goes, behind the job that stored it. `told` is what it said to it."""
    refused = told.code if told is not None and told.level is Level.REFUSAL else ""

    def job(conn: Connection) -> None:
        assert done.stored is not None
        scans.decide(conn, done.stored.result(), refused)

    if done.stored is not None:
        parts.writer.post(job, Priority.SCAN)


def act(parts: Parts, state: State, code: Code) -> State:
    """Do what the code is for, whatever has the focus."""
    if state.stage is Stage.LOCKED and code.kind not in _LOCKED_KINDS:
        return change(state, notice=tell(words_of(state.language), "locked"))
    if state.stage is Stage.ERRAND and state.errand is not None:
        taken = state.errand.scanned(parts, state, code)
        if taken is not None:
            return taken
    if state.stage is Stage.ENROL and code.kind in _CARDS:
        return enrolment.scanned(parts, state, code)
    if (
        state.stage is Stage.ENROL and code.kind not in _LOCKED_KINDS
    ):  # what was typed there is not thrown away
        return change(state, notice=tell(words_of(state.language), "enrol_first"))
    if state.stage is Stage.RETURN and code.kind in _CARDS:
        kept = returns.scanned(parts, state, code)
        if kept is not None:
            return kept
    if state.stage not in (Stage.TICKET, Stage.IDLE, Stage.LOCKED) and code.kind in _CARDS:
        state = closed(state, returning=None)
    return _MEANING[code.kind](parts, state, code)


def _card(parts: Parts, state: State, code: Code) -> State:
    """A member's card."""
    ours = code.kind is Kind.MEMBER
    return _with_amount(
        parts,
        state,
        lambda before: identify.card(parts, before, code.value, ours=ours, typed=code.typed),
    )


def _with_amount(parts: Parts, state: State, put: Callable[[State], State]) -> State:
    """An amount that stands in the field, not entered yet, goes on the ticket: on a begun one first, where its own
    question comes before the code, else on the one that `put` begins."""
    if state.basket is not None:
        asked = state.question
        state = basket.take_field(parts, state)
        return state if state.question is not asked else put(change(state, typed=""))
    amount = state.typed if looks_like_amount(state.typed) else ""
    after = put(change(state, typed=""))
    if amount and after.basket is not None:
        return basket.put_amount(parts, after, amount)
    return change(after, typed=amount)


def _badge(parts: Parts, state: State, code: Code) -> State:
    return sign_in.badge(parts, state, code.value)


def _ticket(parts: Parts, state: State, code: Code) -> State:
    return returns.reference(parts, returns.open_return(state), f"T{code.value}")


def _voucher(parts: Parts, state: State, code: Code) -> State:
    return coupon.scanned(parts, state, code.value)


def _place(parts: Parts, state: State, code: Code) -> State:
    return places.check_in(parts, state, code.value)


def _signed(parts: Parts, state: State, code: Code) -> State:
    found = signed.verified(parts, code.value)
    if isinstance(found, Flaw):
        asked = found is Flaw.UNKNOWN_PHONE and parts.online
        name = "phone_asked" if asked else f"signed_{found.value}"
        return change(state, notice=tell(words_of(state.language), name))
    return _with_amount(parts, state, lambda before: identify.signed_card(parts, before, found))


def _phone(parts: Parts, state: State, code: Code) -> State:
    return phones.introduced(parts, state, code.value)


def _product(parts: Parts, state: State, code: Code) -> State:
    """A product, or a card of another issuer that looks like one and is known as a member's."""
    who = identify.alias(parts, code.value, typed=code.typed)
    if who is not None:
        return _with_amount(parts, state, lambda before: identify.present(parts, before, who))
    if state.basket is not None:  # an amount in the field is counted as it stands
        return basket.put_product(parts, state, code.value)
    return _with_amount(parts, state, lambda before: basket.put_product(parts, before, code.value))


def refuse(_parts: Parts, state: State, code: Code) -> State:
    """Say why a text is no code."""
    words = words_of(state.language)
    assert code.reason is not None
    text = words(REASON_SENTENCES[code.reason])
    return change(state, notice=Notice(Level.REFUSAL, text, f"code_{code.reason.value}"))


def faulty(state: State, fault: str) -> State:
    """Say what was wrong with what a port delivered."""
    words = words_of(state.language)
    text = next((words(sentence) for kind, sentence in FAULT_SENTENCES.items() if kind.value == fault), "")
    return change(state, notice=Notice(Level.REFUSAL, text, f"scan_{fault}"))


_MEANING = {
    Kind.MEMBER: _card,
    Kind.FOREIGN: _card,
    Kind.PRODUCT: _product,
    Kind.BADGE: _badge,
    Kind.TICKET: _ticket,
    Kind.VOUCHER: _voucher,
    Kind.PLACE: _place,
    Kind.SIGNED_CARD: _signed,
    Kind.PHONE_KEY: _phone,
    Kind.BAD: refuse,
}

"""The code grammar: what a scanned or typed text means, whatever has the focus."""

import enum
import re
from collections.abc import Callable

import msgspec

from pos_app.devices import aim as identifiers
from pos_app.devices import gs1
from sync import card_code, numbers

_CHECKED_LENGTHS = numbers.GTIN_LENGTHS | {numbers.GSRN_LENGTH}
_NUMBER = "(?:0|[1-9][0-9]{0,11})"
# As printed on a receipt, with six characters of the ticket's hash behind it or without.
_PRINTED = f"({_NUMBER}-{_NUMBER}-{_NUMBER})(?:[ -]+([0-9A-Fa-f]{{6}}))?"
_TICKET = re.compile(f"[Tt]{_PRINTED}", re.ASCII)
_TYPED_TICKET = re.compile(f"[Tt]?{_PRINTED}", re.ASCII)
_VOUCHER = re.compile("V-[0-9A-Z-]{4,64}", re.ASCII)
_PLACE = re.compile("P-([0-9A-Za-z._-]{1,40})", re.ASCII)
_BADGE_BODY = re.compile("[0-9A-Za-z]{4,32}", re.ASCII)


class Kind(enum.Enum):
    """What a code is for."""

    MEMBER = "member"
    PRODUCT = "product"
    BADGE = "badge"
    TICKET = "ticket"
    VOUCHER = "voucher"
    PLACE = "place"
    SIGNED_CARD = "signed_card"
    PHONE_KEY = "phone_key"
    FOREIGN = "foreign"
    BAD = "bad"


class Reason(enum.Enum):
    """Why a text is no code."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_CHECK_DIGIT = "bad_check_digit"
    NOT_DIGITS = "not_digits"
    CONTROL_CHARACTERS = "control_characters"
    TWO_CODES = "two_codes"
    ITF_LENGTH = "itf_length"
    MALFORMED_SIGNED = "malformed_signed"
    MALFORMED_GS1 = "malformed_gs1"
    NO_USE = "no_use"


class Evidence(enum.IntEnum):
    """How much a code can prove at best; a signed code still has to be verified."""

    NUMBER = 0
    STATIC = 1
    DYNAMIC = 2


class CodeConfig(msgspec.Struct, frozen=True):
    """What a shop sets about its codes; lengths in characters.

    `badge_prefix` is followed by 4 to 32 letters or digits. `itf_length` is the one even length at which Interleaved
    2 of 5 is believed. `card_shortest` and `card_longest` bound the texts that may be cards of another issuer.
    """

    member_prefix: str = numbers.DEFAULT_PREFIX
    badge_prefix: str = "BDG-"
    itf_length: int = 14
    card_shortest: int = 6
    card_longest: int = 256


class Code(msgspec.Struct, frozen=True):
    """The meaning of one scan.

    `value` is the canonical form: 13 or 18 digits of a member, 8, 13 or 14 of a product (UPC-A widened to 13), a
    badge, `dev-inc-seq` of a ticket, and behind a blank the six characters of its hash if they were given, the digits
    of a signed card or of a phone that introduces its key, the name of a place in small letters, the text of a
    foreign card; empty when bad.
    `raw` is the text as it came, without its AIM identifier.
    """

    kind: Kind
    value: str
    raw: str
    aim: str | None = None
    typed: bool = False
    evidence_hint: Evidence = Evidence.NUMBER
    reason: Reason | None = None


class _Reading(msgspec.Struct, frozen=True):
    text: str
    aim: str | None
    config: CodeConfig
    typed: bool

    @property
    def symbology(self) -> str:
        return self.aim[1] if self.aim else ""


class _Verdict(msgspec.Struct, frozen=True):
    kind: Kind
    value: str = ""
    reason: Reason | None = None
    evidence: Evidence = Evidence.NUMBER


def read_code(text: str, aim: str | None, config: CodeConfig, *, typed: bool = False) -> Code:
    """Decide what a text means. Never raises.

    `aim` is the identifier the framer found; a text that starts with one (a keyboard wedge types it) is split here.
    `typed` says that a person typed it: letters may then be small and a ticket may lack its T. Whether a few typed
    digits are an amount is the caller's business and decided before.
    """
    if aim is None:
        aim, text = identifiers.split_text(text)
    text = text.strip(" ")
    if len(text) > numbers.LINK_LIMIT:
        return Code(Kind.BAD, "", "", aim, typed, reason=Reason.TOO_LONG)
    reading = _Reading(text, aim, config, typed)
    verdict = _decide(reading)
    return Code(verdict.kind, verdict.value, text, aim, typed, verdict.evidence, verdict.reason)


def _decide(reading: _Reading) -> _Verdict:
    if not reading.text:
        return _bad(Reason.EMPTY)
    for rule in _RULES:
        verdict = rule(reading)
        if verdict is not None:
            return verdict
    return _foreign(reading)


def _bad(reason: Reason) -> _Verdict:
    return _Verdict(Kind.BAD, reason=reason)


def _elements(reading: _Reading) -> _Verdict | None:
    """GS1 element strings, the only data in which a control character (the separator) has a place."""
    if not identifiers.is_gs1(reading.aim) and gs1.GS not in reading.text:
        return None
    if "://" in reading.text[:8]:
        return None
    if not reading.text.replace(gs1.GS, "").isprintable():
        return _bad(Reason.CONTROL_CHARACTERS)
    elements = gs1.element_strings(reading.text)
    return _bad(Reason.MALFORMED_GS1) if elements is None else _element(elements)


def _element(elements: tuple[str, ...]) -> _Verdict:
    gsrn = gs1.value_of(elements, "8018", numbers.GSRN_LENGTH)
    if gsrn is not None:
        return _gsrn(gsrn)
    gtin = gs1.value_of(elements, "01", 14)
    return _bad(Reason.NO_USE) if gtin is None else _gtin(gtin)


def _unprintable(reading: _Reading) -> _Verdict | None:
    return None if reading.text.isprintable() else _bad(Reason.CONTROL_CHARACTERS)


def _link(reading: _Reading) -> _Verdict | None:
    """GS1 Digital Link: a member's number, or a product, which is nobody's card."""
    gsrn, gtin = numbers.gsrn_in_link(reading.text), numbers.gtin_in_link(reading.text)
    if gsrn is not None:
        return _gsrn(gsrn)
    return None if gtin is None else _gtin(gtin)


def _ean(reading: _Reading) -> _Verdict | None:
    """EAN and UPC symbols hold digits of one length only; readers widen UPC to 13 when they send identifiers."""
    if reading.symbology != "E":
        return None
    digits = reading.text
    if not numbers.is_digits(digits):
        return _bad(Reason.NOT_DIGITS)
    length = 8 if reading.aim == "]E4" else 13
    if reading.aim == "]E3":  # the add-on of two or five digits after the number is of no use here
        digits = digits[:13]
    if len(digits) < length:
        return _bad(Reason.TOO_SHORT)
    if len(digits) > length:
        return _bad(Reason.TOO_LONG)
    return _checked(digits, reading.config)


def _itf(reading: _Reading) -> _Verdict | None:
    """Interleaved 2 of 5 is read short without notice, so only one length with a check digit is believed."""
    if reading.symbology != "I":
        return None
    if not numbers.is_digits(reading.text):
        return _bad(Reason.NOT_DIGITS)
    length = reading.config.itf_length
    if length % 2 or len(reading.text) != length:
        return _bad(Reason.ITF_LENGTH)
    if not numbers.has_good_check_digit(reading.text):
        return _bad(Reason.BAD_CHECK_DIGIT)
    return _checked(reading.text, reading.config)


def _signed(reading: _Reading) -> _Verdict | None:
    if len(reading.text) not in card_code.LENGTHS or not numbers.is_digits(reading.text):
        return None
    if card_code.read_introduction(reading.text) is not None:
        return _Verdict(Kind.PHONE_KEY, reading.text, evidence=Evidence.DYNAMIC)
    code = card_code.read(reading.text)
    if code is None:
        return _bad(Reason.MALFORMED_SIGNED)
    evidence = Evidence.DYNAMIC if code.dynamic else Evidence.STATIC
    return _Verdict(Kind.SIGNED_CARD, reading.text, evidence=evidence)


def _digits(reading: _Reading) -> _Verdict | None:
    """Numbers of a known length must carry a good check digit, unless the symbol vouches for another use."""
    text = reading.text
    if not numbers.is_digits(text):
        return None
    if len(text) == 22 and text.startswith("8018"):
        return _gsrn(text[4:])
    if _is_two_codes(text):
        return _bad(Reason.TWO_CODES)
    if len(text) not in _CHECKED_LENGTHS:
        return None
    verdict = _checked(text, reading.config)
    ours = len(text) == numbers.MEMBER_LENGTH and text.startswith(reading.config.member_prefix)
    if verdict.kind is Kind.BAD and reading.symbology and not ours:
        return None
    return verdict


def _is_two_codes(text: str) -> bool:
    half, odd = divmod(len(text), 2)
    if odd or half not in (numbers.MEMBER_LENGTH, numbers.GSRN_LENGTH):
        return False
    return numbers.has_good_check_digit(text[:half]) and numbers.has_good_check_digit(text[half:])


def _named(reading: _Reading) -> _Verdict | None:
    """Badges, tickets, vouchers and places are known by how they begin."""
    text = reading.text.upper() if reading.typed else reading.text
    prefix = reading.config.badge_prefix
    if prefix and text.startswith(prefix) and _BADGE_BODY.fullmatch(text[len(prefix) :]):
        return _Verdict(Kind.BADGE, text)
    ticket = (_TYPED_TICKET if reading.typed else _TICKET).fullmatch(text)
    if ticket is not None:
        return _Verdict(Kind.TICKET, " ".join(part for part in ticket.groups() if part).lower())
    if _VOUCHER.fullmatch(text):
        return _Verdict(Kind.VOUCHER, text)
    place = _PLACE.fullmatch(text)
    return None if place is None else _Verdict(Kind.PLACE, place[1].lower())


def _foreign(reading: _Reading) -> _Verdict:
    if len(reading.text) < reading.config.card_shortest:
        return _bad(Reason.TOO_SHORT)
    if len(reading.text) > reading.config.card_longest:
        return _bad(Reason.TOO_LONG)
    if reading.text.upper().startswith(card_code.NAME):  # what signed cards are called is no card
        return _bad(Reason.NO_USE)
    return _Verdict(Kind.FOREIGN, reading.text)


def _checked(digits: str, config: CodeConfig) -> _Verdict:
    if not numbers.has_good_check_digit(digits):
        return _bad(Reason.BAD_CHECK_DIGIT)
    if numbers.is_member_number(digits, config.member_prefix):
        return _Verdict(Kind.MEMBER, digits)
    if len(digits) == numbers.GSRN_LENGTH:
        return _Verdict(Kind.MEMBER, digits)
    return _gtin(digits) if len(digits) in numbers.GTIN_LENGTHS else _Verdict(Kind.FOREIGN, digits)


def _gsrn(digits: str) -> _Verdict:
    return _Verdict(Kind.MEMBER, digits) if numbers.is_gsrn(digits) else _bad(Reason.BAD_CHECK_DIGIT)


def _gtin(digits: str) -> _Verdict:
    """One product has one value, whichever of its symbols was scanned."""
    if not numbers.has_good_check_digit(digits):
        return _bad(Reason.BAD_CHECK_DIGIT)
    if len(digits) == 12 or (len(digits) == 14 and digits[0] == "0"):
        return _Verdict(Kind.PRODUCT, digits[-13:].rjust(13, "0"))
    return _Verdict(Kind.PRODUCT, digits)


_RULES: tuple[Callable[[_Reading], _Verdict | None], ...] = (
    _elements,
    _unprintable,
    _link,
    _ean,
    _itf,
    _signed,
    _digits,
    _named,
)

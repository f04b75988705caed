"""LQ1: the signed text in the QR code of a member's card, or on the phone that stands for it (devices.md section 4).

75 or 76 bytes, big endian, written as the decimal of the integer 0x01 || bytes: 181 or 184 digits, which pass through
keyboards, wallets and line protocols unharmed. A phone introduces its own key by 108 bytes, 261 digits. No personal
data: a member's internal number, never the printed one.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DOMAIN = b"assidu-qr/1\0"
PHONE_DOMAIN = b"assidu-qr-phone/1\0"
NAME = "LQ1-"  # begins what signed cards are called
CARD_KEYS = "card_keys"  # what the publication of the issuer's keys is called
STATIC, DYNAMIC, PHONE = 0x11, 0x21, 0x31
LAST_KID = 255
EPOCH = date(2020, 1, 1)
SIGNATURE = 64
PUBLIC_BYTES = 32
LENGTHS = {181: 75, 184: 76, 261: 108}
"""Digits of a text, and the bytes behind its leading 0x01."""
WINDOW_S = 60
"""Seconds that a phone's clock and a till's may lie apart, besides what the till doubts of its own."""

Sign = Callable[[bytes], bytes]


class Flaw(StrEnum):
    """Why a signed code is not believed."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    FORGED = "forged"
    EXPIRED = "expired"
    STALE = "stale"
    SHOWN = "shown"
    UNKNOWN_PHONE = "unknown_phone"


class CardCode(msgspec.Struct, frozen=True):
    """What a signed code says. `kid` is the issuer's key of a card, the generation of its own key of a phone.

    A card has an `issue` (a later one voids it) and is good before the day `expires`; a phone says when it drew the
    code, `at_s` in seconds since 1970 UTC.
    """

    member: int
    kid: int
    issue: int = 0
    expires: date | None = None
    at_s: int | None = None
    signature: bytes = b""

    @property
    def dynamic(self) -> bool:
        """Whether a phone drew it, rather than a printer."""
        return self.at_s is not None


class PhoneCode(msgspec.Struct, frozen=True):
    """How a phone introduces its own key, once: signed by that very key, so that it has it.

    `member` is 0 where the phone does not know its member's number; `kid` is the number that it calls the key by,
    `at_s` when it drew the code.
    """

    member: int
    kid: int
    at_s: int
    public: bytes
    signature: bytes = b""


class CardKey(msgspec.Struct, frozen=True, array_like=True):
    """A raw Ed25519 public key that cards are signed with. A `revoked` one voids all its cards."""

    kid: int
    public: bytes
    revoked: bool = False


def written(code: CardCode, sign: Sign) -> str:
    """The digits of `code`, signed by `sign`. Raises ValueError for a field that does not fit its bytes."""
    try:
        body = _body(code)
    except OverflowError as error:
        raise ValueError("a signed code cannot hold this member, issue or date") from error
    return str(int.from_bytes(b"\1" + body + sign(DOMAIN + body)))


def introduced(code: PhoneCode, sign: Sign) -> str:
    """The digits by which a phone introduces its key. Raises ValueError for a field that does not fit its bytes."""
    try:
        body = _phone_body(code)
    except OverflowError as error:
        raise ValueError("a phone's introduction cannot hold this member or time") from error
    return str(int.from_bytes(b"\1" + body + sign(PHONE_DOMAIN + body)))


def read(digits: str) -> CardCode | None:
    """What the digits of a card's or phone's code say, its signature not verified; None when they are none."""
    data = _bytes(digits)
    if data is None:
        return None
    body, signature = data[:-SIGNATURE], data[-SIGNATURE:]
    member = int.from_bytes(body[2:8])
    if (body[0], len(data)) == (STATIC, 75):
        expires = EPOCH + timedelta(days=int.from_bytes(body[9:11]))
        return CardCode(member, body[1], issue=body[8], expires=expires, signature=signature)
    if (body[0], len(data)) == (DYNAMIC, 76):
        return CardCode(member, body[1], at_s=int.from_bytes(body[8:12]), signature=signature)
    return None


def read_introduction(digits: str) -> PhoneCode | None:
    """What a phone says that introduces its key, its signature not verified; None for any other text."""
    data = _bytes(digits)
    if data is None or (data[0], len(data)) != (PHONE, 108):
        return None
    return PhoneCode(int.from_bytes(data[2:8]), data[1], int.from_bytes(data[8:12]), data[12:44], data[44:])


def _bytes(digits: str) -> bytes | None:
    length = LENGTHS.get(len(digits))
    if length is None or not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits)
    return number.to_bytes(length + 1)[1:] if number >> (8 * length) == 1 else None


def card_flaw(code: CardCode, keys: Mapping[int, CardKey], today: date) -> Flaw | None:
    """What is wrong with the code of a card on `today` (store date), by the issuer's `keys`."""
    key = keys.get(code.kid)
    if key is None:
        return Flaw.UNKNOWN_KEY
    if key.revoked:
        return Flaw.REVOKED_KEY
    if not is_signed_by(code, key.public):
        return Flaw.FORGED
    return Flaw.EXPIRED if code.expires is None or today >= code.expires else None


def phone_flaw(code: CardCode, public: bytes, now_s: int, doubt_s: int = 0) -> Flaw | None:
    """What is wrong with a phone's code at `now_s` (UTC), by the member's own key; `doubt_s` is the till's own."""
    if not is_signed_by(code, public):
        return Flaw.FORGED
    return None if code.at_s is not None and is_fresh(code.at_s, now_s, doubt_s) else Flaw.STALE


def is_fresh(at_s: int, now_s: int, doubt_s: int = 0) -> bool:
    """Whether what was drawn at `at_s` may be shown at `now_s`, by a till that doubts its clock by `doubt_s`."""
    return abs(now_s - at_s) <= WINDOW_S + doubt_s


def is_signed_by(code: CardCode, public: bytes) -> bool:
    """Whether the raw Ed25519 key `public` signed `code` as it is."""
    return _verified(public, code.signature, DOMAIN + _body(code))


def is_own_key(code: PhoneCode) -> bool:
    """Whether the phone that introduces a key has it."""
    return _verified(code.public, code.signature, PHONE_DOMAIN + _phone_body(code))


def code_hash(code: CardCode) -> bytes:
    """8 bytes that stand for the code of a phone where it is remembered that it was shown."""
    return hashlib.sha256(DOMAIN + _body(code)).digest()[:8]


def _verified(public: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_keys(data: bytes) -> tuple[CardKey, ...]:
    """The keys in a published file; none in one of a later release."""
    try:
        return msgspec.msgpack.decode(data, type=tuple[CardKey, ...])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def card_name(member: int, issue: int) -> str:
    """What the `issue`-th signed card of a member is called where cards are known by their keyed hash."""
    return f"{NAME}{member}-{issue}"


def _phone_body(code: PhoneCode) -> bytes:
    head = bytes((PHONE,)) + code.kid.to_bytes(1) + code.member.to_bytes(6) + code.at_s.to_bytes(4)
    return head + code.public


def _body(code: CardCode) -> bytes:
    head = bytes((DYNAMIC if code.dynamic else STATIC,)) + code.kid.to_bytes(1) + code.member.to_bytes(6)
    if code.at_s is not None:
        return head + code.at_s.to_bytes(4)
    days = 0 if code.expires is None else (code.expires - EPOCH).days
    return head + code.issue.to_bytes(1) + days.to_bytes(2)

"""What is known of a card besides whose it is: that it is blocked, and the key of the phone that stands for it.

A blocked card is marked by one more keyed hash among its member's cards, made of the card's own, so that every till
hears of it the way it hears of a card, also where it knows no more than whose card it is (sync/thin.py). A phone is
one more such hash. No text that is scanned gives one of them.
"""

import hmac
from datetime import date
from enum import StrEnum

import msgspec

from sync.tokens import TOKEN_BYTES

_BLOCKED = b"assidu-blocked/1\0"
_PHONE = b"assidu-phone/1\0"


class BlockReason(StrEnum):
    """Why a card is not taken any more; `FOUND` takes it again."""

    LOST = "lost"
    STOLEN = "stolen"
    REPLACED = "replaced"
    FOUND = "found"


class Blocked(msgspec.Struct, frozen=True, array_like=True):
    """A card (keyed hash) that is not taken since the business date `day`; `why` is a BlockReason."""

    card: bytes
    why: str
    day: date


class PhoneKey(msgspec.Struct, frozen=True, array_like=True):
    """The raw Ed25519 public key of a member's phone, and the number that the phone calls it by."""

    kid: int
    public: bytes


def blocked_mark(lookup_key: bytes, card: bytes) -> bytes:
    """The keyed hash that a member has beside a blocked `card`."""
    return hmac.digest(lookup_key, _BLOCKED + card, "sha256")[:TOKEN_BYTES]


def phone_mark(lookup_key: bytes, member: int) -> bytes:
    """The keyed hash that stands for the phone of `member` among its cards."""
    return hmac.digest(lookup_key, _PHONE + member.to_bytes(6), "sha256")[:TOKEN_BYTES]

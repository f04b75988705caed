"""Card numbers: check digits, the number printed on a member card, and blocks of serials for offline enrolment."""

import hashlib
import hmac
from collections.abc import Iterable, Set

HALF = 10**5
SPACE = HALF * HALF  # ten free digits: 13 less the prefix and the check digit
ROUNDS = 8
MEMBER_LENGTH = 13
GSRN_LENGTH = 18
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
LINK_LIMIT = 2048  # characters; a longer web address is refused unread
DEFAULT_PREFIX = "29"


class BlockEmpty(Exception):
    """A block of card numbers has no serial left; the text says what to do."""


def is_digits(text: str) -> bool:
    """True when the text is one or more of 0 to 9 and nothing else (other scripts' digits are refused)."""
    return text.isascii() and text.isdigit()


def check_digit(body: str) -> str:
    """The GS1 mod-10 digit that follows `body`: weights 3, 1, 3… from the right (GS1 General Specifications 7.9).

    The same for EAN-8, UPC-A, EAN-13, GTIN-14 and GSRN. Raises ValueError when `body` is not all digits.
    """
    if not is_digits(body):
        raise ValueError("A check digit needs digits only.")
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def has_good_check_digit(number: str) -> bool:
    """True when the last digit of `number` is the mod-10 digit of the others; false for anything not digits."""
    return len(number) > 1 and is_digits(number) and check_digit(number[:-1]) == number[-1]


def is_gsrn(text: str) -> bool:
    """True for an 18-digit Global Service Relation Number (application identifier 8018) with a good check digit."""
    return len(text) == GSRN_LENGTH and has_good_check_digit(text)


def gsrn_in_link(link: str) -> str | None:
    """The 18 digits after `/8018/` in a GS1 Digital Link web address, unchecked; None when there are none."""
    if len(link) > LINK_LIMIT or not link.lower().startswith(("https://", "http://")):
        return None
    return _digits_after(_segments(link), "8018", {GSRN_LENGTH})


def gtin_in_link(link: str) -> str | None:
    """The digits after `/01/` in such an address, a product's; None where they are no GTIN with a good check digit."""
    if len(link) > LINK_LIMIT or not link.lower().startswith(("https://", "http://")):
        return None
    found = _digits_after(_segments(link), "01", GTIN_LENGTHS)
    return found if found is not None and has_good_check_digit(found) else None


def _segments(link: str) -> list[str]:
    return link.partition("?")[0].partition("#")[0].split("/")[3:]


def _digits_after(segments: Iterable[str], identifier: str, lengths: Set[int]) -> str | None:
    previous = ""
    for segment in segments:
        if previous == identifier and len(segment) in lengths and is_digits(segment):
            return segment
        previous = segment
    return None


def is_member_number(text: str, prefix: str = DEFAULT_PREFIX) -> bool:
    """True for 13 digits that start with the shop's prefix and end in a good check digit."""
    return len(text) == MEMBER_LENGTH and text.startswith(prefix) and has_good_check_digit(text)


def member_number(serial: int, key: bytes, prefix: str = DEFAULT_PREFIX) -> str:
    """The 13-digit number for a serial: prefix, ten scattered digits, EAN-13 check digit.

    `serial` is 0 to 9 999 999 999; equal serials give equal numbers under one key and different serials never
    collide, yet neighbours cannot be guessed from one another. Raises ValueError outside the range or when the
    prefix is not two digits.
    """
    if not 0 <= serial < SPACE:
        raise ValueError("A card serial must lie between 0 and 9999999999.")
    if len(prefix) != 2 or not is_digits(prefix):
        raise ValueError("The card number prefix must be two digits: correct it in the configuration.")
    body = f"{prefix}{_scatter(serial, key):010d}"
    return body + check_digit(body)


def serial_of(number: str, key: bytes, prefix: str = DEFAULT_PREFIX) -> int:
    """The serial behind a member number: the inverse of `member_number`. Raises ValueError when it is not one."""
    if not is_member_number(number, prefix):
        raise ValueError("This is not a member number of this shop: check the prefix and the last digit.")
    return _gather(int(number[2:-1]), key)


def _scatter(value: int, key: bytes) -> int:
    left, right = divmod(value, HALF)
    for turn in range(ROUNDS):
        left, right = right, (left + _round(turn, right, key)) % HALF
    return left * HALF + right


def _gather(value: int, key: bytes) -> int:
    left, right = divmod(value, HALF)
    for turn in reversed(range(ROUNDS)):
        left, right = (right - _round(turn, left, key)) % HALF, left
    return left * HALF + right


def _round(turn: int, half: int, key: bytes) -> int:
    message = b"assidu-number/1\0" + turn.to_bytes(1) + half.to_bytes(4)
    return int.from_bytes(hmac.digest(key, message, hashlib.sha256)[:8]) % HALF

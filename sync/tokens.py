"""Keyed hashes that stand for card numbers, phone numbers and e-mail addresses (ledger-and-sync.md 2.1)."""

import base64
import hashlib
import hmac
import re

TOKEN_BYTES = 16
_CARD = b"assidu-card/1\0"
_CONTACT = b"assidu-contact/1\0"
_VOUCHER = b"assidu-voucher/1\0"
_VOUCHER_BYTES = 8
# About 40 ms and 16 MiB a value: contacts are guessable, so each guess by a thief must cost something.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{2,60}")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_CALLING_CODE, _NATIONAL = "33", 10
_PHONE_TYPED = re.compile(r"[+0-9 ().\-/]{6,30}", re.ASCII)
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1


def card_token(lookup_key: bytes, code: str) -> bytes:
    """The 16 bytes that stand for the card (or badge) `code` in files and on the wire."""
    return hmac.digest(lookup_key, _CARD + code.encode(), "sha256")[:TOKEN_BYTES]


def voucher_code(lookup_key: bytes, lot: str) -> str:
    """What is printed for a voucher of `lot`: `V-`, the name of the lot, and 13 characters that prove it.

    In capitals, as scanners' codes are; the lots of the ledger have small letters (`c-17`).
    The name is told by the number on any receipt; the characters (8 bytes of a keyed hash) are what nobody guesses.
    """
    proof = hmac.digest(lookup_key, _VOUCHER + lot.encode(), "sha256")[:_VOUCHER_BYTES]
    return f"V-{lot.upper()}-{base64.b32encode(proof).decode().rstrip('=')}"


def voucher_lot(lookup_key: bytes, code: str) -> str | None:
    """The lot that `code` is printed for; None where it is no code of this chain."""
    lot = code.removeprefix("V-").rpartition("-")[0].lower()
    return lot if lot and hmac.compare_digest(voucher_code(lookup_key, lot), code) else None


def contact_key(lookup_key: bytes, value: str) -> bytes:
    """The 16 bytes that stand for a phone number or e-mail address as `normal_contact` writes it.

    `HMAC(key, scrypt(value))`: hardened, at least 10 ms each, so never call it on the screen's thread.
    """
    return hardened_key(lookup_key, hardened(value))


def hardened(value: str) -> bytes:
    """The 32 bytes that scrypt makes of a contact: the costly half of its key, for which no secret is needed."""
    return hashlib.scrypt(value.encode(), salt=_CONTACT, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=32)


def hardened_key(lookup_key: bytes, hard: bytes) -> bytes:
    """The key of a contact that is `hardened` already."""
    return hmac.digest(lookup_key, _CONTACT + hard, "sha256")[:TOKEN_BYTES]


def contact_of(text: str) -> str | None:
    """The one spelling of a phone number or e-mail address, or None when it is neither.

    A long number is a card's as likely as another country's without its +: nobody's contact before it has one.
    """
    text = text.strip()
    if not text.isprintable() or not (_PHONE_TYPED.fullmatch(text) or _EMAIL.fullmatch(text)):
        return None
    contact = normal_contact(text)
    if len(text) > _NATIONAL and text.isdigit() and not text.startswith(("0", _CALLING_CODE)):
        return None
    return contact if _EMAIL.fullmatch(contact) or _PHONE.fullmatch(contact) else None


def normal_contact(text: str) -> str:
    """One spelling for one contact: e-mail in lower case, phone as + and digits in international form (ITU-T E.123).

    A phone number with a leading 0, or of ten digits at most, is national and gets the calling code 33; the 0 in
    brackets after a calling code is for national calls and goes.
    """
    text = text.strip()
    if "@" in text:
        return text.lower()
    abroad = text.startswith(("+", "00"))
    digits = "".join(sign for sign in text.replace("(0)", "") if sign in "0123456789")
    if abroad:
        digits = digits.removeprefix("00")
    elif len(digits) <= _NATIONAL or digits.startswith("0"):
        digits = _CALLING_CODE + digits.removeprefix("0")
    ours = digits.startswith(_CALLING_CODE)
    return "+" + (_CALLING_CODE + digits[2:].removeprefix("0") if ours else digits)

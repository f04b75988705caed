"""Encryption of single fields in the till's cache: display names, notes and folded accounts (storage.md A9).

AES-256-GCM under a key derived from the store-scope key. The nonce is a keyed hash of purpose, member and text:
no random source is needed, and only equal texts of the same member look equal.
"""

import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
DISPLAY = b"display"
ACCOUNT = b"account"
NOTE = b"note"
INCIDENT = b"incident"


class FieldUnreadable(ValueError):
    """A field was written under another key or has been changed: pair the till again or fetch the member anew."""


def encrypt(scope_key: bytes, purpose: bytes, member: int, text: bytes) -> bytes:
    """`text` sealed for `purpose` and `member`: 12 bytes of nonce, ciphertext, 16 bytes of tag."""
    bound = _bound(purpose, member)
    cipher, nonce_key = _keys(scope_key)
    nonce = hmac.digest(nonce_key, bound + text, "sha256")[:NONCE_BYTES]
    return nonce + cipher.encrypt(nonce, text, bound)


def decrypt(scope_key: bytes, purpose: bytes, member: int, sealed: bytes) -> bytes:
    """The text that `encrypt` sealed for the same purpose and member. Raises FieldUnreadable."""
    cipher, _ = _keys(scope_key)
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(purpose, member))
    except (InvalidTag, ValueError) as error:
        raise FieldUnreadable("a field of this member cannot be decrypted: fetch the member again") from error


def encrypt_display(scope_key: bytes, member: int, name: str) -> bytes:
    """The display name of a member as it travels and is stored; an empty name stays empty."""
    return encrypt(scope_key, DISPLAY, member, name.encode()) if name else b""


def decrypt_display(scope_key: bytes, member: int, sealed: bytes) -> str:
    """The display name of a member. Raises FieldUnreadable."""
    return decrypt(scope_key, DISPLAY, member, sealed).decode() if sealed else ""


def encrypt_note(scope_key: bytes, member: int, note: str, purpose: bytes = NOTE) -> bytes:
    """A note on a member as it travels, or on an incident (`purpose` INCIDENT); an empty one stays empty."""
    return encrypt(scope_key, purpose, member, note.encode()) if note else b""


def decrypt_note(scope_key: bytes, member: int, sealed: bytes, purpose: bytes = NOTE) -> str:
    """A note on a member, or on an incident. Raises FieldUnreadable."""
    return decrypt(scope_key, purpose, member, sealed).decode() if sealed else ""


def _bound(purpose: bytes, member: int) -> bytes:
    return b"assidu-field/1\0" + purpose + b"\0" + member.to_bytes(8, "big")


@lru_cache(maxsize=4)
def _keys(scope_key: bytes) -> tuple[AESGCM, bytes]:
    cipher_key = hmac.digest(scope_key, b"assidu-field-cipher/1", "sha256")
    return AESGCM(cipher_key), hmac.digest(scope_key, b"assidu-field-nonce/1", "sha256")

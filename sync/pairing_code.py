"""The 32 characters that pair a till (ledger-and-sync.md section 5.3): who the ledger is, and a one-time secret.

Base32 (RFC 4648 section 6): 16 characters are the first 80 bits of SHA-256 of the server key, 16 the secret.
"""

import base64
import binascii
import hashlib

from rules.sentences import mark

HALF_BYTES = 10
CODE_CHARACTERS = 32
_READ_AS = str.maketrans(
    {"0": "O", "1": "I", "8": "B"}
)  # digits that base32 does not have, misread from paper


class NotACode(ValueError):
    """The text is no pairing code; the sentence says what to do."""


def key_prefix(server_key: bytes) -> bytes:
    """The 10 bytes of a code that stand for a server key (raw Ed25519, 32 bytes)."""
    return hashlib.sha256(server_key).digest()[:HALF_BYTES]


def make_code(server_key: bytes, secret: bytes) -> str:
    """The code for `server_key` and a secret of 10 random bytes."""
    return base64.b32encode(key_prefix(server_key) + secret).decode()


def spaced(code: str) -> str:
    """`code` in groups of four, for reading aloud and typing."""
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))


def read_code(text: str) -> tuple[bytes, str]:
    """The key prefix (10 bytes) and the secret (16 characters) of a typed or scanned code. Raises NotACode."""
    code = "".join(text.split()).replace("-", "").upper().translate(_READ_AS)
    try:
        raw = base64.b32decode(code.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    if len(code) != CODE_CHARACTERS or len(raw) != 2 * HALF_BYTES:
        raise NotACode(
            mark("This is no pairing code: type its 32 letters and digits as the ledger shows them.")
        )
    return raw[:HALF_BYTES], code[CODE_CHARACTERS // 2 :]

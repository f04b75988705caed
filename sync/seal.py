"""Sealed boxes for personal data: written at the till, opened by the ledger alone (ledger-and-sync.md 2.1).

The format is libsodium's sealed box; the one-use key comes from the caller's random source, so that a simulated
till writes the same bytes each time. The journal keeps only the salted hash of the sealed bytes.
"""

import hashlib
import hmac
from collections.abc import Callable

from sync.entry import SealedRef
from sync.wire import Blob

SALT_BYTES = 16
_HASH = b"assidu-blob/1\0"


class SealBroken(ValueError):
    """A sealed blob does not match its hash or was sealed for another key: ask the till to send it again."""


def seal(sealing_key: bytes, what: str, text: bytes, random: Callable[[int], bytes]) -> Blob:
    """`text` sealed to the ledger's X25519 public key, with the salted hash that an entry may hold."""
    from nacl.encoding import RawEncoder
    from nacl.hash import blake2b
    from nacl.public import Box, PrivateKey, PublicKey

    once = PrivateKey(random(PrivateKey.SIZE))
    mine = bytes(once.public_key)
    nonce = blake2b(mine + sealing_key, digest_size=Box.NONCE_SIZE, encoder=RawEncoder)
    sealed = mine + Box(once, PublicKey(sealing_key)).encrypt(text, nonce).ciphertext
    salt = random(SALT_BYTES)
    return Blob(sha256=blob_hash(salt, sealed), salt=salt, what=what, sealed=sealed)


def unseal(secret_key: bytes, blob: Blob) -> bytes:
    """The text of a blob sealed to the public half of `secret_key`. Raises SealBroken."""
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, SealedBox

    if not matches(blob):
        raise SealBroken("a sealed blob does not match its hash: ask the till to send it again")
    try:
        return SealedBox(PrivateKey(secret_key)).decrypt(blob.sealed)
    except (CryptoError, ValueError, TypeError) as error:
        raise SealBroken("a sealed blob was sealed for another key: pair the till again") from error


def reference_to(blob: Blob) -> SealedRef:
    """What a journal entry says about `blob`."""
    return SealedRef(what=blob.what, sha256=blob.sha256)


def blob_hash(salt: bytes, sealed: bytes) -> bytes:
    """The salted SHA-256 of sealed bytes: says nothing once salt and bytes are erased."""
    return hashlib.sha256(_HASH + len(salt).to_bytes(2, "big") + salt + sealed).digest()


def matches(blob: Blob) -> bool:
    """True when the hash of a blob is that of its salt and bytes."""
    return hmac.compare_digest(blob.sha256, blob_hash(blob.salt, blob.sealed))

"""What the ledger publishes is signed by its key, item by item, so that it holds whoever hands it on (section 5.1)."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.wire import ConfigItem, Revocation, pack

PUBLICATION = b"assidu-publication/1\0"
REVOCATION = b"assidu-revocation/1\0"
P = TypeVar("P", ConfigItem, Revocation)
Sign = Callable[[bytes], bytes]


def publication_bytes(item: ConfigItem | Revocation) -> bytes:
    """What is signed of `item`: all but the place in the ledger's log, which is another after a restore."""
    bare = msgspec.structs.replace(item, signature=b"")
    if isinstance(bare, Revocation):
        return REVOCATION + pack(bare)
    return PUBLICATION + pack(msgspec.structs.replace(bare, pos=0))


def signed(item: P, sign: Sign) -> P:
    """`item` with the signature that `sign` makes."""
    return msgspec.structs.replace(item, signature=sign(publication_bytes(item)))


def is_genuine(item: ConfigItem | Revocation, server_key: bytes) -> bool:
    """Whether the ledger with the raw Ed25519 public key `server_key` said `item` as it is."""
    try:
        Ed25519PublicKey.from_public_bytes(server_key).verify(item.signature, publication_bytes(item))
    except (InvalidSignature, ValueError):
        return False
    return True

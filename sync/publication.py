"""What the ledger publishes is signed by its key, item by item, so that it holds whoever hands it on (section 5.1)."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from sync.delegation import RULES, Sign, holds
from sync.wire import ConfigItem, Revocation, pack

PUBLICATION = b"assidu-publication/1\0"
REVOCATION = b"assidu-revocation/1\0"
P = TypeVar("P", ConfigItem, Revocation)


def publication_bytes(item: ConfigItem | Revocation) -> bytes:
    """What is signed of `item`: all but the place in the ledger's log, which is another after a restore."""
    bare = msgspec.structs.replace(item, signature=b"")
    if isinstance(bare, Revocation):
        return REVOCATION + pack(bare)
    return PUBLICATION + pack(msgspec.structs.replace(bare, pos=0))


def signed(item: P, sign: Sign) -> P:
    """`item` with the signature that `sign` makes."""
    return msgspec.structs.replace(item, signature=sign(publication_bytes(item)))


def is_genuine(
    item: ConfigItem | Revocation, server_key: bytes, newest: Mapping[str, int] | None = None
) -> bool:
    """Whether the ledger with the raw Ed25519 public key `server_key` said `item` as it is.

    `newest` are the numbers of its keys by role, where they are known.
    """
    return holds(item.signature, publication_bytes(item), server_key, RULES, newest)

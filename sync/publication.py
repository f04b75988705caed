"""What the ledger publishes is signed by its key, item by item, so that it holds whoever hands it on (section 5.1)."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

import msgspec

from sync.delegation import RULES, Sign, holds

PUBLICATION = b"assidu-publication/1\0"
REVOCATION = b"assidu-revocation/1\0"


class ConfigItem(msgspec.Struct, frozen=True, array_like=True):
    """Something published, by hash: `what` is programme, catalogue, staff or floors; fetch it at /blob/{sha256}.

    `number` rises with everything the ledger says of what it publishes; `stores` are those it is for, () for all.
    What is `withdrawn` no longer holds. `signature` is the ledger's (`signed`).
    """

    what: str
    name: str
    sha256: bytes
    effective_from: date | None
    pos: int
    number: int = 0
    stores: tuple[str, ...] = ()
    withdrawn: bool = False
    signature: bytes = b""


class Revocation(msgspec.Struct, frozen=True, array_like=True):
    """A person of the shop may not sign in any more. `number` and `signature` as in ConfigItem."""

    staff: str
    number: int
    signature: bytes = b""


P = TypeVar("P", ConfigItem, Revocation)


def publication_bytes(item: ConfigItem | Revocation) -> bytes:
    """What is signed of `item`: all but the place in the ledger's log, which is another after a restore."""
    bare = msgspec.structs.replace(item, signature=b"")
    if isinstance(bare, Revocation):
        return REVOCATION + msgspec.msgpack.encode(bare)
    return PUBLICATION + msgspec.msgpack.encode(msgspec.structs.replace(bare, pos=0))


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

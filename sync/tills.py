"""Which tills a store has, and their keys: by it tills of a store know each other with nobody's help (section 5.3).

The ledger signs the list and every till keeps the newest it has seen, from the ledger or from another till. Who is not
on it is refused, so a till that was revoked is shut out by each of its neighbours that has heard of it from anyone.
"""

from collections.abc import Mapping

import msgspec

from sync.delegation import RULES, Sign, holds

DOMAIN = b"assidu-tills/1\0"


class StoreTill(msgspec.Struct, frozen=True, array_like=True):
    """A till of a store, in its present life, under its name; `key` is its raw Ed25519 public key."""

    dev: int
    inc: int
    till: str
    key: bytes


class StoreTills(msgspec.Struct, frozen=True, array_like=True):
    """The tills of `store` as they were at the ledger's time `made_ms` of `epoch`, by number."""

    store: str
    epoch: int
    made_ms: int
    tills: tuple[StoreTill, ...]
    signature: bytes = b""

    def of(self, dev: int, inc: int) -> StoreTill | None:
        """The till with this number and life, None for one that is not the store's (any more)."""
        return next((one for one in self.tills if (one.dev, one.inc) == (dev, inc)), None)

    @property
    def age(self) -> tuple[int, int]:
        """What a newer list has more of."""
        return self.epoch, self.made_ms


def signed_tills(tills: StoreTills, sign: Sign) -> StoreTills:
    """`tills` with the signature that `sign` makes."""
    return msgspec.structs.replace(tills, signature=sign(tills_bytes(tills)))


def tills_bytes(tills: StoreTills) -> bytes:
    """What is signed: a domain and everything else in the list."""
    return DOMAIN + msgspec.msgpack.encode(msgspec.structs.replace(tills, signature=b""))


def are_genuine(tills: StoreTills, server_key: bytes, newest: Mapping[str, int] | None = None) -> bool:
    """Whether the ledger with the raw Ed25519 public key `server_key` said so; `newest` as in sync/delegation.py."""
    return holds(tills.signature, tills_bytes(tills), server_key, RULES, newest)

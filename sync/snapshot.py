"""The thin rows of all members as one SQLite file in independent zstd frames, under a signed manifest (storage.md B).

A till fetches the frames it lacks, from whom it likes: the manifest says their hashes, and the ledger's key says the
manifest. `pos` never falls within an epoch, so that nobody can hand out an older file for a newer one.
"""

from collections.abc import Callable

import msgspec

from sync.delegation import MANIFESTS, holds

SCOPE = "all"
REGION = "region"
NO_REGION = "no_region"  # the code of the ledger's refusal
DOMAIN = b"assidu-snapshot/1\0"
FRAME_BYTES = 4 * 1024 * 1024
PAGE_BYTES = 4096

SCHEMA = (
    "CREATE TABLE tier(n INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE member(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, tier INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, next_expiry INTEGER NOT NULL)",
    "CREATE TABLE card(token INTEGER PRIMARY KEY, member INTEGER NOT NULL)",
)
"""Tables of the file. `card.token` is `sync.thin.short`, `member.next_expiry` `sync.thin.day_number`."""


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A part of the file: the SHA-256 and size of its compressed bytes, and its size unpacked."""

    sha256: bytes
    size: int
    plain: int


class Manifest(msgspec.Struct, frozen=True, array_like=True):
    """A snapshot as of `pos` of `epoch`: `sha256` and `size` of the file, and its frames in order.

    Changes up to `pos` are in it; later ones may be. `made_ms` is the ledger's time.
    """

    sha256: bytes
    epoch: int
    pos: int
    made_ms: int
    members: int
    size: int
    frames: tuple[Frame, ...]
    signature: bytes = b""

    @property
    def to_fetch(self) -> int:
        """Bytes to be fetched for all of it."""
        return sum(frame.size for frame in self.frames)


class SnapshotAnswer(msgspec.Struct, frozen=True, array_like=True):
    """`GET /snapshot/all`, or `/snapshot/region`: the newest one. It has this till's entries up to `own_seq`, or more.

    `scope` names the list: all, or the region and its stores as they are (`sync.ledger.scope`).
    """

    manifest: Manifest
    own_seq: int
    scope: str = SCOPE


def manifest_bytes(manifest: Manifest) -> bytes:
    """What is signed: a domain of its own and everything else in the manifest."""
    return DOMAIN + msgspec.msgpack.encode(msgspec.structs.replace(manifest, signature=b""))


def signed_manifest(manifest: Manifest, sign: Callable[[bytes], bytes]) -> Manifest:
    """`manifest` with the signature that `sign` makes."""
    return msgspec.structs.replace(manifest, signature=sign(manifest_bytes(manifest)))


def is_sound(manifest: Manifest, server_key: bytes) -> bool:
    """Whether the ledger with the raw Ed25519 public key `server_key` said it, and its sizes can be true."""
    if not holds(manifest.signature, manifest_bytes(manifest), server_key, MANIFESTS):
        return False
    return manifest.size == sum(frame.plain for frame in manifest.frames) and all(
        0 < frame.plain <= FRAME_BYTES and 0 < frame.size <= 2 * FRAME_BYTES for frame in manifest.frames
    )

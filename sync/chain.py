"""The hash chain over journal entries and the one signature of each commit (ledger-and-sync.md 2.1 and 2.2).

`hash = SHA-256(domain ‖ prev ‖ bytes)`, and Ed25519 over the head that a commit leaves behind.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rules.sentences import mark, said
from sync.entry import Entry, UnreadableEntry, decode

ENTRY_DOMAIN = b"assidu-entry/1\0"
COMMIT_DOMAIN = b"assidu-commit/1\0"
GENESIS_DOMAIN = b"assidu-genesis/1\0"
TAIL_CHARACTERS = 6


class Head(msgspec.Struct, frozen=True):
    """Where a chain stands: the last entry `seq` (0 before the first) of an incarnation and its hash (or genesis)."""

    dev: int
    inc: int
    seq: int
    hash: bytes


class Linked(msgspec.Struct, frozen=True, gc=False):
    """One entry in its place of the chain. `entry` is None when the bytes cannot be read by this release."""

    seq: int
    hash: bytes
    data: bytes
    entry: Entry | None


class Verdict(msgspec.Struct, frozen=True):
    """Outcome of a chain check over `count` good entries: `first_bad_seq` is 0 and `reason` "" when all is well."""

    ok: bool
    count: int
    first_bad_seq: int = 0
    reason: str = ""


class ChainBroken(ValueError):
    """An entry does not continue the chain: `seq` says which, `reason` why."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"entry {seq} does not continue the journal: {reason}")
        self.seq = seq
        self.reason = reason


def entry_hash(prev: bytes, data: bytes) -> bytes:
    """The 32-byte hash of the entry `data` that follows the hash `prev`."""
    return hashlib.sha256(ENTRY_DOMAIN + prev + data).digest()


def genesis_hash(record: bytes) -> bytes:
    """The hash before entry 1: of the pairing record, so that chains of two incarnations cannot be spliced."""
    return hashlib.sha256(GENESIS_DOMAIN + record).digest()


def tail(digest: bytes) -> str:
    """The characters of a hash that receipts print beside the reference."""
    return digest.hex()[:TAIL_CHARACTERS]


def commit_message(head: Head, ticket: str | None) -> bytes:
    """The canonical bytes that a commit signature covers; `head` is the commit's last entry, `ticket` that entry's."""
    name = (ticket or "").encode()
    numbers = struct.pack(">QQQ", head.dev, head.inc, head.seq)
    return COMMIT_DOMAIN + numbers + head.hash + struct.pack(">I", len(name)) + name


def sign_commit(private_key: bytes, head: Head, ticket: str | None) -> bytes:
    """The 64-byte Ed25519 signature of a commit; `private_key` is the 32-byte seed."""
    return loaded(private_key).sign(commit_message(head, ticket))


@lru_cache(maxsize=4)
def loaded(private_key: bytes) -> Ed25519PrivateKey:
    """Loading a key takes longer than signing with it, and who signs does so with the same one all day."""
    return Ed25519PrivateKey.from_private_bytes(private_key)


def verify_commit(public_key: bytes, head: Head, ticket: str | None, signature: bytes) -> bool:
    """True when `signature` is the owner of `public_key` vouching for this head."""
    return is_signed(public_key, commit_message(head, ticket), signature)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when `signature` over `message` is by the Ed25519 key `public_key` (32 bytes).

    libsodium needs half the time of OpenSSL for it, and lets other threads of the process work meanwhile.
    """
    from nacl.bindings import crypto_sign_BYTES, crypto_sign_open, crypto_sign_PUBLICKEYBYTES
    from nacl.exceptions import BadSignatureError

    if (len(public_key), len(signature)) != (crypto_sign_PUBLICKEYBYTES, crypto_sign_BYTES):
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


def public_key_of(private_key: bytes) -> bytes:
    """The 32-byte Ed25519 public key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def link(base: Head, entries: Iterable[bytes]) -> Iterator[Linked]:
    """Each of `entries` (the bytes after `base`, in order) with its hash, checked against the one before.

    Bytes that this release cannot read are handed on with `entry` None: the chain and the signature still
    cover them. Raises ChainBroken at the first entry that is of another device or out of place.
    """
    dev, inc, seq, prev = base.dev, base.inc, base.seq, base.hash
    for data in entries:
        seq += 1
        try:
            entry = decode(data)
        except UnreadableEntry:
            entry = None
        if entry is not None and (
            entry.prev != prev or entry.seq != seq or entry.inc != inc or entry.dev != dev
        ):
            raise ChainBroken(seq, _misplaced(entry, base, seq))
        prev = hashlib.sha256(ENTRY_DOMAIN + prev + data).digest()  # `entry_hash`, without a call for each
        yield Linked(seq, prev, data, entry)


def verify_chain(
    public_key: bytes,
    base: Head,
    entries: Iterable[bytes],
    signatures: Mapping[int, bytes],
    *,
    tail_only: bool = False,
    former: Sequence[bytes] = (),
) -> Verdict:
    """Check the entries after `base` and the commit signatures by seq; the last entry must be signed.

    `former` are keys that the owner had before. With `tail_only` just the last signature is verified, as on a push:
    it vouches for all before it.
    """
    last: Linked | None = None
    signature: bytes | None = None
    try:
        for last in link(base, entries):
            signature = signatures.get(last.seq)
            if signature is not None and not tail_only:
                check_signature(public_key, base, last, signature, former)
        if last is not None and (tail_only or signature is None):
            check_signature(public_key, base, last, signature, former)
    except ChainBroken as broken:
        return Verdict(
            ok=False, count=broken.seq - base.seq - 1, first_bad_seq=broken.seq, reason=broken.reason
        )
    return Verdict(ok=True, count=0 if last is None else last.seq - base.seq)


def check_signature(
    public_key: bytes, base: Head, last: Linked, signature: bytes | None, former: Sequence[bytes] = ()
) -> None:
    """Raises ChainBroken unless `signature` vouches for the commit that ends with `last`.

    `former` are keys that the till had before.
    """
    if signature is None:
        raise ChainBroken(last.seq, mark("its commit is not signed"))
    ticket = None if last.entry is None else last.entry.ticket
    head = Head(base.dev, base.inc, last.seq, last.hash)
    if not any(verify_commit(key, head, ticket, signature) for key in (public_key, *former)):
        raise ChainBroken(last.seq, mark("the signature of its commit is wrong"))


def _misplaced(entry: Entry, base: Head, seq: int) -> str:
    if (entry.dev, entry.inc) != (base.dev, base.inc):
        return mark("it was written by another device")
    if entry.seq != seq:
        return said("its number is {number}", number=entry.seq)
    return mark("it does not name the entry before it")

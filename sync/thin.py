"""The thin row of a member, which every till may have: a short card key, points, tier, flags, next expiry; no name.

Between a snapshot (sync/snapshot.py) and the present a till reads what has changed since, net of whatever happened in
between, as msgpack in zstd (ledger-and-sync.md section 5.4, storage.md section B).
"""

from datetime import date

import msgspec

from rules.account import FOREVER
from sync.snapshot import SCOPE

THIN = "thin"  # the log, and the keys of it: a member's number, or a card as `card_key` writes it
BLOCKED = 1  # bit of `flags`
LEVEL = 3
SHORT_BYTES = 8
NEWS_LIMIT = 8 * 1024 * 1024  # of one answer, unpacked
_CARD = "card:"


class ThinMember(msgspec.Struct, frozen=True, array_like=True):
    """A member's line as of the ledger's position `pos`. `next_expiry` is as `day_number` gives it."""

    member: int
    balance: int
    tier: str
    flags: int
    next_expiry: int
    pos: int = 0


class ThinCard(msgspec.Struct, frozen=True, array_like=True):
    """A card (`short`) and whose it is; 0 for nobody, where its member was erased."""

    card: int
    member: int


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Changes up to the ledger's position `pos`, kept as a `/blob` for all tills: `squeezed` news of their own.

    They have the entries of the till that asks up to `own_seq`. A till that has some of them already loses nothing.
    """

    sha256: bytes
    pos: int
    own_seq: int


class ThinNews(msgspec.Struct, frozen=True, array_like=True):
    """What has changed, or the piece that tells it."""

    members: tuple[ThinMember, ...]
    cards: tuple[ThinCard, ...]
    piece: Piece | None = None


def short(token: bytes) -> int:
    """A card's keyed hash cut to 64 bits, signed: SQLite's own kind of key, half as long on disk.

    Among ten million members a card that nobody has is taken for one of them once in 10^12 scans.
    """
    return int.from_bytes(token[:SHORT_BYTES], "big", signed=True)


def day_number(day: date) -> int:
    """A day as its proleptic Gregorian ordinal, 0 for never."""
    return 0 if day == FOREVER else day.toordinal()


def day_of(number: int) -> date:
    """The day that `day_number` wrote."""
    return FOREVER if number == 0 else date.fromordinal(number)


def card_key(token: bytes) -> str:
    """How the log of changes names a card."""
    return _CARD + token.hex()


def card_of(key: str) -> bytes | None:
    """The token that a key of the log names; None when it names a member."""
    return bytes.fromhex(key.removeprefix(_CARD)) if key.startswith(_CARD) else None


def bucket_of(scope: str) -> str:
    """The bucket of changes to the list of all members, or to that of another scope."""
    return THIN if scope == SCOPE else f"{THIN}:{scope}"


def scope_of(bucket: str) -> str | None:
    """The list whose changes a bucket has; None for a bucket of something else."""
    if bucket == THIN:
        return SCOPE
    return bucket.removeprefix(f"{THIN}:") if bucket.startswith(f"{THIN}:") else None


def squeezed(news: ThinNews) -> bytes:
    """`news` for the wire."""
    import zstandard

    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode(news))


def unsqueezed(data: bytes) -> ThinNews:
    """What `squeezed` wrote. Raises ValueError (msgspec.DecodeError is one) for anything else."""
    return msgspec.msgpack.decode(inflated(data, NEWS_LIMIT), type=ThinNews)


def inflated(data: bytes, limit: int) -> bytes:
    """One whole zstd frame, unpacked; its head must tell a size of at most `limit` bytes. Raises ValueError."""
    import zstandard

    try:
        if not 0 <= zstandard.frame_content_size(data) <= limit:
            raise ValueError("a compressed part is longer than it may be")
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(f"a compressed part cannot be read ({error})") from error

"""Bodies of entries about who a member is: keyed hashes and references to what is sealed, nothing in clear."""

import hashlib
from datetime import date

import msgspec

MEMBER_BITS = 48
PROVISIONAL_FROM = 1 << (MEMBER_BITS - 1)  # numbers of cards that earn and that nobody has enrolled yet
LONGEST_NOTE = 80


class SealedRef(msgspec.Struct, frozen=True):
    """Reference to a sealed blob that travels beside the entry: what it holds, and its salted SHA-256."""

    what: str
    sha256: bytes


class EnrolBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new member: id and card from this till's blocks, keyed hashes only, personal data as sealed references.

    `contacts` are hardened keyed hashes of phone and e-mail.
    """

    store: str
    cashier: str
    member: int
    cards: tuple[bytes, ...]
    since: date
    contacts: tuple[bytes, ...] = ()
    sealed: tuple[SealedRef, ...] = ()
    sponsor: int | None = None


class LinkBody(msgspec.Struct, frozen=True):
    """A card, as keyed hash, now belongs to `member`."""

    member: int
    card: bytes
    cashier: str


class CardBlockBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`cards` (keyed hashes) of `member` are not taken any more, or again: `why` is a BlockReason.

    `supervisor` is the manager who allowed it, "" where none was asked.
    """

    member: int
    cards: tuple[bytes, ...]
    why: str
    cashier: str
    supervisor: str = ""


class PhoneKeyBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """From now on the phone with this raw Ed25519 `public` key stands for `member`, and no other; b"" for none.

    `kid` is the number that the phone calls its key by. `supervisor` as of a CardBlockBody.
    """

    member: int
    kid: int
    public: bytes
    cashier: str
    supervisor: str = ""


class ConsentBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """Consent to one purpose, given or withdrawn, with the version of the wording that was shown."""

    purpose: str
    given: bool
    wording: str
    cashier: str
    sealed: tuple[SealedRef, ...] = ()


class NoteBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the shop notes from now on, sealed: at most LONGEST_NOTE characters, "" for none.

    It is about the member, or about an incident of the kind `about`, whose entry comes before it.
    """

    cashier: str
    sealed: tuple[SealedRef, ...]
    about: str = ""


class EraseBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`member` is to be erased: what tells who it is goes, the books stay without a person.

    `supervisor` is the manager who allowed it; without one the member was there with a card that proves it.
    """

    member: int
    cashier: str
    supervisor: str = ""


class MergeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`other` was a second account of `member`: all of it is one account from now on, by the word of `supervisor`."""

    member: int
    other: int
    cashier: str
    supervisor: str


def waiting_number(token: bytes) -> int:
    """The number of the account of a card that nobody has enrolled yet.

    It is made of the card, so that a ledger that was restored or begun anew gives the card the number that tills know.
    """
    return (
        PROVISIONAL_FROM + int.from_bytes(hashlib.blake2b(token, digest_size=6).digest()) % PROVISIONAL_FROM
    )

"""Seals, keyed hashes, field encryption and ticket names."""

import random as randomness
import time
import uuid
from collections.abc import Callable

import msgspec
import pytest
from nacl.public import PrivateKey, SealedBox

from sync import field, seal, tokens
from sync.ids import uuid7

LEDGER = PrivateKey(bytes(range(32)))
SEALING_KEY = bytes(LEDGER.public_key)


def source(seed: int) -> Callable[[int], bytes]:
    return randomness.Random(seed).randbytes


def test_only_the_ledger_opens_a_seal() -> None:
    """What is captured at enrolment can be read with the ledger's secret key and no other."""
    blob = seal.seal(SEALING_KEY, "name", b"Zoe Exemple", source(1))
    assert b"Zoe" not in blob.sealed
    assert seal.unseal(bytes(LEDGER), blob) == b"Zoe Exemple"
    assert SealedBox(LEDGER).decrypt(blob.sealed) == b"Zoe Exemple"
    with pytest.raises(seal.SealBroken):
        seal.unseal(bytes(32), blob)


def test_a_seal_is_repeatable_and_each_is_different() -> None:
    """The simulator gets the same bytes from the same seed; two blobs of one name do not look alike."""
    assert seal.seal(SEALING_KEY, "name", b"Zoe", source(1)) == seal.seal(
        SEALING_KEY, "name", b"Zoe", source(1)
    )
    rolling = source(2)
    first, second = (seal.seal(SEALING_KEY, "name", b"Zoe", rolling) for _ in range(2))
    assert first.sealed != second.sealed
    assert first.sha256 != second.sha256


@pytest.mark.parametrize("change", [{"salt": bytes(16)}, {"sealed": b"x" * 60}, {"sha256": bytes(32)}])
def test_a_changed_blob_is_refused(change: dict[str, bytes]) -> None:
    """The entry's hash fixes salt and bytes."""
    blob = seal.seal(SEALING_KEY, "name", b"Zoe", source(1))
    assert seal.matches(blob)
    assert not seal.matches(msgspec.structs.replace(blob, **change))
    with pytest.raises(seal.SealBroken):
        seal.unseal(bytes(LEDGER), msgspec.structs.replace(blob, **change))


def test_the_reference_in_an_entry_says_nothing_personal() -> None:
    """An entry holds what the blob is for and its salted hash."""
    blob = seal.seal(SEALING_KEY, "phone", b"+33600000000", source(3))
    assert seal.reference_to(blob).sha256 == blob.sha256


def test_card_tokens_depend_on_key_and_code() -> None:
    """A stolen till's card hashes are useless without the chain's look-up key."""
    assert len(tokens.card_token(b"k" * 32, "2912345678906")) == tokens.TOKEN_BYTES
    different = {tokens.card_token(key, code) for key in (b"k" * 32, b"j" * 32) for code in ("1", "2")}
    assert len(different) == 4


def test_guessing_a_contact_costs_time() -> None:
    """Phone numbers can be listed: each guess must take at least 10 ms even at best."""
    best = 1.0
    for _ in range(3):
        begun = time.perf_counter()
        key = tokens.contact_key(b"k" * 32, "+33600000000")
        best = min(best, time.perf_counter() - begun)
    assert best >= 0.010
    assert key != tokens.contact_key(b"j" * 32, "+33600000000")


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033(0)612345678", "+33612345678"),
        ("+330612345678", "+33612345678"),
        ("33612345678", "+33612345678"),
        ("612345678", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("+41 (0)79 123 45 67", "+41791234567"),
        ("+4915112345678", "+4915112345678"),
        (" Zoe@Example.ORG ", "zoe@example.org"),
    ],
)
def test_one_contact_has_one_spelling(typed: str, normal: str) -> None:
    """However a contact is typed, it finds the same member."""
    assert tokens.normal_contact(typed) == normal


@pytest.mark.parametrize("typed", ["2900000000773", "4021000000345", "4915112345678", "+33", "12345"])
def test_a_cards_number_is_no_contact(typed: str) -> None:
    """Typed into the field for phones it is refused, as is a number of another country without its +."""
    assert tokens.contact_of(typed) is None


def test_a_field_belongs_to_its_key_purpose_and_member() -> None:
    """A name cannot be moved to another member or read as something else."""
    sealed = field.encrypt_display(b"k" * 32, 7, "Zoé")
    assert field.decrypt_display(b"k" * 32, 7, sealed) == "Zoé"
    assert b"Zo" not in sealed
    for key, purpose, member in (
        (b"j" * 32, field.DISPLAY, 7),
        (b"k" * 32, field.ACCOUNT, 7),
        (b"k" * 32, field.DISPLAY, 8),
    ):
        with pytest.raises(field.FieldUnreadable):
            field.decrypt(key, purpose, member, sealed)
    with pytest.raises(field.FieldUnreadable):
        field.decrypt_display(b"k" * 32, 7, b"short")


def test_equal_names_of_two_members_look_different() -> None:
    """The cache does not tell who shares a name."""
    assert field.encrypt_display(b"k" * 32, 7, "Zoé")[12:] != field.encrypt_display(b"k" * 32, 8, "Zoé")[12:]
    assert field.encrypt_display(b"k" * 32, 7, "") == b""
    assert field.decrypt_display(b"k" * 32, 7, b"") == ""


def test_ticket_names_are_version_7_and_sort_by_time() -> None:
    """RFC 9562: version and variant bits in place, time first."""
    early, late = uuid7(1_700_000_000_000, b"\xff" * 10), uuid7(1_700_000_000_001, bytes(10))
    assert uuid.UUID(early).version == 7
    assert uuid.UUID(early).variant == uuid.RFC_4122
    assert early < late
    assert int(early[:12], 16) == 1_700_000_000_000


@pytest.mark.parametrize(("wall_ms", "noise"), [(-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9))])
def test_a_ticket_name_needs_a_time_and_noise(wall_ms: int, noise: bytes) -> None:
    """A name that could repeat is refused."""
    with pytest.raises(ValueError, match="ticket name"):
        uuid7(wall_ms, noise)

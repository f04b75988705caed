"""Signed codes: written and read back, believed only as they were signed, by a known key, in time."""

import random
import re
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.card_code import (
    EPOCH,
    LENGTHS,
    WINDOW_S,
    CardCode,
    CardKey,
    Flaw,
    card_flaw,
    phone_flaw,
    read,
    written,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
KEYS = {1: CardKey(1, PUBLIC)}
CARD = CardCode(123456789012, 1, 3, date(2027, 12, 31))
PHONE = CardCode(123456789012, 2, at_s=1_795_000_000)
DOC = Path(__file__).parents[2] / "docs" / "cards.md"

members = st.integers(0, 2**48 - 1)
bytes_ = st.integers(0, 255)
days = st.dates(EPOCH, date(2199, 1, 1))


@given(
    st.builds(CardCode, members, bytes_, bytes_, days)
    | st.builds(CardCode, members, bytes_, at_s=st.integers(0, 2**32 - 1))
)
def test_what_is_written_is_read(code: CardCode) -> None:
    """Digits only, of one of two lengths, and back again with every field."""
    text = written(code, KEY.sign)
    assert len(text) in LENGTHS
    assert text.isdigit()
    found = read(text)
    assert found is not None
    assert (found.member, found.kid, found.issue, found.expires, found.at_s) == (
        code.member,
        code.kid,
        code.issue,
        code.expires,
        code.at_s,
    )


def test_one_changed_digit_is_never_believed() -> None:
    """Of every place of a card's text each other digit is refused, or cannot be read."""
    text = written(CARD, KEY.sign)
    rng = random.Random(4)
    for place in range(len(text)):
        other = rng.choice([digit for digit in "0123456789" if digit != text[place]])
        code = read(text[:place] + other + text[place + 1 :])
        assert code is None or card_flaw(code, KEYS, date(2026, 1, 1)) is not None


def test_each_flaw_has_its_name() -> None:
    """By the key's number, the signature, the day: what is wrong is told apart."""
    code = read(written(CARD, KEY.sign))
    assert code is not None
    assert card_flaw(code, KEYS, date(2027, 12, 30)) is None
    assert card_flaw(code, KEYS, date(2027, 12, 31)) is Flaw.EXPIRED
    assert card_flaw(code, {}, date(2026, 1, 1)) is Flaw.UNKNOWN_KEY
    assert card_flaw(code, {1: CardKey(1, PUBLIC, revoked=True)}, date(2026, 1, 1)) is Flaw.REVOKED_KEY
    assert card_flaw(code, {1: CardKey(1, bytes(32))}, date(2026, 1, 1)) is Flaw.FORGED


def test_a_phones_code_holds_a_minute_either_way() -> None:
    """The window and the till's own doubt; a card's code is no phone's, nor the other way round."""
    code, at = read(written(PHONE, KEY.sign)), 1_795_000_000
    assert code is not None
    assert phone_flaw(code, PUBLIC, at - WINDOW_S) is None
    assert phone_flaw(code, PUBLIC, at + WINDOW_S) is None
    assert phone_flaw(code, PUBLIC, at + WINDOW_S + 1) is Flaw.STALE
    assert phone_flaw(code, PUBLIC, at + WINDOW_S + 5, doubt_s=5) is None
    assert phone_flaw(code, bytes(32), at) is Flaw.FORGED
    card = read(written(CARD, KEY.sign))
    assert card is not None
    assert phone_flaw(card, PUBLIC, at) is Flaw.STALE
    assert card_flaw(code, {2: CardKey(2, PUBLIC)}, date(2026, 1, 1)) is Flaw.EXPIRED


@pytest.mark.parametrize("text", ["", "1" * 181, "9" * 184, "4" * 5000, "٤" * 181, "-" + "4" * 180])
def test_other_texts_are_no_codes(text: str) -> None:
    """Nothing else is read as one, whatever its length or script."""
    assert read(text) is None


@pytest.mark.parametrize(
    "code",
    [
        CardCode(2**48, 1, 1, date(2027, 1, 1)),
        CardCode(1, 256, 1, date(2027, 1, 1)),
        CardCode(1, 1, 256, date(2027, 1, 1)),
        CardCode(1, 1, 1, date(2019, 12, 31)),
        CardCode(1, 1, at_s=2**32),
    ],
)
def test_what_does_not_fit_is_not_written(code: CardCode) -> None:
    """A field too large for its bytes is an error, never another member's code."""
    with pytest.raises(ValueError, match="cannot hold"):
        written(code, KEY.sign)


def test_the_vectors_of_the_document() -> None:
    """docs/cards.md prints these texts; Ed25519 is deterministic, so they are the same for ever."""
    printed = re.findall("^[0-9]{181,184}$", DOC.read_text("utf-8"), re.MULTILINE)
    assert printed == [written(CARD, KEY.sign), written(PHONE, KEY.sign)]

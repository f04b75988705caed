"""One scan that arrives twice."""

import pytest

from pos_app.devices.duplicates import Duplicates, Window
from pos_app.devices.grammar import Code, Kind


def code(kind: Kind, value: str = "1") -> Code:
    return Code(kind, value, value)


@pytest.mark.parametrize("kind", [Kind.MEMBER, Kind.FOREIGN, Kind.SIGNED_CARD, Kind.VOUCHER])
def test_a_card_within_three_seconds_is_one_scan(kind: Kind) -> None:
    """The same card on any port counts once, until three seconds have passed."""
    seen = Duplicates(Window())
    answers = [seen.is_repeat(code(kind), port, at) for port, at in [("a", 0), ("b", 2999), ("a", 5999)]]
    assert answers == [False, True, False]


def test_a_card_left_under_the_reader_stays_one_scan() -> None:
    """Repetitions prolong the window."""
    seen = Duplicates(Window())
    assert [seen.is_repeat(code(Kind.MEMBER), "a", at) for at in range(0, 10_000, 500)] == [False] + [
        True
    ] * 19


def test_two_equal_products_are_two() -> None:
    """A product repeats only within 0.3 s on one port."""
    seen = Duplicates(Window())
    times = [("a", 0), ("a", 299), ("a", 599), ("b", 600)]
    assert [seen.is_repeat(code(Kind.PRODUCT), port, at) for port, at in times] == [False, True, False, False]


def test_different_cards_are_never_repeats() -> None:
    """Two people may stand at the till."""
    seen = Duplicates(Window())
    assert not seen.is_repeat(code(Kind.MEMBER, "1"), "a", 0)
    assert not seen.is_repeat(code(Kind.MEMBER, "2"), "a", 1)


def test_bad_codes_are_always_answered() -> None:
    """Two failed scans in a row both get their sentence."""
    seen = Duplicates(Window())
    assert not any(seen.is_repeat(code(Kind.BAD, ""), "a", at) for at in (0, 1))


def test_what_is_past_is_forgotten() -> None:
    """A long day does not fill the memory with card numbers."""
    seen = Duplicates(Window())
    for turn in range(5000):
        seen.is_repeat(code(Kind.MEMBER, str(turn)), "a", turn * 1000)
    assert len(seen._seen) <= 4


def test_what_was_put_aside_may_be_scanned_again_at_once() -> None:
    """After Esc the same card is a new scan."""
    seen = Duplicates(Window())
    seen.is_repeat(code(Kind.MEMBER), "a", 0)
    seen.clear()
    assert not seen.is_repeat(code(Kind.MEMBER), "a", 10)

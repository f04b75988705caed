"""Card numbers: check digits, the keyed permutation, links and blocks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import numbers

KEY = b"k" * 32
VECTORS = ["2956665091380", "2979473095005", "2967859396914", "2924609838520"]
SERIALS = st.integers(0, numbers.SPACE - 1)


@pytest.mark.parametrize(
    "number", ["4006381333931", "036000291452", "96385074", "15400141288763", "376130321109103420"]
)
def test_published_numbers_have_good_check_digits(number: str) -> None:
    """The published examples of EAN-13, UPC-A, EAN-8, GTIN-14 and GSRN all pass."""
    assert numbers.has_good_check_digit(number)


@given(SERIALS, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(serial: int, place: int, shift: int) -> None:
    """Changing any one digit of a member number breaks it."""
    number = numbers.member_number(serial, KEY)
    wrong = (int(number[place]) + shift) % 10
    assert not numbers.has_good_check_digit(f"{number[:place]}{wrong}{number[place + 1 :]}")


@given(SERIALS, st.binary(min_size=1, max_size=64))
def test_a_number_leads_back_to_its_serial(serial: int, key: bytes) -> None:
    """The permutation is one to one under every key."""
    number = numbers.member_number(serial, key)
    assert numbers.is_member_number(number)
    assert numbers.serial_of(number, key) == serial


def test_the_numbers_on_printed_cards_never_change() -> None:
    """Cards are printed with these numbers: another permutation would orphan them."""
    assert [numbers.member_number(serial, KEY) for serial in (0, 1, 2, numbers.SPACE - 1)] == VECTORS


def test_neighbours_are_scattered() -> None:
    """Following serials give numbers far apart, so that nobody guesses the next card."""
    bodies = [int(numbers.member_number(serial, KEY)[2:-1]) for serial in range(2000)]
    steps = [abs(after - before) for before, after in pairwise(bodies)]
    assert len(set(bodies)) == 2000
    assert min(steps) > 1000
    assert sum(steps) / len(steps) > numbers.SPACE / 5


@pytest.mark.parametrize("serial", [-1, numbers.SPACE])
def test_a_serial_outside_the_space_is_refused(serial: int) -> None:
    """Eleven digits cannot be put on a card."""
    with pytest.raises(ValueError, match="between 0 and"):
        numbers.member_number(serial, KEY)


@pytest.mark.parametrize("prefix", ["2", "290", "2x", "²9", ""])
def test_a_prefix_is_two_digits(prefix: str) -> None:
    """A wrong prefix is refused at once, not on ten thousand printed cards."""
    with pytest.raises(ValueError, match="two digits"):
        numbers.member_number(7, KEY, prefix)


def test_another_shops_number_has_no_serial() -> None:
    """Numbers are only taken back under the shop's own prefix."""
    with pytest.raises(ValueError, match="not a member number"):
        numbers.serial_of(numbers.member_number(7, KEY, "28"), KEY, "29")


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://id.shop.example/8018/376130321109103420", "376130321109103420"),
        ("HTTP://ID.SHOP.EXAMPLE/8018/376130321109103420", "376130321109103420"),
        ("https://id.shop.example/a/b/8018/376130321109103420/8019/1?x=1#y", "376130321109103420"),
        ("https://id.shop.example/8018/37613032110910342", None),
        ("https://id.shop.example/?u=/8018/376130321109103420", None),
        ("https://8018/376130321109103420", None),
        ("ftp://id.shop.example/8018/376130321109103420", None),
        ("https://id.shop.example/8018/٣٧٦١٣٠٣٢١١٠٩١٠٣٤٢٠", None),
        ("https://x.example/" + "a" * 3000 + "/8018/376130321109103420", None),
    ],
)
def test_the_service_number_in_a_link(link: str, found: str | None) -> None:
    """Only a path segment after 8018 counts, with 18 plain digits."""
    assert numbers.gsrn_in_link(link) == found


@given(st.text(max_size=40))
def test_no_text_breaks_the_checks(text: str) -> None:
    """Any text is answered, never raised on."""
    numbers.has_good_check_digit(text)
    numbers.is_gsrn(text)
    numbers.is_member_number(text)
    assert numbers.gsrn_in_link("https://" + text) is None or "/8018/" in text

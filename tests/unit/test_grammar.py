"""What a code means, decided in one place."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_app.devices.framing import Framer, FramerConfig
from pos_app.devices.grammar import Code, CodeConfig, Evidence, Kind, Reason, read_code
from pos_app.devices.messages import FAULT_SENTENCES, PORT_SENTENCES, REASON_SENTENCES
from sync.numbers import check_digit, member_number

CONFIG = CodeConfig()
MEMBER = member_number(42, b"key")
GSRN = "376130321109103420"
EAN = "4006381333931"
GS = "\x1d"


def read(text: str, aim: str | None = None, *, typed: bool = False) -> Code:
    return read_code(text, aim, CONFIG, typed=typed)


def signed(kind: int, extra: int = 0) -> str:
    body = bytes([1, kind]) + bytes(range(74 + extra))
    return str(int.from_bytes(body))


@pytest.mark.parametrize("aim", [None, "]E0", "]C0", "]Q1", "]A0", "]d1"])
def test_a_member_number_is_a_member_in_any_symbol(aim: str | None) -> None:
    """Wallets show the 13 digits as Code 128 or QR: the symbol does not matter."""
    code = read(MEMBER, aim)
    assert (code.kind, code.value, code.evidence_hint) == (Kind.MEMBER, MEMBER, Evidence.NUMBER)


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        (GSRN, None),
        ("8018" + GSRN, "]C1"),
        (GS + "8018" + GSRN + GS + "8019007", "]Q3"),
        ("10LOT" + GS + "8018" + GSRN, None),
        ("8018" + GSRN, None),
        ("01154001412887638018" + GSRN, "]C1"),
        ("0115400141288763" + GS + "8018" + GSRN, "]C1"),
        (f"https://id.shop.example/8018/{GSRN}", "]Q1"),
    ],
)
def test_a_service_relation_number_is_a_member(text: str, aim: str | None) -> None:
    """GSRN is taken as digits, as GS1 element string and as Digital Link."""
    code = read(text, aim)
    assert (code.kind, code.value) == (Kind.MEMBER, GSRN)


@pytest.mark.parametrize(
    "link",
    [
        f"https://id.gs1.org/01/0{EAN}",
        f"HTTPS://id.gs1.org/01/{EAN}/10/LOT7?linkType=all",
        f"https://brand.example/some/path/01/0{EAN}/21/1",
    ],
)
def test_the_link_of_a_product_is_the_product(link: str) -> None:
    """The square on a package is scanned at each sale: it is never a card that somebody could be enrolled with."""
    code = read(link, "]Q1")
    assert (code.kind, code.value) == (Kind.PRODUCT, EAN)


@pytest.mark.parametrize(
    "link", [f"https://x.example/01/{EAN[:-1]}0", "https://x.example/01/1234", "https://x.example/1/01"]
)
def test_another_address_is_a_foreign_card_as_ever(link: str) -> None:
    """Digits that are no product's make no product."""
    assert read(link, "]Q1").kind is Kind.FOREIGN


@pytest.mark.parametrize(
    "text", [GSRN[:-1] + "1", "8018" + GSRN[:-1] + "1", f"https://x.example/8018/{GSRN[:-1]}1"]
)
def test_a_service_relation_number_with_a_wrong_check_digit_is_bad(text: str) -> None:
    """No carrier excuses a wrong check digit."""
    assert read(text).reason is Reason.BAD_CHECK_DIGIT


@pytest.mark.parametrize(
    ("text", "aim", "value"),
    [
        (EAN, "]E0", EAN),
        (EAN, None, EAN),
        ("96385074", "]E4", "96385074"),
        ("96385074", None, "96385074"),
        ("036000291452", None, "0036000291452"),
        ("0036000291452", "]E0", "0036000291452"),
        ("0" + EAN, None, EAN),
        ("15400141288763", "]I1", "15400141288763"),
        ("010" + EAN + "17261231" + "10LOT", "]C1", EAN),
        (EAN + "12", "]E3", EAN),
        (member_number(42, b"key", "21"), "]E0", member_number(42, b"key", "21")),
    ],
)
def test_products_have_one_value_whatever_the_symbol(text: str, aim: str | None, value: str) -> None:
    """UPC-A, EAN-13 and a padded GTIN-14 of one product are the same product."""
    code = read(text, aim)
    assert (code.kind, code.value) == (Kind.PRODUCT, value)


@pytest.mark.parametrize(
    ("text", "aim", "reason"),
    [
        ("", None, Reason.EMPTY),
        ("   ", "]C0", Reason.EMPTY),
        (MEMBER[:-1] + str((int(MEMBER[-1]) + 1) % 10), None, Reason.BAD_CHECK_DIGIT),
        (MEMBER[:-1] + str((int(MEMBER[-1]) + 1) % 10), "]C0", Reason.BAD_CHECK_DIGIT),
        (MEMBER[:-1], "]E0", Reason.TOO_SHORT),
        (MEMBER + "1", "]E0", Reason.TOO_LONG),
        ("29r3456789012", "]E0", Reason.NOT_DIGITS),
        ("12", "]E1", Reason.TOO_SHORT),
        ("12345", "]C0", Reason.TOO_SHORT),
        ("x" * 257, "]Q1", Reason.TOO_LONG),
        ("7" * 10_000, None, Reason.TOO_LONG),
        ("154001412887", "]I1", Reason.ITF_LENGTH),
        ("15400141288764", "]I0", Reason.BAD_CHECK_DIGIT),
        ("1540014128876A", "]I0", Reason.NOT_DIGITS),
        (MEMBER + MEMBER, None, Reason.TWO_CODES),
        ("2" + "0" * 180, None, Reason.MALFORMED_SIGNED),
        ("card\x1b[2J", None, Reason.CONTROL_CHARACTERS),
        ("card\x00123", "]Q1", Reason.CONTROL_CHARACTERS),
        ("card\u202e123", "]Q1", Reason.CONTROL_CHARACTERS),
        ("card\x9b31m", "]Q1", Reason.CONTROL_CHARACTERS),
        ("10LOT" + GS + "\x1b[2J", "]C1", Reason.CONTROL_CHARACTERS),
        ("0112345", "]C1", Reason.MALFORMED_GS1),
        ("00" + GSRN, "]C1", Reason.NO_USE),
    ],
)
def test_bad_codes_say_why(text: str, aim: str | None, reason: Reason) -> None:
    """Each refusal has its reason and carries no value."""
    code = read(text, aim)
    assert (code.kind, code.reason, code.value) == (Kind.BAD, reason, "")


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("CLUB-000123", "]C0"),
        ("6034935111234567", "]C0"),
        ("9135720011223344556", None),
        ("4006381333932", "]C0"),
        ("Zoë & Frères 12", "]Q1"),
        ("https://id.shop.example/me/77", "]Q1"),
    ],
)
def test_other_cards_are_foreign(text: str, aim: str | None) -> None:
    """Any other plausible text may be a card that the shop has enrolled."""
    code = read(text, aim)
    assert (code.kind, code.value) == (Kind.FOREIGN, text)


@pytest.mark.parametrize(
    ("text", "typed", "kind", "value"),
    [
        ("BDG-7Q2XK4", False, Kind.BADGE, "BDG-7Q2XK4"),
        ("bdg-7q2xk4", True, Kind.BADGE, "BDG-7Q2XK4"),
        ("T2-1-1843", False, Kind.TICKET, "2-1-1843"),
        ("t2-1-1843", True, Kind.TICKET, "2-1-1843"),
        ("2-1-1843", True, Kind.TICKET, "2-1-1843"),
        ("T2-1-1843 0a1b2c", False, Kind.TICKET, "2-1-1843 0a1b2c"),
        ("2-1-1843-0A1B2C", True, Kind.TICKET, "2-1-1843 0a1b2c"),
        ("2-1-179000", True, Kind.TICKET, "2-1-179000"),
        ("2-1-1843", False, Kind.FOREIGN, "2-1-1843"),
        ("T02-1-1843", False, Kind.FOREIGN, "T02-1-1843"),
        ("V-8K2M-77AQ", False, Kind.VOUCHER, "V-8K2M-77AQ"),
    ],
)
def test_badges_tickets_and_vouchers(text: str, typed: bool, kind: Kind, value: str) -> None:
    """Our own papers are known by how they begin; typing is lenient about capitals."""
    code = read(text, typed=typed)
    assert (code.kind, code.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "length", "evidence"),
    [(signed(0x11), 181, Evidence.STATIC), (signed(0x21, extra=1), 184, Evidence.DYNAMIC)],
)
def test_signed_cards_pass_through_undecided(text: str, length: int, evidence: Evidence) -> None:
    """A signed code keeps its digits for verification and hints at what it could prove."""
    assert len(text) == length
    code = read(text, "]Q1")
    assert (code.kind, code.value, code.evidence_hint) == (Kind.SIGNED_CARD, text, evidence)


def test_an_identifier_typed_by_a_wedge_is_split_off() -> None:
    """A keyboard wedge types the identifier as plain characters."""
    code = read("]E0" + MEMBER)
    assert (code.kind, code.aim, code.raw) == (Kind.MEMBER, "]E0", MEMBER)


def test_the_shop_chooses_its_prefix() -> None:
    """Under another prefix the default one is a product number."""
    assert read_code(MEMBER, None, CodeConfig(member_prefix="24")).kind is Kind.PRODUCT


TEXTS = st.one_of(
    st.text(max_size=300),
    st.text("0123456789", max_size=200),
    st.text("0123456789\x1d]ECQ-TV/:. ", max_size=40),
)
AIMS = st.sampled_from([None, "]E0", "]E3", "]E4", "]C0", "]C1", "]I1", "]Q1", "]Q3", "]d2"])


@given(TEXTS, AIMS, st.booleans())
@example("\ud800" * 8, None, False)
@example("²" * 13, "]E0", True)
@example("٣" * 181, None, False)
def test_no_text_raises_or_smuggles(text: str, aim: str | None, typed: bool) -> None:
    """Whatever comes is answered, and a value never holds anything unprintable."""
    code = read(text, aim, typed=typed)
    assert code.value.isprintable()
    assert (code.kind is Kind.BAD) == (code.reason is not None) == (code.value == "")
    if code.kind in (Kind.MEMBER, Kind.PRODUCT):
        assert code.value.isascii()
        assert check_digit(code.value[:-1]) == code.value[-1]


@given(st.binary(max_size=400))
def test_no_bytes_raise_through_framer_and_grammar(data: bytes) -> None:
    """From the wire to the meaning nothing raises."""
    for frame in Framer(FramerConfig()).feed(data + b"\r", 0):
        assert read(frame.text, frame.aim).value.isprintable()


def test_every_refusal_has_a_sentence() -> None:
    """No reason, fault or port state leaves the cashier without words."""
    for sentences in (REASON_SENTENCES, FAULT_SENTENCES, PORT_SENTENCES):
        assert set(sentences) == set(type(next(iter(sentences))))
    assert all("{port}" in sentence for sentence in PORT_SENTENCES.values())

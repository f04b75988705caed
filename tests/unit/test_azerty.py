"""Folding a wrong keyboard layout back, and leaving everything else alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.devices.azerty import fold
from pos_app.devices.grammar import CodeConfig, Kind, read_code


def test_a_garbled_member_card_is_read_and_reported() -> None:
    """The card of the design's example is folded, flagged, and accepted by the grammar."""
    folded = fold("éç&é\"'(-è_çà-")
    assert (folded.text, folded.wrong_layout) == ("2912345678906", True)
    assert read_code(folded.text, None, CodeConfig()).kind is Kind.MEMBER


@pytest.mark.parametrize(
    "text",
    [
        "2912345678906",
        "éç&é\"'(-è_çà-1",
        "-",
        "(-)",
        "été",
        "M. & Mme",
        "$Eà",
        "",
        "T2-1-1843",
        "$5éç&é\"'(-è",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    """A digit, a stranger or a short text means that nobody's layout is wrong."""
    folded = fold(text)
    assert (folded.text, folded.wrong_layout) == (text, False)


@given(st.text())
def test_no_text_breaks_the_fold(text: str) -> None:
    """Folding answers any text and reports a change exactly when it made one."""
    folded = fold(text)
    assert folded.wrong_layout == (folded.text != text)

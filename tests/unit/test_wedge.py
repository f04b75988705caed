"""Scanners that type: told from people by a start key, by speed, or by a paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.devices.azerty import fold
from pos_app.devices.wedge import Wedge, WedgeConfig, WedgeResult

NAMED = {"\r": "enter", "\n": "ctrl+j", "\t": "tab"}


def press(wedge: Wedge, text: str, start_ms: int = 0, gap_ms: int = 5) -> list[WedgeResult]:
    """Press one key after another, as Textual reports them."""
    return [
        wedge.key(char, NAMED.get(char, char), start_ms + place * gap_ms) for place, char in enumerate(text)
    ]


def typed(results: list[WedgeResult]) -> str:
    return "".join(key.char or "" for result in results for key in result.typing)


def scans(results: list[WedgeResult]) -> list[str]:
    return [result.scan for result in results if result.scan is not None]


@pytest.mark.parametrize("end", ["\r", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("gap", [0, 5, 30, 50])
def test_a_fast_burst_is_a_scan_and_leaves_nothing(end: str, gap: int) -> None:
    """Thirteen digits at scanner speed become one scan; no key, line feed included, gets through."""
    results = press(Wedge(WedgeConfig()), "2912345678906" + end, gap_ms=gap)
    assert scans(results) == ["2912345678906"]
    assert typed(results) == ""


def test_a_person_s_keys_arrive_intact() -> None:
    """Keys 80 ms apart are typing, each released by the time the next one comes."""
    wedge = Wedge(WedgeConfig())
    results = press(wedge, "2912345678906\r", gap_ms=80)
    assert scans(results) == []
    assert typed(results) == "2912345678906\r"


def test_few_fast_digits_stay_an_amount() -> None:
    """A quick 4590 and Enter is typing: under six characters nothing is a scan."""
    results = press(Wedge(WedgeConfig()), "45900\r", gap_ms=10)
    assert (typed(results), scans(results)) == ("45900\r", [])


def test_held_keys_are_released_after_the_gap() -> None:
    """The screen asks again after the gap and gets the key, once."""
    wedge = Wedge(WedgeConfig())
    assert wedge.key("4", "4", 100) == WedgeResult()
    assert wedge.holding
    assert wedge.flush(150) == WedgeResult()
    assert typed([wedge.flush(151)]) == "4"
    assert not wedge.holding
    assert typed([wedge.flush(300)]) == ""


def test_a_key_that_types_nothing_ends_the_burst() -> None:
    """Function keys and Escape go through at once and keep the order."""
    wedge = Wedge(WedgeConfig())
    press(wedge, "12")
    result = wedge.key(None, "f3", 12)
    assert [key.key for key in result.typing] == ["1", "2", "f3"]
    assert [key.key for key in wedge.key("\x1b", "escape", 15).typing] == ["escape"]
    assert [key.key for key in wedge.key("\x7f", "backspace", 16).typing] == ["backspace"]


def test_a_start_key_needs_no_speed() -> None:
    """After the start key even slow and short codes are scans, without delay for people."""
    wedge = Wedge(WedgeConfig(start="~", timing=False))
    results = press(wedge, "~V-77\r", gap_ms=200)
    assert (scans(results), typed(results)) == (["V-77"], "")
    assert typed([wedge.key("4", "4", 5000)]) == "4"


def test_a_start_key_may_be_a_function_key() -> None:
    """Keys are matched by name as well as by character."""
    wedge = Wedge(WedgeConfig(start="f11", timing=False))
    wedge.key(None, "f11", 0)
    assert scans(press(wedge, "T2-1-7\r", 5)) == ["T2-1-7"]


def test_a_start_key_pressed_by_hand_locks_nothing() -> None:
    """Without a code behind it, all keys come back as typing."""
    wedge = Wedge(WedgeConfig(start="~"))
    press(wedge, "~a")
    assert typed([wedge.flush(400)]) == ""
    assert typed([wedge.flush(600)]) == "~a"
    assert typed(press(wedge, "~\r", 1000)) == "~\r"


def test_a_line_feed_later_is_a_key_again() -> None:
    """Only the line feed that belongs to the scan is swallowed."""
    wedge = Wedge(WedgeConfig())
    press(wedge, "2912345678906\r", gap_ms=1)
    assert [key.key for key in wedge.key("\n", "ctrl+j", 500).typing] == ["ctrl+j"]


def test_a_runaway_keyboard_is_thrown_away_once() -> None:
    """A burst beyond the limit frees its memory, says so once, and the next scan is read."""
    wedge = Wedge(WedgeConfig(longest=100))
    results = press(wedge, "7" * 1000 + "\r", gap_ms=1)
    assert [result.too_long for result in results].count(True) == 1
    assert (typed(results), scans(results)) == ("", [])
    assert scans(press(wedge, "2912345678906\r", 2000)) == ["2912345678906"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2912345678906", WedgeResult(scan="2912345678906")),
        ("2912345678906\r\n", WedgeResult(scan="2912345678906")),
        ("one\ntwo", WedgeResult()),
        ("\n", WedgeResult()),
        ("7" * 5000, WedgeResult(too_long=True)),
    ],
)
def test_a_paste_of_one_line_is_a_scan(text: str, result: WedgeResult) -> None:
    """Pasted lines are scans, pasted pages are not."""
    assert Wedge(WedgeConfig()).paste(text) == result


@given(
    st.lists(st.tuples(st.sampled_from("0123456789~abé\r\t\n"), st.integers(0, 700)), max_size=40),
    st.booleans(),
)
def test_no_key_is_lost_or_doubled(keys: list[tuple[str, int]], timing: bool) -> None:
    """Every key comes out once, in order: as typing, as part of a scan, or as the end or start of one."""
    wedge = Wedge(WedgeConfig(timing=timing))
    now, out = 0, []
    for char, gap in keys:
        now += gap
        out.append(wedge.key(char, NAMED.get(char, char), now))
    out.append(wedge.flush(now + 1000))
    passed = "".join(typed([result]) + (result.scan or "") for result in out)
    plain = [char for char, _ in keys if char.isalnum()]
    assert [char for char in passed if char.isalnum()] == plain


@given(st.text("0123456789", min_size=6, max_size=20))
def test_azerty_folding_is_reversible(digits: str) -> None:
    """What an AZERTY till makes of a US scanner's digits comes back, identifier included."""
    garbled = digits.translate(str.maketrans("1234567890", "&é\"'(-è_çà"))
    assert fold(garbled).text == digits
    assert fold("$Eà" + garbled).text == "]E0" + digits
    assert fold("$A&" + garbled).text == "]Q1" + digits
    assert fold(garbled).wrong_layout

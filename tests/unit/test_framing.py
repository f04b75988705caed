"""Cutting the byte stream of a scanner into frames."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.devices.framing import Ended, Fault, Frame, Framer, FramerConfig
from pos_app.devices.grammar import CodeConfig, Kind, read_code
from sync.numbers import member_number

CARD = b"2912345678906"


def frames_of(data: bytes, config: FramerConfig | None = None) -> tuple[Frame, ...]:
    return Framer(config or FramerConfig()).feed(data, 0)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t", b"\x03", b"\r\n\r\n"])
def test_every_maker_s_suffix_ends_one_frame(end: bytes) -> None:
    """CR, LF, both, TAB and ETX all end a frame, and empty frames are nothing."""
    (frame,) = frames_of(b"]E0" + CARD + end)
    assert (frame.data, frame.aim, frame.ended, frame.fault) == (CARD, "]E0", Ended.SUFFIX, None)
    assert frame.text == CARD.decode()


def test_a_frame_may_come_byte_by_byte() -> None:
    """At 9600 baud each byte arrives alone; silence shorter than the limit does not cut."""
    framer = Framer(FramerConfig())
    found = []
    for at, byte in enumerate(b"]E0" + CARD + b"\r"):
        found += [*framer.tick(at * 40), *framer.feed(bytes([byte]), at * 40)]
    assert [frame.data for frame in found] == [CARD]


def test_silence_ends_a_frame_without_suffix() -> None:
    """A scanner that sends no suffix is understood after the idle time, not before."""
    framer = Framer(FramerConfig(idle_ms=60))
    assert framer.feed(CARD, 1000) == ()
    assert framer.tick(1059) == ()
    (frame,) = framer.tick(1060)
    assert (frame.data, frame.ended, frame.at_ms) == (CARD, Ended.IDLE, 1060)
    assert framer.tick(2000) == ()


@pytest.mark.parametrize("noise", [b"", b"\xff", b"\x00\x80~", b"]]", b"]E", b"12"])
def test_noise_before_the_identifier_is_dropped(noise: bytes) -> None:
    """The identifier is looked for anywhere, so line noise costs nothing."""
    (frame,) = frames_of(noise + b"]E0" + CARD + b"\r")
    assert (frame.data, frame.aim, frame.fault) == (CARD, "]E0", None)


def test_start_of_text_restarts() -> None:
    """STX throws away what came before it."""
    (frame,) = frames_of(b"291234\x02]E0" + CARD + b"\x03")
    assert frame.data == CARD


def test_glued_codes_are_refused_not_guessed() -> None:
    """Two codes without an end between them are not silently reduced to one."""
    (frame,) = frames_of(b"]C0CLUB-77]E0" + CARD + b"\r")
    assert (frame.data, frame.aim, frame.fault) == (CARD, "]E0", Fault.GLUED)
    assert frame.text == ""


def test_the_rest_of_a_split_code_is_refused() -> None:
    """A QR code with line ends in it becomes one frame and refused pieces, however many lines."""
    first, second, third = frames_of(b"]Q1first\r\nsecond\r\nthird\r\n")
    assert (first.fault, second.fault, third.fault) == (None, Fault.SPLIT, Fault.SPLIT)


def test_a_later_frame_without_identifier_is_accepted() -> None:
    """Scanners without identifiers work: only what follows at once is refused."""
    framer = Framer(FramerConfig(split_ms=30))
    (first,) = framer.feed(CARD + b"\r", 0)
    (second,) = framer.feed(CARD + b"\r", 30)
    assert first.fault is None
    assert second.fault is None


def test_two_identified_frames_at_once_are_two_scans() -> None:
    """What carries its own identifier is whole, however fast it comes."""
    assert [frame.fault for frame in frames_of(b"]E0" + CARD + b"\r]E0" + CARD + b"\r")] == [None, None]


def test_an_over_long_line_is_one_fault_and_then_it_goes_on() -> None:
    """Ten kilobytes without an end become one faulty frame; the next scan is read."""
    framer = Framer(FramerConfig())
    found = list(framer.feed(b"7" * 10_000, 0))
    found += framer.feed(b"7\r", 500)
    found += framer.feed(b"]E0" + CARD + b"\r", 900)
    assert [(frame.data, frame.fault) for frame in found] == [(b"", Fault.TOO_LONG), (CARD, None)]


def test_the_buffer_stays_within_its_limit() -> None:
    """A frame of exactly the limit passes, one byte more does not."""
    assert frames_of(b"7" * 4096 + b"\r")[0].fault is None
    assert frames_of(b"7" * 4097 + b"\r")[0].fault is Fault.TOO_LONG


def test_bytes_that_are_no_text_are_a_fault() -> None:
    """Binary noise gets a sentence of its own."""
    assert frames_of(b"\xff\xfe\x80\r")[0].fault is Fault.BINARY


def test_utf8_passes() -> None:
    """A QR code may hold accents."""
    assert frames_of("]Q1Café Zoë\r".encode())[0].text == "Café Zoë"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"]Q2\\000026Caf\xc3\xa9", "Café"),
        (b"]Q2\\000003Caf\xe9", "Café"),
        (b"]Q4a\\\\b", "a\\b"),
        (b"]Q1a\\000026", "a\\000026"),
        (b"]Q2\\000003\xe9\\000026\xc3\xa9", "éé"),
    ],
)
def test_character_set_escapes(data: bytes, text: str) -> None:
    """Escapes are undone only after the identifiers that announce them."""
    assert frames_of(data + b"\r")[0].text == text


def test_an_unknown_character_set_is_a_fault() -> None:
    """Text that cannot be decoded is refused, not guessed."""
    assert frames_of(b"]Q2\\999999abc\r")[0].fault is Fault.BINARY


def test_the_maker_s_prefix_is_stripped() -> None:
    """A port may send a code letter of its own before each code."""
    assert frames_of(b"F" + CARD + b"\r", FramerConfig(prefix=b"F"))[0].data == CARD
    assert frames_of(CARD + b"\r", FramerConfig(prefix=b"F"))[0].data == CARD


def test_a_port_that_expects_identifiers_refuses_frames_without() -> None:
    """With identifiers switched on, a frame that lost its own is damaged."""
    config = FramerConfig(expects_aim=True)
    assert frames_of(b"E0" + CARD + b"\r", config)[0].fault is Fault.NO_AIM
    assert frames_of(b"]E0" + CARD + b"\r", config)[0].fault is None


def test_an_envelope_keeps_line_ends_and_ignores_the_rest() -> None:
    """In STX-ETX mode only what stands between them counts."""
    found = frames_of(b"noise\r\x02]Q1a\r\nb\x03\rnoise\x03\x02]E012\x03", FramerConfig(envelope=True))
    assert [frame.data for frame in found] == [b"a\r\nb", b"12"]


def test_half_a_scan_before_a_reset_joins_nothing() -> None:
    """After an unplug the tail of the next scan stands alone."""
    framer = Framer(FramerConfig())
    framer.feed(b"]E029123", 0)
    framer.reset()
    (frame,) = framer.feed(b"45678906\r", 5)
    assert (frame.data, frame.aim) == (b"45678906", None)


@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans(), st.booleans())
def test_no_bytes_break_the_framer(chunks: list[bytes], envelope: bool, expects_aim: bool) -> None:
    """Any bytes in any portions give frames or nothing, bounded, and a clean scan after silence is read."""
    framer = Framer(FramerConfig(envelope=envelope, expects_aim=expects_aim, limit=40))
    for at, chunk in enumerate(chunks):
        for frame in (*framer.feed(chunk, at * 20), *framer.tick(at * 20 + 10)):
            assert len(frame.data) <= 40
            assert not (frame.fault and frame.text)
    framer.tick(10_000)
    last = framer.feed(b"\x02]E0" + CARD + b"\x03", 20_000)
    assert [frame.text for frame in last] == [CARD.decode()]


@given(st.lists(st.sampled_from([b"]E0" + CARD, b"]Q1hello", b"]C1abc"]), max_size=6), st.data())
def test_portions_do_not_matter(codes: list[bytes], data: st.DataObject) -> None:
    """How the operating system cuts the stream changes nothing."""
    stream = b"".join(code + b"\r\n" for code in codes)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer = Framer(FramerConfig())
    parts = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    found = [frame for part in parts for frame in framer.feed(part, 0)]
    assert found == list(frames_of(stream))


def damaged(code: bytes, kind: str, rate: float, chance: random.Random) -> bytes:
    if kind == "noise":
        return bytes(chance.choice(b"\x00\x7f\xff~!") for _ in range(chance.randrange(4))) + code
    if kind == "loss":
        return bytes(byte for byte in code if chance.random() >= rate)
    return bytes(byte ^ (1 << chance.randrange(8)) if chance.random() < rate else byte for byte in code)


# kind of damage, rate per byte, least share read right, most wrong numbers accepted of 2000
FAULTS = [
    ("noise", 0.0, 1.0, 0),
    ("loss", 0.002, 0.94, 0),
    ("loss", 0.01, 0.80, 0),
    ("loss", 0.05, 0.38, 0),
    ("flip", 0.002, 0.94, 0),
    ("flip", 0.01, 0.80, 0),
    ("flip", 0.05, 0.36, 6),
]


@pytest.mark.parametrize(("kind", "rate", "right_share", "most_wrong"), FAULTS)
def test_a_damaged_line_loses_scans_but_hardly_ever_takes_a_wrong_member(
    kind: str, rate: float, right_share: float, most_wrong: int
) -> None:
    """Noise, lost bytes and flipped bits through framer and grammar: rejected, not misread."""
    chance = random.Random(f"{kind}{rate}")
    framer = Framer(FramerConfig(expects_aim=True))
    right = wrong = 0
    for turn in range(2000):
        number = member_number(chance.randrange(10**10), b"key")
        sent = damaged(b"]E0" + number.encode() + b"\r", kind, rate, chance)
        at = turn * 1000
        found = (*framer.feed(sent, at), *framer.tick(at + 100))
        codes = [read_code(frame.text, frame.aim, CodeConfig()) for frame in found]
        members = [code.value for code in codes if code.kind is Kind.MEMBER]
        assert not any(code.kind is Kind.FOREIGN for code in codes) or kind == "flip"
        right += members == [number]
        wrong += any(value != number for value in members)
    assert right >= right_share * 2000
    assert wrong <= most_wrong

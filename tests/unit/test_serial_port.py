"""Serial ports, read for real: pseudo-terminals that are unplugged, locked and forbidden."""

import errno
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from pos_app.devices import usb_names
from pos_app.devices.framing import Fault, Frame, FramerConfig
from pos_app.devices.serial_port import (
    PRESETS,
    REOPEN_EVERY,
    Feedback,
    PortConfig,
    PortReader,
    PortState,
    PortThread,
    open_serial,
    state_after,
)
from pos_app.devices.simulated import SimulatedScanner

CARD = "2912345678906"
NOBODY = 65534
PATIENCE = 20.0  # seconds; only a broken reader waits this long


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Shop:
    """Collects what a reader reports."""

    def __init__(self, config: PortConfig, *, durable: bool = True) -> None:
        self.durable = durable
        self.frames: list[Frame] = []
        self.states: list[PortState] = []
        self.arrivals: queue.Queue[Frame] = queue.Queue()
        self.reader = PortReader(config, self.store, watch=self.watch, now_ms=now_ms)

    def store(self, name: str, frame: Frame) -> bool:
        assert name == self.reader.name
        self.frames.append(frame)
        self.arrivals.put(frame)
        return self.durable and frame.fault is None

    def watch(self, name: str, state: PortState) -> None:
        assert name == self.reader.name
        self.states.append(state)

    def step_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, "the reader never got there"
            self.reader.step()


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[SimulatedScanner]:
    with SimulatedScanner(tmp_path / "scanner") as device:
        yield device


@contextmanager
def opened(config: PortConfig, *, durable: bool = True) -> Iterator[Shop]:
    shop = Shop(config, durable=durable)
    try:
        shop.reader.step()
        yield shop
    finally:
        shop.reader.close()


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may open anything: give that up around the call."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_scan_becomes_a_frame(scanner: SimulatedScanner) -> None:
    """What the device sends arrives once, with its identifier."""
    with opened(PortConfig(scanner.port)) as shop:
        scanner.scan(CARD, aim="]E0", suffix=b"\r\n")
        shop.step_until(lambda: bool(shop.frames))
        (frame,) = shop.frames
        assert (frame.text, frame.aim) == (CARD, "]E0")
        assert shop.states == [PortState.OPEN]


def test_a_scan_without_suffix_is_ended_by_silence(scanner: SimulatedScanner) -> None:
    """Nothing but time ends this frame."""
    with opened(PortConfig(scanner.port)) as shop:
        scanner.scan(CARD, suffix=b"")
        shop.step_until(lambda: bool(shop.frames))
        assert shop.frames[0].text == CARD


def test_slow_bytes_are_one_frame(scanner: SimulatedScanner) -> None:
    """A slow line does not break a frame apart."""
    with opened(PortConfig(scanner.port, framer=FramerConfig(idle_ms=5000))) as shop:
        sender = threading.Thread(target=scanner.scan, args=(CARD, "]E0", b"\r", 0.002))
        sender.start()
        shop.step_until(lambda: bool(shop.frames))
        sender.join()
        assert [frame.text for frame in shop.frames] == [CARD]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_opens(scanner: SimulatedScanner, preset: str) -> None:
    """The settings offered to the shop are settings that pyserial takes."""
    with opened(PortConfig(scanner.port, line=PRESETS[preset])) as shop:
        assert shop.states == [PortState.OPEN]


def test_a_scan_made_before_opening_is_not_stale_news(scanner: SimulatedScanner) -> None:
    """Opening empties the input: the card of an hour ago is not taken for the next customer."""
    scanner.scan("OLDCARD1")
    with opened(PortConfig(scanner.port)) as shop:
        scanner.scan(CARD)
        shop.step_until(lambda: bool(shop.frames))
        assert [frame.text for frame in shop.frames] == [CARD]


def test_unplug_and_replug(scanner: SimulatedScanner) -> None:
    """An unplugged scanner is noticed, taken up again by itself, and no half frame survives."""
    with opened(PortConfig(scanner.port)) as shop:
        scanner.send(b"]E0291234")
        shop.reader.step()
        scanner.unplug()
        shop.step_until(lambda: shop.reader.state is PortState.ABSENT)
        assert shop.reader.step() == REOPEN_EVERY
        scanner.replug()
        shop.step_until(lambda: shop.reader.state is PortState.OPEN)
        scanner.scan(CARD, aim="]E0")
        shop.step_until(lambda: bool(shop.frames))
        assert [frame.data.decode() for frame in shop.frames] == [CARD]
        assert shop.states == [PortState.OPEN, PortState.ABSENT, PortState.OPEN]


def test_no_port(tmp_path: Path) -> None:
    """A port that is not there is a state, not an error."""
    with opened(PortConfig(str(tmp_path / "nothing"))) as shop:
        assert shop.states == [PortState.ABSENT]


@pytest.mark.parametrize(
    "name", ["nonsense://port", "hwgrep://no such device", "usb:dead:beef", "/dev/null", ""]
)
def test_names_that_lead_nowhere(name: str) -> None:
    """Whatever stands in the configuration, the reader goes on polling."""
    with opened(PortConfig(name)) as shop:
        assert shop.reader.step() == REOPEN_EVERY
        assert shop.states == [PortState.ABSENT]


def test_a_port_in_use(scanner: SimulatedScanner) -> None:
    """A second reader of one port is told that it is taken, and gets it when it is free."""
    with opened(PortConfig(scanner.port)) as first, opened(PortConfig(scanner.port)) as second:
        assert second.states == [PortState.BUSY]
        first.reader.close()
        second.step_until(lambda: second.reader.state is PortState.OPEN)


def test_no_right_to_the_port(scanner: SimulatedScanner) -> None:
    """A missing right is told apart from a missing port, and healed while running."""
    Path(scanner.port).chmod(0)
    shop = Shop(PortConfig(str(Path(scanner.port).resolve())))
    with without_privileges():
        shop.reader.step()
    assert shop.states == [PortState.DENIED]
    Path(scanner.port).chmod(0o600)
    shop.step_until(lambda: shop.reader.state is PortState.OPEN)
    shop.reader.close()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OSError(errno.EBUSY, "busy"), PortState.BUSY),
        (OSError(errno.EPERM, "no"), PortState.DENIED),
        (
            OSError("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"),
            PortState.BUSY,
        ),
        (OSError("could not open port 'COM3': FileNotFoundError(2, 'x')"), PortState.ABSENT),
    ],
)
def test_what_an_error_means(error: OSError, state: PortState) -> None:
    """Errors that cannot be caused here are still told apart."""
    assert state_after(error) is state


def test_the_answer_follows_storing(scanner: SimulatedScanner) -> None:
    """The scanner hears the good bytes only after the sink has stored the scan."""
    config = PortConfig(scanner.port, feedback=Feedback(good=b"\x1b7,", bad=b"\x1b8,"))
    heard_while_storing: list[bytes] = []
    with opened(config) as shop:
        store = shop.store

        def listening(name: str, frame: Frame) -> bool:
            heard_while_storing.append(scanner.feedback(0.0))
            return store(name, frame)

        shop.reader._sink = listening
        scanner.scan(CARD)
        shop.step_until(lambda: bool(shop.frames))
        assert heard_while_storing == [b""]
        assert scanner.feedback(PATIENCE) == b"\x1b7,"


@pytest.mark.parametrize(("durable", "data"), [(False, b"12345678\r"), (True, b"\xff\xfe\r")])
def test_a_scan_that_is_not_stored_is_answered_with_bad(
    scanner: SimulatedScanner, durable: bool, data: bytes
) -> None:
    """Neither a failed store nor noise is acknowledged."""
    config = PortConfig(scanner.port, feedback=Feedback(good=b"\x06", bad=b"\x15"))
    with opened(config, durable=durable) as shop:
        scanner.send(data)
        shop.step_until(lambda: bool(shop.frames))
        assert scanner.feedback(PATIENCE) == b"\x15"


def test_a_sink_that_breaks_costs_one_scan_only(
    scanner: SimulatedScanner, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception while storing is a bad answer; the next scan is read; the log holds no card number."""
    config = PortConfig(scanner.port, feedback=Feedback(good=b"\x06", bad=b"\x15"))
    with opened(config) as shop:
        store, shop.reader._sink = shop.reader._sink, failing
        scanner.scan(CARD)
        shop.step_until(lambda: bool(caplog.records))
        assert scanner.feedback(PATIENCE) == b"\x15"
        assert CARD not in caplog.text
        shop.reader._sink = store
        scanner.scan(CARD, aim="]E0")
        shop.step_until(lambda: bool(shop.frames))
        assert scanner.feedback(PATIENCE) == b"\x06"


def failing(_name: str, frame: Frame) -> bool:
    raise RuntimeError(frame.text)


def test_nothing_is_sent_unasked(scanner: SimulatedScanner) -> None:
    """Without a feedback profile not one byte goes to the scanner."""
    with opened(PortConfig(scanner.port)) as shop:
        shop.reader.enable(on=False)
        scanner.scan(CARD)
        shop.step_until(lambda: bool(shop.frames))
        shop.reader.step()
        assert scanner.feedback(0.0) == b""


def test_enable_and_disable(scanner: SimulatedScanner) -> None:
    """A profile with those bytes enables on opening and follows orders from another thread."""
    with opened(PortConfig(scanner.port, feedback=Feedback(enable=b"E", disable=b"D"))) as shop:
        assert scanner.feedback(PATIENCE) == b"E"
        shop.reader.enable(on=False)
        shop.reader.step()
        assert scanner.feedback(PATIENCE) == b"D"


def test_a_port_that_never_speaks_is_silent(scanner: SimulatedScanner) -> None:
    """A scanner in keyboard mode leaves its port silent; the first byte ends that state."""
    with opened(PortConfig(scanner.port, silent_after_ms=1)) as shop:
        shop.step_until(lambda: shop.reader.state is PortState.SILENT)
        scanner.scan(CARD)
        shop.step_until(lambda: bool(shop.frames))
        assert shop.states[:3] == [PortState.OPEN, PortState.SILENT, PortState.OPEN]


def test_a_scanner_that_spoke_once_may_rest(scanner: SimulatedScanner) -> None:
    """A quiet morning is no fault: only a port that never spoke is told about."""
    with opened(PortConfig(scanner.port, silent_after_ms=500)) as shop:
        scanner.scan(CARD)
        shop.step_until(lambda: bool(shop.frames))
        until = time.monotonic() + 0.8
        shop.step_until(lambda: time.monotonic() > until)
        assert shop.states == [PortState.OPEN]


def test_ten_kilobytes_are_one_fault_and_the_next_scan_is_read(scanner: SimulatedScanner) -> None:
    """A runaway device costs one sentence."""
    with opened(PortConfig(scanner.port)) as shop:
        sender = threading.Thread(
            target=scanner.send, args=(b"7" * 10_240 + b"\r" + b"]E0" + CARD.encode() + b"\r",)
        )
        sender.start()
        shop.step_until(lambda: len(shop.frames) == 2)
        sender.join()
        assert [(frame.fault, frame.text) for frame in shop.frames] == [(Fault.TOO_LONG, ""), (None, CARD)]


def test_url_names_work() -> None:
    """A scanner behind a network adapter is a pyserial URL; its hanging up is an unplug."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()[:2]
        with opened(PortConfig(f"socket://{host}:{port}")) as shop:
            peer, _ = server.accept()
            with peer:
                peer.sendall(CARD.encode() + b"\r")
                shop.step_until(lambda: bool(shop.frames))
            shop.step_until(lambda: shop.reader.state is PortState.ABSENT)
            assert shop.frames[0].text == CARD


def test_the_thread_reads_survives_a_replug_and_stops(scanner: SimulatedScanner) -> None:
    """Driven by its thread, a port is read, lost, found again, and closed without a trace."""
    shop = Shop(PortConfig(scanner.port))
    thread = PortThread(shop.reader)
    thread.start()
    try:
        for turn in range(2):
            wait_for(lambda: shop.reader.state is PortState.OPEN)
            scanner.scan(f"CARD-{turn}")
            assert shop.arrivals.get(timeout=PATIENCE).text == f"CARD-{turn}"
            scanner.unplug()
            wait_for(lambda: shop.reader.state is PortState.ABSENT)
            scanner.replug()
        wait_for(lambda: shop.reader.state is PortState.OPEN)
    finally:
        thread.stop()
    open_serial(PortConfig(scanner.port)).close()


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "the thread never got there"
        time.sleep(0.005)


def usb(device: str, serial_number: str | None = None, location: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        device=device, vid=0x0C2E, pid=0x0B61, serial_number=serial_number, location=location
    )


PORTS = [
    usb("/dev/ttyACM2", "S2", "1-3"),
    usb("/dev/ttyACM1", "S1", "1-2"),
    SimpleNamespace(device="/dev/ttyS0", vid=None, pid=None, serial_number=None, location=None),
]


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("usb:0c2e:0b61", "/dev/ttyACM1"),
        ("USB:0C2E:0B61:S2", "/dev/ttyACM2"),
        ("usb:0c2e:0b61@1-3", "/dev/ttyACM2"),
        ("usb:0c2e:0b61:S1@1-3", None),
        ("usb:0c2e:0b62", None),
    ],
)
def test_usb_names_follow_the_device(name: str, device: str | None) -> None:
    """A scanner is found by what it is, wherever the system has put it."""
    assert usb_names.find_port(name, PORTS) == device


def test_another_form_of_usb_name_is_explained() -> None:
    """A half-written name says how to write it."""
    with pytest.raises(ValueError, match="usb:VID:PID"):
        usb_names.find_port("usb:0c2e", PORTS)


def test_an_unread_simulated_scanner_says_so(scanner: SimulatedScanner) -> None:
    """The demo does not freeze when no till reads its scanner."""
    with pytest.raises(TimeoutError, match="start the till"):
        scanner.send(b"7" * 1_000_000)
    scanner.unplug()
    with pytest.raises(ConnectionError, match="plug it in"):
        scanner.scan(CARD)

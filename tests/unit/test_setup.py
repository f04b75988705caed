"""The first start: each step can be left and taken up, noise changes the speed, and every page has room."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pos_app.config import TillConfig, load_config
from pos_app.devices.framing import Ended, Fault, Frame
from pos_app.devices.serial_port import PRESETS, PortState
from pos_app.devices.usb_names import find_port, stable_name
from pos_app.languages.words import LANGUAGES
from pos_app.screens.setup import setup_screen
from pos_app.setup.listening import Heard
from pos_app.setup.progress import STORE_NAME, Step, is_first_start, step_in
from pos_app.setup.steps import LATER, Read, Setup
from pos_app.widgets.rows import plain, width_of
from rules.sentences import said
from tests.unit.test_screens import GLYPHS
from tests.unit.till_kit import Shop

SPEEDS = tuple(PRESETS)
PORT, PRINTER = "/dev/ttyACM0", "/dev/ttyUSB0"
CODE = "ABCD" * 8
TILL = said("till {till} of {store}", till="2", store="Lyon 3")


class Doing:
    """The work, noted; speeds go round."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def pair(self, url: str, code: str) -> None:
        self.asked.append((url, code))

    def print_page(self, port: str, preset: str) -> None:
        self.asked.append((port, preset))

    def next_speed(self, port: str) -> str:
        self.asked.append((port,))
        return SPEEDS[1]

    def lasting(self, port: str) -> str:
        return f"lasting {port}"


def heard(data: bytes, preset: str = SPEEDS[0]) -> Heard:
    fault = None if data.isascii() else Fault.BINARY
    return Heard(PORT, preset, Frame(data, None, Ended.SUFFIX, fault, 0))


def test_from_the_first_key_to_the_last(tmp_path: Path) -> None:
    """Language, address, a code that is none, a scanned one; noise, a scan; a page at two speeds; all of it is kept."""
    work = Doing()
    setup = Setup(tmp_path, TillConfig(), work)
    setup.digit(2)
    setup.enter("ledger")
    assert setup.step is Step.LEDGER
    assert setup.notice is not None
    setup.config = msgspec.structs.replace(setup.config, ca="chain.pem")
    setup.scanned(Read("", "", "http://192.0.2.10:8470"))
    setup.enter("AB12")
    assert "32 letters" in (setup.notice.text if setup.notice else "")
    setup.heard(heard(CODE.encode()))
    assert work.asked == [("http://192.0.2.10:8470", CODE)]
    setup.heard(heard(b"4006381333931"))
    setup.digit(1)
    assert setup.back()
    assert (setup.step, bool(setup.busy)) == (Step.CODE, True)
    setup.paired(TILL)
    assert setup.step is Step.SCANNER
    setup.digit(2)
    setup.heard(heard(b"\xff\x81"))
    assert work.asked[1:] == [(PORT,), (PORT,)]
    assert SPEEDS[1] in (setup.notice.text if setup.notice else "")
    setup.heard(heard(b"4006381333931", SPEEDS[1]))
    setup.enter("")
    setup.see((PORT, PRINTER))
    assert setup.ports == (PRINTER,)
    setup.digit(1)
    setup.printed(PRINTER, SPEEDS[0])
    setup.digit(2)
    assert work.asked[-1] == (PRINTER, SPEEDS[1])
    setup.printed(PRINTER, SPEEDS[1])
    setup.digit(1)
    assert setup.step is Step.DONE
    kept = load_config(tmp_path)
    assert (kept.language, kept.ledger) == ("en", "http://192.0.2.10:8470")
    assert kept.ca == str(Path("chain.pem").absolute())
    assert [(one.port, one.preset) for one in kept.scanners] == [(f"lasting {PORT}", SPEEDS[1])]
    assert (kept.printer, kept.printer_preset) == (f"lasting {PRINTER}", SPEEDS[1])
    assert step_in(tmp_path) is Step.DONE
    assert setup.enter("")
    assert step_in(tmp_path) is None


def test_each_step_is_left_and_taken_up(tmp_path: Path) -> None:
    """A set-up that ends anywhere begins there again; one that was paired before the power went does not pair twice."""
    for step, act in (
        (Step.LEDGER, lambda setup: setup.digit(1)),
        (Step.CODE, lambda setup: setup.enter("https://ledger.example:8443")),
        (Step.SCANNER, lambda setup: setup.paired(TILL)),
        (Step.PRINTER, lambda setup: setup.digit(LATER)),
        (Step.DONE, lambda setup: setup.digit(LATER)),
    ):
        act(Setup(tmp_path, load_config(tmp_path), Doing()))
        assert Setup(tmp_path, load_config(tmp_path), Doing()).step is step
        assert is_first_start(tmp_path)
    assert load_config(tmp_path).scanners == ()
    (tmp_path / "setup").write_text("code\n")
    again = Setup(tmp_path, load_config(tmp_path), Doing(), TILL)
    assert again.step is Step.SCANNER
    assert again.back()
    assert again.step is Step.LANGUAGE
    assert not again.back()


def test_what_goes_wrong_is_said_and_the_step_stays(tmp_path: Path) -> None:
    """A ledger that does not answer, a printer that takes nothing, a file that is none of ours."""
    (tmp_path / "setup").write_text("code\n")
    setup = Setup(tmp_path, TillConfig(ledger="http://x"), Doing())
    setup.enter(CODE)
    setup.failed("No ledger.")
    assert (setup.step, setup.busy, setup.notice.text if setup.notice else "") == (
        Step.CODE,
        "",
        "No ledger.",
    )
    (tmp_path / "till.toml").write_text("= 3")
    (tmp_path / "setup").write_text("language\n")
    setup = Setup(tmp_path, TillConfig(language="en"), Doing())
    setup.digit(1)
    assert setup.step is Step.LANGUAGE
    assert "by hand" in (setup.notice.text if setup.notice else "")
    assert (tmp_path / "till.toml").read_text() == "= 3"


def test_a_till_that_works_is_no_first_start(shop: Shop, tmp_path: Path) -> None:
    """A paired folder starts at once; a damaged file is told by the till, not set up anew."""
    folder = shop.till.parts.store.folder
    assert shop.till.parts.store.path.name == STORE_NAME
    assert not is_first_start(folder)
    shop.write(lambda connection: connection.execute("DELETE FROM identity"))
    assert is_first_start(folder)
    assert is_first_start(tmp_path / "nowhere")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "till.sqlite").write_bytes(b"no database" * 100)
    assert not is_first_start(bad)


def states(setup: Setup) -> Iterator[None]:
    """The set-up at every page, with as much on it as can be."""
    long = "usb:0c2e:0b61:SERIAL-NUMBER@1-2.4"
    setup.ports = tuple(f"{long}{n}" for n in range(8))
    for setup.step in Step:
        for setup.read in (None, Read(long, "115200 8N1", "9" * 100), Read("", "", "]E04006381333931")):
            for setup.printed_on in ("", long):
                setup.notice, setup.found = None, setup.read
                yield


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_room(language: str, tmp_path: Path) -> None:
    """With many ports and a warning of two rows, in letters of the console."""
    listened = tuple((f"/dev/ttyUSB{n}", SPEEDS[0], PortState.DENIED) for n in range(12))
    setup = Setup(tmp_path, TillConfig(language=language, printer_preset=SPEEDS[1]), Doing(), TILL)
    for _ in states(setup):
        if setup.step is Step.SCANNER and setup.read is None:
            setup.heard(heard(b"\xff"))
        rows = setup_screen(setup, listened, "https://ledger.example:8443/a/long/path", (80, 24))
        high = setup_screen(setup, listened, "https://ledger.example:8443/a/long/path", (80, 99))
        assert (len(rows), {width_of(row) for row in rows}) == (24, {80})
        assert [row for row in plain(rows) if not GLYPHS.fullmatch(row)] == []
        assert [row for row in plain(high) if row.strip("│ ") and row not in plain(rows)] == [], setup.step


class Port(msgspec.Struct):
    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None


def test_the_name_that_is_kept_means_this_device_and_no_other() -> None:
    """By what it is, then by its serial number, then by where it is plugged in; a built-in port by its own name."""
    one, other = (
        Port("/dev/ttyACM0", 0x0C2E, 0x0B61, "77", "1-2"),
        Port("/dev/ttyACM1", 0x0C2E, 0x0B61, None, "1-3"),
    )
    ports = [one, other, Port("/dev/ttyS0")]
    assert stable_name("/dev/ttyACM0", [one]) == "usb:0c2e:0b61"
    assert stable_name("/dev/ttyACM0", ports) == "usb:0c2e:0b61:77"
    assert stable_name("/dev/ttyACM1", ports) == "usb:0c2e:0b61@1-3"
    assert stable_name("/dev/ttyS0", ports) == "/dev/ttyS0"
    for port in (one, other):
        assert find_port(stable_name(port.device, ports), ports) == port.device

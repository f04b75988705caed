"""F9, 3: what a scanner sends is shown and means nothing to the till; what is changed stays in till.toml."""

import asyncio
import os
import select
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from textual import events
from textual.pilot import Pilot

from pos_app.app import TillApp
from pos_app.config import ScannerConfig, TillConfig, load_config
from pos_app.devices.burst import Burst
from pos_app.devices.serial_port import PRESETS, PortConfig, PortReader, PortThread
from pos_app.devices.simulated import SimulatedScanner
from pos_app.fittings import Fittings
from pos_app.languages.words import LANGUAGES, Words
from pos_app.printing.printer import Printer
from pos_app.screens.settings import Settings, settings_page
from pos_app.widgets.board import Board
from pos_app.widgets.rows import plain, width_of
from tests.unit.test_screens import GLYPHS
from tests.unit.till_kit import Shop, card_number
from tests.unit.whole_screen import HIGH, said

CARD = card_number(1)
Steps = Callable[["Pilot[None]", TillApp], Awaitable[None]]


def mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@pytest.fixture
def wire() -> Iterator[SimulatedScanner]:
    """A scanner on a port."""
    with SimulatedScanner() as scanner:
        yield scanner


def run(shop: Shop, fittings: Fittings, steps: Steps) -> None:
    """The app at its settings page."""
    app = TillApp(lambda: shop.till, language="en", theme="ansi", fitted=lambda: fittings)

    async def drive() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.view is not None)
            await pilot.press("f9", "3")
            await until(pilot, lambda: "SETTINGS, SCANNER TEST" in shown(app))
            await steps(pilot, app)

    asyncio.run(drive())


async def until(pilot: "Pilot[None]", holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it did not come about: {shown(pilot.app)}")


def shown(app: TillApp) -> str:
    return " ".join(" ".join(plain(app.screen.query_one(Board).rows)).split())


def test_a_scan_is_tried_and_the_till_does_nothing_with_it(shop: Shop, wire: SimulatedScanner) -> None:
    """A serial scanner and one that types, also on another layout: bytes, times, meaning; then the till sells."""
    shop.member(1, name="Zoé M.")
    till, port, before = shop.till, wire.port, shop.view.scans
    config = TillConfig(scanners=(ScannerConfig(port),))
    fittings = Fittings(till.parts.store.folder, config, till.parts.options.codes, till.scanned)
    reader = PortReader(
        PortConfig(port), fittings.scanned, watch=lambda *_: None, now_ms=mono_ms, tap=fittings.heard
    )
    thread = PortThread(reader)
    thread.start()

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        await asyncio.to_thread(wire.scan, CARD, "]E0", b"\r\n")
        await until(pilot, lambda: f"]E0{CARD}<CR><LF>" in shown(app))
        assert "18 bytes" in shown(app)
        assert "longest gap" in shown(app)
        assert "ends with CR LF" in shown(app)
        assert f"Read from {port}: a member's card (]E0)" in shown(app)
        for slow, gap_ms in ((True, 40), (False, 5)):
            fittings.typed(CARD, tuple(n * gap_ms for n in range(len(CARD) + 1)))
            await until(pilot, lambda slow=slow: ("too slow" in shown(app)) is slow)
        await pilot.press("tilde", *CARD, "enter")
        await until(pilot, lambda: "Read from the keyboard: a member's card" in shown(app))
        for char in "~" + CARD.translate(str.maketrans("1234567890", "&é\"'(-è_çà")):
            app.post_message(events.Key(char, char))
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, lambda: f"corrected, read as {CARD}" in shown(app))
        assert till.view().member is None
        assert till.view().scans == before
        await pilot.press("escape")
        await until(pilot, lambda: "SCAN A CARD" in shown(app))
        assert fittings.last is None
        await asyncio.to_thread(wire.scan, CARD)
        await until(pilot, lambda: "Zoé M." in shown(app))
        assert fittings.last is None

    try:
        run(shop, fittings, steps)
    finally:
        thread.stop()


def test_what_is_changed_is_kept_and_the_printer_is_tried(shop: Shop, wire: SimulatedScanner) -> None:
    """Language, theme, bell and keyboard scanner stay in the file under its comments; a test page comes out whole."""
    till, folder = shop.till, shop.till.parts.store.folder
    (folder / "till.toml").write_text("# by the door\nsound = true # loud\n")
    fittings = Fittings(folder, load_config(folder), till.parts.options.codes, till.scanned)
    line = PRESETS["9600 8N1"]
    parts = till.parts
    printer = Printer(
        wire.port, line, parts.store, parts.writer, parts.clock, render=lambda job: job, watch=lambda *_: None
    )
    rung: list[str] = []

    async def steps(pilot: "Pilot[None]", app: TillApp) -> None:
        app.bell = lambda: rung.append("!")  # type: ignore[method-assign]
        await pilot.press("5")
        await until(pilot, lambda: "No printer is set" in shown(app))
        fittings.printer = printer
        await pilot.press("5")
        await until(pilot, lambda: "A test page was sent" in shown(app))
        await pilot.press("6")
        await until(pilot, lambda: "No display is set" in shown(app))
        await pilot.press("2", "3", "4", "1")
        await until(pilot, lambda: "Langue" in shown(app))
        assert (app.palette.name, app.wedge.timing) == ("mono", False)
        await pilot.press("escape")
        await until(pilot, lambda: "SCANNEZ" in shown(app))
        await pilot.press("f6", "x", "enter")
        await until(pilot, lambda: "STOP" in shown(app))

    run(shop, fittings, steps)
    assert rung == []
    kept = (folder / "till.toml").read_text()
    assert kept.startswith("# by the door\nsound = false  # loud\n")
    config = load_config(folder)
    assert (config.language, config.theme, config.wedge) == ("fr", "mono", "start")
    printer.start()
    host, data = wire._plugged()[0], b""
    while select.select([host], [], [], 0.3)[0]:
        data += os.read(host, 4096)
    printer.stop()
    assert "àâäçéèêëîïôöùûüÿ" in data.decode("cp858")
    assert data.endswith(b"\x1dVB\x00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_room_for_the_longest_scan(language: str) -> None:
    """Two ports, one at fault, a scan of four thousand bytes: nothing is cut, and every sign is on the console."""
    words = Words(language)
    config = TillConfig(
        scanners=(
            ScannerConfig("usb:0c2e:0b61:123456789@1-2.4"),
            ScannerConfig("/dev/ttyUSB0", "115200 8N1"),
        ),
        printer="/dev/serial/by-id/usb-printer-if00",
        display="/dev/ttyUSB3",
    )
    long = Burst("/dev/ttyUSB0", tuple((b"\x1d\xff9", at * 5) for at in range(1500)))
    wrong = Burst("", ((b"~", 0), ("&é\"'(-è_çà".encode(), 90), (b"\r", 95)))
    fault = words(
        "Nothing heard from scanner {port}: scan its USB COM set-up code, then a card.", port="/dev/ttyUSB0"
    )
    for last in (None, long, wrong):
        now = Settings(
            config, "console", 50, "~", fault, last, words("Kept in till.toml for the next start, too.")
        )
        small, high = (settings_page(now, words, (80, rows)) for rows in (24, HIGH))
        assert said(high) - said(small) == said([])
        assert {width_of(row) for row in small} == {80}
        assert [row for row in plain(small) if not GLYPHS.fullmatch(row)] == []

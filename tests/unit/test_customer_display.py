"""The customer's display: what it says, byte by byte, on a real port that may be away."""

import os
import select
import termios
import time
from pathlib import Path

import pytest
import serial

from pos_app.devices.customer_display import WIDTH, CustomerDisplay, open_display, plain, shown
from pos_app.devices.serial_port import Line
from pos_app.devices.simulated import SimulatedScanner
from pos_app.languages.words import Words
from pos_app.till.facing import facing
from tests.unit.till_kit import Shop

FR, EN = Words("fr"), Words("en")


def told(shop: Shop, words: Words = FR) -> tuple[str, str]:
    """What the display shows now."""
    upper, lower = facing(shop.view, words.paying(shop.view.currency))
    return plain(upper), plain(lower)


def read(wire: SimulatedScanner, size: int) -> bytes:
    """So many bytes as the display gets them."""
    data, end = b"", time.monotonic() + 20
    while len(data) < size and time.monotonic() < end:
        if select.select([wire._plugged()[0]], [], [], 0.1)[0]:
            data += os.read(wire._plugged()[0], 4096)
    return data


def test_a_sale_as_the_customer_sees_it(shop: Shop) -> None:
    """Welcome, points, total, thanks and what was earned; never the name."""
    assert told(shop)[1] == "Bienvenue"
    card = shop.with_points(1, 450)
    seen = []
    shop.scan(card)
    seen.append(told(shop))
    shop.till.put_amount("4590")
    seen.append(told(shop))
    shop.till.enter()
    seen.append(told(shop))
    assert seen == [("Bonjour", "450 points"), ("Total 45,90 EUR", "450 points"), ("Merci", "+ 45 points")]
    shop.till.lock()
    assert told(shop)[1] == "Caisse fermee"


def test_both_dialects() -> None:
    """Two lines of twenty characters each; what is longer is cut, letters beyond ASCII are written plain."""
    lines = ("Crème brûlée à 4,50 €", "Œuvre\x1b[2J·")
    upper, lower = b"Creme brulee a 4,50 ", b"OEuvre [2J-         "
    assert shown(lines, "cd5220") == b"\x1bQA" + upper + b"\r\x1bQB" + lower + b"\r"
    assert shown(lines, "escpos") == b"\x0c\x1f$\x01\x01" + upper + b"\x1f$\x01\x02" + lower


@pytest.mark.parametrize("words", [FR, EN])
def test_what_is_said_fits(shop: Shop, words: Words) -> None:
    """Nothing that the product says itself is cut, also with large figures."""
    card = shop.with_points(1, 1_234_567)
    shop.scan(card)
    shop.till.put_amount("4999999")
    assert all(len(plain(line + " ")) <= WIDTH for line in facing(shop.view, words.paying("EUR")))


def test_a_display_that_goes_while_it_is_opened_is_tried_again() -> None:
    """What the terminal's driver raises then is no OSError: the thread lives on and shows the newest lines."""
    with SimulatedScanner() as wire:
        faults = [termios.error(5, "Input/output error")]

        def opened() -> serial.SerialBase:
            if faults:
                raise faults.pop()
            return open_display(wire.port, Line())

        display = CustomerDisplay(opened, "cd5220")
        display.start()
        try:
            display.show(("line", ""))
            wanted = shown(("line", ""), "cd5220")
            assert read(wire, len(wanted)) == wanted
        finally:
            display.stop()


def test_a_display_that_comes_later_shows_the_newest(tmp_path: Path) -> None:
    """Away at the start: nothing waits, and when it is there the last lines come, not all of them."""
    link = tmp_path / "display"
    display = CustomerDisplay(lambda: open_display(str(link), Line()), "cd5220")
    display.start()
    try:
        for n in range(5):
            display.show((f"line {n}", ""))
        with SimulatedScanner(link) as wire:
            wanted = shown(("line 4", ""), "cd5220")
            assert read(wire, len(wanted)) == wanted
            display.show(("line 4", ""))
            display.show(("next", ""))
            assert read(wire, len(wanted)) == shown(("next", ""), "cd5220")
    finally:
        display.stop()

"""A test of the customer's display: twenty signs, then a sentence."""

from contextlib import closing

from pos_app.devices.customer_display import Dialect, open_display, shown
from pos_app.devices.serial_port import PRESETS

SIGNS = "1234567890abcdefghij"


def show_page(port: str, preset: str, dialect: Dialect, sentence: str) -> None:
    """Show it. Raises SerialException, OSError or ValueError when the display is not there or takes nothing."""
    with closing(open_display(port, PRESETS[preset])) as opened:
        opened.write(shown((SIGNS, sentence), dialect))
        opened.flush()

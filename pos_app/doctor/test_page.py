"""A page for the receipt printer: letters, amounts, weight, alignment and the knife."""

import serial

from pos_app.devices.serial_port import PRESETS
from pos_app.printing import escpos
from pos_app.printing.escpos import Align
from pos_app.printing.receipt import COLUMNS

WRITE_TIMEOUT_S = 5.0
LETTERS = "àâäçéèêëîïôöùûüÿ ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ œ Œ € ° § « »"


def page(title: str) -> bytes:
    """The bytes of the page, `title` at its top."""
    ruler = ("1234567890" * 5)[:COLUMNS]
    return b"".join(
        (
            escpos.start(),
            escpos.line(title, bold=True, align=Align.CENTRE),
            escpos.line(ruler),
            *(escpos.line(LETTERS[start : start + COLUMNS]) for start in range(0, len(LETTERS), COLUMNS)),
            escpos.line("12,50 €", align=Align.RIGHT),
            escpos.end(),
        )
    )


def print_page(port: str, preset: str, title: str) -> None:
    """Print it. Raises SerialException, OSError or ValueError when the printer is not there or takes nothing."""
    line = PRESETS[preset]
    with serial.serial_for_url(
        port,
        baudrate=line.baud,
        bytesize=line.bits,
        parity=line.parity,
        stopbits=line.stop,
        write_timeout=WRITE_TIMEOUT_S,
    ) as opened:
        opened.write(page(title))
        opened.flush()

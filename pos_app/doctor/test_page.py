"""A page for the receipt printer: letters, amounts, weight, alignment, a QR code and the knife."""

from contextlib import closing

from pos_app.devices.serial_port import PRESETS
from pos_app.printing import escpos
from pos_app.printing.escpos import CP858, CP1252, Align, CodePage
from pos_app.printing.line_out import open_line
from pos_app.printing.profile import STANDARD, Profile
from pos_app.printing.rows import QrRow, Row, body

WRITE_TIMEOUT_S = 5.0
SAMPLE = "é à ç ù É € 12,50"
LETTERS = "àâäçéèêëîïôöùûüÿ ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ œ Œ € ° § « »"


def page(title: str, profile: Profile = STANDARD) -> bytes:
    """The bytes of the page, `title` at its top: a ruler, letters and amounts, and a QR code.

    Then one line in each page of letters that can be configured, its name before it: the right one reads well.
    """
    ruler = ("1234567890" * 5)[: profile.columns]
    letters = [LETTERS[at : at + profile.columns] for at in range(0, len(LETTERS), profile.columns)]
    rows = (
        Row(title, True, Align.CENTRE),
        Row(ruler),
        *map(Row, letters),
        Row("12,50 €", align=Align.RIGHT),
        *((QrRow("ASSIDU"),) if profile.qr != "none" else ()),
    )
    pages = dict.fromkeys((profile.page, CP858, CP1252))
    return b"".join((escpos.start(profile.page), body(rows, profile), *map(_sample, pages), escpos.end()))


def _sample(letters: CodePage) -> bytes:
    return escpos.select(letters) + escpos.line(
        f"{letters.codec}:{letters.number} {SAMPLE}", letters, align=Align.LEFT
    )


def print_page(port: str, preset: str, title: str, profile: Profile = STANDARD) -> None:
    """Print it. Raises SerialException, OSError or ValueError when the printer is not there or takes nothing."""
    with closing(open_line(port, PRESETS[preset], WRITE_TIMEOUT_S)) as opened:
        opened.write(page(title, profile))
        opened.flush()

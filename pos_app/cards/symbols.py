"""The symbols on a card, as modules: bars and squares to be drawn at whole dots (devices.md section 5)."""

from typing import Final

import barcode
import qrcode
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

from rules.sentences import said
from sync.numbers import MEMBER_LENGTH, has_good_check_digit

QUIET: Final = 4
"""Modules of white that a QR code needs on each side (ISO/IEC 18004)."""
EAN_QUIET_LEFT, EAN_QUIET_RIGHT = 11, 7
"""The same for an EAN-13 (GS1 General Specifications 5.2.3.4)."""
_STRONGER: Final = (ERROR_CORRECT_Q, ERROR_CORRECT_M)


def ean13(number: str) -> str:
    """The 95 modules of an EAN-13, "1" for a bar. Raises ValueError unless `number` is 13 digits that check.

    The library would correct a wrong last digit without saying so: the card would not be the one that was asked for.
    """
    if len(number) != MEMBER_LENGTH or not has_good_check_digit(number):
        raise ValueError(said("{number} is no card number: type its 13 digits.", number=number))
    modules: str = barcode.EAN13(number, guardbar=False).build()[0]
    return modules.replace("G", "1")


def qr(text: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of a QR code without its quiet zone, True for dark; of the smallest size that holds `text` at level M,
    with the most correction that fits this size.
    """
    version = _version(text, ERROR_CORRECT_M)
    level = next(one for one in _STRONGER if _version(text, one) == version)
    code = qrcode.QRCode(version=version, error_correction=level, border=0)
    code.add_data(text)
    code.make(fit=False)
    return tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())


def _version(text: str, level: int) -> int:
    code = qrcode.QRCode(error_correction=level, border=0)
    code.add_data(text)
    return int(code.best_fit())

"""Amounts as cashiers type them: "45,90" and "45.90" are 4590 cents, and so is "4590" where cents are implied."""

import re
from enum import StrEnum

import msgspec

MOST_DIGITS = 7
_IMPLIED = re.compile(f"[0-9]{{1,{MOST_DIGITS}}}", re.ASCII)
_WHOLE = re.compile("[0-9]{1,5}", re.ASCII)
_MARKED = re.compile("([0-9]{1,5})[,.]([0-9]{2})", re.ASCII)


class AmountFault(StrEnum):
    """Why a typed text is no amount; the value is the notice's code."""

    LETTERS = "amount_letters"
    WHOLE_LETTERS = "amount_whole_letters"
    DECIMALS = "amount_decimals"
    TOO_LONG = "amount_too_long"
    ZERO = "amount_zero"


class Amount(msgspec.Struct, frozen=True):
    """A typed amount in cents, above zero."""

    cents: int


def read_amount(text: str, *, implied: bool = True) -> Amount | AmountFault:
    """The amount in `text`, or why there is none; without a decimal mark it is in cents if they are `implied`.

    Never raises.
    """
    text = text.strip()
    if len(text) > MOST_DIGITS + 1:
        return AmountFault.TOO_LONG
    if (_IMPLIED if implied else _WHOLE).fullmatch(text):
        return _above_zero(int(text) * (1 if implied else 100))
    marked = _MARKED.fullmatch(text)
    if marked:
        return _above_zero(int(marked[1]) * 100 + int(marked[2]))
    if text.replace(",", "", 1).replace(".", "", 1).isdecimal() and text.isascii():
        return AmountFault.TOO_LONG if text.isdecimal() else AmountFault.DECIMALS
    return AmountFault.LETTERS if implied else AmountFault.WHOLE_LETTERS


def looks_like_amount(text: str) -> bool:
    """True when a text typed at idle is meant as an amount: up to seven digits, or digits with a decimal mark."""
    text = text.strip()
    return bool(_IMPLIED.fullmatch(text)) or bool(re.fullmatch("[0-9]*[,.][0-9]*", text, re.ASCII))


def _above_zero(cents: int) -> Amount | AmountFault:
    return Amount(cents) if cents else AmountFault.ZERO

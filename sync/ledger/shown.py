"""Codes of phones that tills took, as the ledger compares them."""

from datetime import date

import msgspec


class ShownCode(msgspec.Struct, frozen=True):
    """A `ticket`, or what is no sale, that a till recorded for `member` on the code of a phone, by its short hash."""

    code: bytes
    ticket: str
    member: int
    dev: int
    inc: int
    day: date

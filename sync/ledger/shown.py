"""Codes of phones that tills took, as the ledger compares them."""

from datetime import date

import msgspec


class ShownCode(msgspec.Struct, frozen=True):
    """A ticket of `member` that a till (`dev`, `inc`) sold on seeing this code of a phone, by its short hash."""

    code: bytes
    ticket: str
    member: int
    dev: int
    inc: int
    day: date

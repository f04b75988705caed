"""What became of a member's account, told to a till for its manager: gains and losses, the latest first."""

from collections.abc import Mapping
from datetime import date

import msgspec


class HistoryRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /member/history`: what happened to the account of `member`, who is one of the till's store."""

    member: int


class HistoryLine(msgspec.Struct, frozen=True, array_like=True):
    """`quantity` units of `asset` came (or went, below 0) on `day` by `rule` and `cause`.

    `reference` is the printed number of the ticket, "" where there is none; `store` and `till` are where it was.
    """

    day: date
    quantity: int
    asset: str
    cause: str
    rule: str = ""
    reference: str = ""
    store: str = ""
    till: str = ""


class HistoryAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The last lines of the account, as of `made_ms` (UTC).

    `entries` are the tickets of the latest of them as their tills wrote them, by printed number: what explains them.
    """

    member: int
    made_ms: int
    lines: tuple[HistoryLine, ...]
    entries: Mapping[str, bytes] = {}

"""When a member came last, at any till of the chain, and what they usually take: told while they stand at one."""

from datetime import date

import msgspec


class HabitsRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /member/habits`: for `member`, known to the till's store or shown by the card of keyed hash `token`."""

    member: int
    token: bytes


class PastVisit(msgspec.Struct, frozen=True, array_like=True):
    """A ticket of the member: store date, cents paid, points gained less points used as they are settled.

    `place` is the store, or the channel (a word of the programme) of an order that no till wrote.
    """

    day: date
    cents: int
    points: int
    place: str


class HabitsAnswer(msgspec.Struct, frozen=True, array_like=True):
    """The latest visits first, the articles (sku) taken most often, the cents of an average ticket (0 if unknown)."""

    member: int
    visits: tuple[PastVisit, ...]
    usual: tuple[str, ...]
    average: int

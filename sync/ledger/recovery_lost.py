"""What a lost ledger had posted since the copy that took its place, and what of it is there again (row 28).

Tills send again what they wrote; what the ledger posted by itself (days, birthdays, levels, events, imports) comes
again only as far as its cause does. Both logs of effects tell, where what is left of the lost one can still be read.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from sync.ledger.effect import Effect


class Compared(msgspec.Struct, frozen=True):
    """Effects of the lost ledger after its copy: how many are there `again`, and those that are `lost`, in order."""

    again: int
    lost: tuple[Effect, ...]


def compare(before: Iterable[Effect], now: Iterable[Effect]) -> Compared:
    """Look for what the lost ledger posted in what the restored one has posted since; each counts once.

    Numbers and times of posting are their own; whom, what, how much, why and for which day must be the same.
    """
    here = Counter(_content(one) for one in now)
    again = 0
    lost = []
    for one in before:
        if here[_content(one)]:
            here[_content(one)] -= 1
            again += 1
        else:
            lost.append(one)
    return Compared(again, tuple(lost))


def _content(one: Effect) -> Effect:
    values = {name: getattr(one, name) for name in Effect.__struct_fields__}
    return Effect(**{**values, "id": "", "at_ms": 0})

"""A store's business day as far as it is done."""

from datetime import date

import msgspec

Tally = dict[str, tuple[int, int]]
"""By kind: how often, and how many points."""


class DayRow(msgspec.Struct, frozen=True):
    """The business date `day` of `store`: done for its members up to `member`, or with `done` 1 for all of them.

    `tally` is the msgpack of what happened so far.
    """

    store: str
    day: date
    member: int
    done: int
    tally: bytes


def tally_of(row: DayRow) -> Tally:
    """What happened on a day so far."""
    return msgspec.msgpack.decode(row.tally, type=Tally)


def tallied(tally: Tally) -> bytes:
    """`tally` as a row keeps it."""
    return msgspec.msgpack.encode(tally)


def add_up(one: Tally, other: Tally) -> Tally:
    """Both together."""
    sums = dict(one)
    for kind, (count, points) in other.items():
        before = sums.get(kind, (0, 0))
        sums[kind] = before[0] + count, before[1] + points
    return dict(sorted(sums.items()))

"""How often each reward was possible on a recorded ticket of this till, and how often it was taken."""

from collections.abc import Collection
from datetime import date

import msgspec

from sync.sqlite_driver import Connection


class Offered(msgspec.Struct, frozen=True):
    """Tickets on which the reward `rule` was possible (`shown`), and those on which it was taken."""

    rule: str
    shown: int
    taken: int


def count_offers(connection: Connection, day: date, shown: Collection[str], taken: Collection[str]) -> None:
    """A ticket of the business date `day` is recorded, in the job that does so: these rewards were possible on it."""
    for rule in sorted({*shown, *taken}):
        connection.execute(
            "INSERT INTO offered VALUES (?, ?, 1, ?) ON CONFLICT(day, rule)"
            " DO UPDATE SET shown = shown + 1, taken = taken + excluded.taken",
            (day.isoformat(), rule, int(rule in taken)),
        )


def forget_offers(connection: Connection, day: date, shown: Collection[str], taken: Collection[str]) -> None:
    """The ticket of the business date `day` was undone, in the job that does so: it has offered nothing."""
    for rule in {*shown, *taken}:
        connection.execute(
            "UPDATE offered SET shown = shown - 1, taken = taken - ? WHERE day = ? AND rule = ? AND shown > 0",
            (int(rule in taken), day.isoformat(), rule),
        )


def offered(connection: Connection, first: date) -> tuple[Offered, ...]:
    """Counts since the business date `first`, by rule."""
    rows = connection.execute(
        "SELECT rule, sum(shown), sum(taken) FROM offered WHERE day >= ?"
        " GROUP BY rule HAVING sum(shown) > 0 ORDER BY rule",
        (first.isoformat(),),
    )
    return tuple(Offered(*row) for row in rows)

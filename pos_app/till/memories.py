"""What this till itself remembers of a member: the last visits here and the products bought most often.

It is read from the till's own tickets; no list of purchases travels between tills for it.
"""

from collections import Counter
from datetime import date
from typing import Final

import msgspec

from pos_app.till.record import Record, unpack
from rules.account import POINTS
from sync.sqlite_driver import Connection
from sync.till import tickets
from sync.till.reading import remembered

VISITS: Final = 4
USUAL: Final = 3
LOOKED_AT: Final = 30  # tickets in which the usual products are looked for
TWICE: Final = 2  # what was bought once only is no habit


class Visit(msgspec.Struct, frozen=True):
    """A ticket of the member here: store date, cents paid, points gained less points used."""

    day: date
    cents: int
    points: int


class Memories(msgspec.Struct, frozen=True):
    """The latest visits first; the names of the usual products by language, the most frequent first.

    `average` are the cents of a ticket here, over the last 30 with something to pay; 0 where there was one only.
    `said` is what was said aloud last.
    """

    visits: tuple[Visit, ...] = ()
    usual: tuple[tuple[tuple[str, str], ...], ...] = ()
    average: int = 0
    said: str = ""


@remembered
def memories(connection: Connection, member: int) -> Memories:
    """What the till's own tickets say of `member`."""
    found = [
        (one.bdate, one.cents, unpack(one.result)) for one in tickets.of_member(connection, member, LOOKED_AT)
    ]
    visits = tuple(Visit(day, cents, _points(record)) for day, cents, record in found[:VISITS])
    bought = Counter(
        name for _, _, record in found for name in {tuple(sorted(item.name.items())) for item in record.items}
    )
    usual = [name for name, times in bought.most_common() if name and times >= TWICE]
    paid = [cents for _, cents, _ in found if cents > 0]
    average = (2 * sum(paid) + len(paid)) // (2 * len(paid)) if len(paid) >= TWICE else 0
    said = found[0][2].said if found else ""
    return Memories(visits, tuple(usual[:USUAL]), average, said)


def _points(record: Record) -> int:
    return sum(one.quantity for one in (*record.gained, *record.used) if one.asset == POINTS)

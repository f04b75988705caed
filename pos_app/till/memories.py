"""When a member came last and the products bought most often, for who stands at the till.

On line the ledger tells it of all tills while the member stands there, and no till keeps that; off line it is read from
the till's own tickets.
"""

from collections import Counter
from datetime import date
from typing import Final

import msgspec

from pos_app.till.record import Record, unpack
from pos_app.till.state import Who
from rules.account import POINTS
from sync.habits import HabitsAnswer
from sync.sqlite_driver import Connection
from sync.till import config, tickets
from sync.till.reading import remembered

VISITS: Final = 4
USUAL: Final = 3
LOOKED_AT: Final = 30  # tickets in which the usual products are looked for
TWICE: Final = 2  # what was bought once only is no habit


class Visit(msgspec.Struct, frozen=True):
    """A ticket of the member: store date, cents paid, points gained less points used, where if it was elsewhere."""

    day: date
    cents: int
    points: int
    place: str = ""


class Memories(msgspec.Struct, frozen=True):
    """The latest visits first; the names of the usual products by language, the most frequent first.

    `average` are the cents of a ticket, over the last 30 with something to pay; 0 where there was one only.
    `said` is what was said aloud last here. `everywhere` says that this is of all tills, and not of this one only.
    """

    visits: tuple[Visit, ...] = ()
    usual: tuple[tuple[tuple[str, str], ...], ...] = ()
    average: int = 0
    said: str = ""
    everywhere: bool = False


def memories_of(connection: Connection, who: Who, store: str) -> Memories:
    """What is known of the member of a ticket at a till of `store`."""
    if who.member is None:
        return Memories()
    here = memories(connection, who.member)
    told = who.habits
    return here if told is None or told.member != who.member else _told(connection, here, told, store)


def _told(connection: Connection, here: Memories, told: HabitsAnswer, store: str) -> Memories:
    visits = [
        Visit(one.day, one.cents, one.points, "" if one.place == store else one.place) for one in told.visits
    ]
    articles = [config.article(connection, sku) for sku in told.usual]
    return msgspec.structs.replace(
        here,
        visits=tuple(visits),
        usual=tuple(tuple(sorted(one.name.items())) for one in articles if one is not None),
        average=told.average,
        everywhere=True,
    )


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

"""What was committed at tills and not physically lost: the world's own ledger, outside the system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from sync.entry import Entry, EntryKind
from sync.ledger.forks import DUPLICATE
from sync.ledger.port import Transaction
from sync.ledger.records import InboxRow
from sync.wire import TWIN
from tests.simulation.disk import Row
from tests.simulation.moved import lost, printed
from tests.simulation.sold import Found, sale_of

if TYPE_CHECKING:
    from tests.simulation.world import World


NETWORK_MS = 12_000  # what requests that are late may move a time of sale by


class Fact(msgspec.Struct):
    """An entry, under all the names it was given: a till that is paired again sends it once more."""

    forms: dict[tuple[int, int, int], Row]
    true_ms: int


class Applied(msgspec.Struct, frozen=True):
    """A fact as the ledger has booked it."""

    entry: Entry
    row: InboxRow
    true_ms: int
    names: tuple[tuple[int, int, int], ...]


def gather(world: World) -> dict[bytes, Fact]:
    """Every fact on a disk that is still there, or of a lost one at the ledger, by the hash of its first form."""
    facts: dict[bytes, Fact] = {}
    for counter in world.counters:
        for row in counter.rows():
            fact = facts.setdefault(row.first, Fact({}, counter.true_ms[row.first]))
            fact.forms[row.place] = row
    for row, true_ms in world.lives.kept.values():
        facts.setdefault(row.first, Fact({}, true_ms)).forms[row.place] = row
    return facts


async def applied(world: World, tx: Transaction, facts: dict[bytes, Fact], found: Found) -> list[Applied]:
    """Each fact as it is booked: there as written, booked once, and put aside only if nobody can read it."""
    done: list[Applied] = []
    papers = {printed(row.entry, row.first) for fact in facts.values() for row in fact.forms.values()}
    for fact in facts.values():
        booked = []
        for place, form in fact.forms.items():
            row = await tx.inbox(*place)
            if row is not None and row.hash == form.hash:
                booked.append((form.entry, row))
        entry = next(iter(fact.forms.values())).entry
        name = f"{_name((entry.dev, entry.inc, entry.seq))} {entry.kind}"
        found.must(bool(booked), f"{name} is not at the ledger")
        world.tally[f"entry {entry.kind}"] += 1
        if entry.kind == EntryKind.MOVE_TICKET and lost(entry, papers):
            continue  # it waits for a ticket that is nowhere any more
        done += _booked(world, fact, booked, name, found)
    return done


def _booked(
    world: World, fact: Fact, forms: list[tuple[Entry, InboxRow]], name: str, found: Found
) -> list[Applied]:
    counted = [(entry, row) for entry, row in forms if row.code not in (DUPLICATE, TWIN)]
    strange = forms[0][0].kind == EntryKind.STOCK if forms else False
    for _, row in counted:
        must = "quarantined" if strange else "applied"
        found.must(row.disposition == must, f"{name} is {row.disposition} ({row.code})")
    # whoever sent it once more was paired again: a release that can read it counts one form (test_releases_apart.py)
    several = len(counted) > 1 and not strange
    found.must(not several, f"{name} counts {len(counted)} times: {[row.code for _, row in counted]}")
    if not counted and forms[0][0].kind == EntryKind.MOVE_TICKET:
        return []  # to whom it belongs already
    if not counted:
        _counts_nowhere(world, fact, name, found)
        return []
    entry, row = counted[0]
    off = abs(row.sold_ms - fact.true_ms)
    found.must(off <= world.most_off_ms(), f"{name} was sold {off} ms off its true time")
    return [Applied(entry, row, fact.true_ms, tuple(fact.forms))]


async def check_dated(world: World, tx: Transaction, booked: Sequence[Applied], found: Found) -> None:
    """Within a boot that an anchor knows no wall clock dates a sale: it is true, or not before the one before it.

    A clock that drifts is as far off as it came in that boot; a restored ledger has forgotten anchors.
    """
    if world.office.restores:
        return
    slack = NETWORK_MS + world.drifted_ms()
    for one in booked:
        entry, row = one.entry, one.row
        known = await tx.anchors(row.dev, [entry.anchor], [])
        if not any(anchor.boot == entry.boot for anchor in known):
            continue
        world.tally["dated by an anchor"] += 1
        before = await tx.inbox(row.dev, row.inc, row.seq - 1)
        latest = max(one.true_ms + slack, before.sold_ms if before is not None else 0)
        off = row.sold_ms - one.true_ms
        name = _name((row.dev, row.inc, row.seq))
        found.must(
            -slack <= off and row.sold_ms <= latest, f"{name} was sold {off} ms off, and an anchor says when"
        )


def _counts_nowhere(world: World, fact: Fact, name: str, found: Found) -> None:
    """Another copy of the till went on with the same ticket; what this one gave for it could be spent here."""
    entry = next(iter(fact.forms.values())).entry
    found.must(world.lives.copied, f"{name} counts nowhere")
    world.count("ticket closed by two copies")
    body = sale_of(entry)
    if body is not None:
        for given in (*body.promised, *body.converted):
            world.lives.exposed[given.asset] += given.quantity


def _name(place: tuple[int, int, int]) -> str:
    return "-".join(map(str, place))

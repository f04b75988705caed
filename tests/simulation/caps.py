"""What tills promise of what a member is allowed: out of shares, and a day never more than the cap in all."""

import datetime
from collections import Counter as Tally
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rules.calendar import store_time
from tests.simulation.sold import Found, Sold

if TYPE_CHECKING:
    from tests.simulation.world import World

RULE, COUNTER, MOST = "base", "cap:most", 12


def check_caps(world: "World", tickets: Iterable[Sold], found: Found) -> None:
    """A till promises what it draws, but for a member whom the ledger does not know yet; a day it is the cap at most.

    Where a disk was copied or an override freed a share, and where clocks lie about the day, a day may have more.
    """
    if world.plan.programme != "capped":
        return
    days: Tally[tuple[int, datetime.date]] = Tally()
    free: set[int] = set()
    known = range(1000, 1000 + world.plan.members)
    for one in tickets:
        if one.voided:
            continue
        promised = sum(given.quantity for given in one.body.promised if given.rule == RULE)
        drawn = sum(draw.quantity for draw in one.body.shared if draw.asset == COUNTER)
        world.tally["promised out of a share"] += bool(promised and promised == drawn)
        world.tally["left to settlement"] += bool(one.entry.member and not promised)
        if promised != drawn:
            new = not isinstance(one.entry.member, int) or one.entry.member not in known
            found.must(new and not drawn, f"{one.entry.ticket} promises {promised} and draws {drawn}")
            free.add(one.member)
        if not one.out:
            at = datetime.datetime.fromtimestamp(one.order[0] / 1000, datetime.UTC)
            days[one.member, store_time(at, "Europe/Paris", datetime.time(3)).bdate] += promised
    plan = world.plan
    if (
        world.lives.exposed
        or world.office.restores
        or any(plan.skew_ms)
        or plan.clock_steps
        or plan.drift
        or plan.stuck
        or plan.write_off
    ):
        return
    for (member, day), points in days.items():
        found.must(
            member in free or points <= MOST, f"member {member}: {points} promised under the cap on {day}"
        )

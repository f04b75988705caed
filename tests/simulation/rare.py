"""Faults that few seeds have. Whether a seed has them and all that they draw comes from chances of their own.

So the seeds without them live as they did before there were any.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.damage import Damage
from tests.simulation.gifts import Gifts
from tests.simulation.naming import Links
from tests.simulation.seeds import Plan

if TYPE_CHECKING:
    from tests.simulation.counter import Counter
    from tests.simulation.world import World

HAVE = 0.35  # of the seeds have one of these faults, or two
HAVE_ALONE = 0.12
DRIFTS_PPM = (-20_000, 3_000, 20_000)


def with_rare(plan: Plan, fork: Callable[[str], random.Random]) -> Plan:
    """The plan of a seed with one or two of the first faults, or as it is; the others come and go by themselves."""
    rng = fork("rare faults")
    some = rng.sample(DRAWN, rng.choice((1, 1, 2))) if rng.random() < HAVE else ()
    for draw in (*some, *(one for one in ALONE if fork(one.__name__).random() < HAVE_ALONE)):
        plan = draw(plan, rng)
    return plan


def _drift(plan: Plan, _: random.Random) -> Plan:
    return replace(plan, drift=1.0)


def _stuck(plan: Plan, rng: random.Random) -> Plan:
    return replace(plan, stuck=rng.choice((0.005, 0.02)))


def _links(plan: Plan, rng: random.Random) -> Plan:
    return replace(
        plan, links=rng.choice((0.2, 0.4)), stores=_neighbours(plan), outage=max(0.05, plan.outage)
    )


def _stock(plan: Plan, rng: random.Random) -> Plan:
    """A campaign whose gifts are counted; what lapses is left to the programmes in which it does."""
    if plan.programme in ("short", "daily", "all"):
        return plan
    return replace(plan, programme="campaign", stock=rng.choice((0.01, 0.03)), leases=0.3, anew=False)


def _neighbours(plan: Plan) -> tuple[str, ...]:
    """At least two tills of one store, which hear of the same members."""
    return (plan.stores[0], *plan.stores[:-1])


DRAWN: tuple[Callable[[Plan, random.Random], Plan], ...] = (_drift, _stuck, _links, _stock)


def _torn(plan: Plan, rng: random.Random) -> Plan:
    return replace(plan, torn=0.5, power_cut=max(0.01, plan.power_cut))


def _damage(plan: Plan, _: random.Random) -> Plan:
    return replace(plan, damage=0.006, ledger_back=0.0, anew=False)


ALONE: tuple[Callable[[Plan, random.Random], Plan], ...] = (_torn, _damage)


class Rare:
    """What one world does of this. `gifts` are those that its shop counts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.fork("rare")
        self.damage = Damage(world, world.fork("damage"))
        self.gifts = Gifts(world, world.fork("gifts")) if world.plan.stock else None

    def set_up(self, counter: Counter) -> None:
        """A machine more."""
        if self._world.plan.drift:
            counter.clock.drift(self._rng.choice(DRIFTS_PPM))

    def links(self, n: int) -> Links | None:
        """What the cashier of till `n` does with further cards of members."""
        rate = self._world.plan.links
        cards = [*self._world.blanks, *self._world.spare]
        return Links(rate, self._world.fork(f"links {n}"), cards) if rate else None

    def happen(self) -> None:
        """What may happen between two steps."""
        world = self._world
        plan = world.plan
        self._rng.seed(world.seed * 1_000_117 + world.step)
        for rate, what in (
            (plan.stuck, self._stop_clock),
            (plan.stock, self._deliver),
            (plan.damage, self._harm_disk),
        ):
            if rate and self._rng.random() < rate:
                what()

    def _stop_clock(self) -> None:
        n = self._rng.randrange(len(self._world.counters))
        self._world.counters[n].clock.stand()
        self._world.tell(f"the clock of till{n} stands still", "clock stands still")

    def _harm_disk(self) -> None:
        self.damage.rng.seed(self._world.seed * 1_000_133 + self._world.step)
        self.damage.happen(self._rng.randrange(len(self._world.counters)))

    def _deliver(self) -> None:
        assert self.gifts is not None
        self.gifts.deliver()

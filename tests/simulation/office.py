"""Where the ledger stands: its owner's rounds, copies of its database, and the day it comes back from one."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rules.programme.load import load_programme
from sync.ledger import backup, recovery
from sync.ledger.daily import catch_up
from sync.ledger.port import StorageFault, Transaction
from sync.ledger.recovery_state import EndRecovery, Recovery, RecoveryState
from sync.ledger.sqlite import SqliteStorage
from tests.simulation.lives import is_there
from tests.simulation.replay import Done
from tests.simulation.seeds import next_version
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_RESTORES = 2


class Copy(NamedTuple):
    """A copy of the ledger's database, and how many of its transactions are in it."""

    path: Path
    rows: int


class Office:
    """What one world does to its ledger. `restores` counts how often it came back from a copy."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self.rng = world.fork("office")
        self.published: list[tuple[bytes, datetime.date]] = []
        self.restores = 0
        self._copy: Copy | None = None
        self._first: Copy | None = None

    def happen(self) -> None:
        """What may happen between two steps."""
        world, plan, rng = self._world, self._world.plan, self.rng
        if rng.random() < plan.leases:
            world.house.review_leases()
        for rate, what in (
            (plan.days, self._day),
            (plan.second_ledger, self._second_ledger),
            (plan.ledger_back * 3, self.back_up),
            (plan.ledger_back, self._restore),
            (0.005 if plan.new_rules else 0.0, self._new_rules),
            (0.005, self._restart),
        ):
            if rate and rng.random() < rate:
                what()

    def _restart(self) -> None:
        self._world.house.start_again()
        self._world.tell("the ledger is restarted", "ledger restarted")

    def _new_rules(self) -> None:
        """Once in a run the shop changes its rules, from today or from a coming day on."""
        world = self._world
        if self.published:
            return
        today = datetime.datetime.fromtimestamp(world.time.now / 1000, datetime.UTC).date()
        day = today + datetime.timedelta(days=self.rng.choice((0, 1, 2)))
        data = next_version(world.plan.programme, day.isoformat())
        world.programmes[hashlib.sha256(data).hexdigest()] = load_programme(data)
        self.published.append((data, day))
        world.house.publish(data, day)
        world.tell(f"new rules from {day}", "new rules")

    def _day(self) -> None:
        """The day job catches up."""
        house = self._world.house
        house.run(catch_up(house.ledger))
        self._world.tell("the day job has run", "day job")

    def _second_ledger(self) -> None:
        """Somebody starts another ledger on the same file."""
        second = SqliteStorage(self._folder / "ledger.db")
        try:
            self._world.house.run(second.open())
        except StorageFault:
            self._world.tell("a second ledger is refused", "second ledger refused")
        else:
            raise Wrong("two ledgers work on one file")

    # --- copies

    def back_up(self) -> None:
        """A copy of the database in use."""
        self._copy = self.copied("copy.db")
        self._world.tell("the ledger is copied", "ledger copied")

    def copied(self, name: str) -> Copy:
        """A copy of the database in use, under this name."""
        copy = self._folder / name
        backup.back_up(self._folder / "ledger.db", copy)
        return Copy(copy, len(self._world.house.log.rows))

    def keep_first(self) -> None:
        """Copy the ledger before the first sale."""
        self._first = self.copied("first.db")

    def begin_anew(self) -> None:
        """The ledger comes back as it was before the first sale; its tills must be those that it knew then."""
        if self._first is not None and all(counter.who.inc == 1 for counter in self._world.counters):
            self._world.count("ledger begun anew")
            self.come_back(self._first)

    def _restore(self) -> None:
        if self._copy is not None and self.restores < MOST_RESTORES:
            self.come_back(self._copy)

    def come_back(self, copy: Copy, *, lost: bool = True) -> None:
        """The ledger is what a copy of it was: what it heard since is only where it came from, or put aside as well."""
        world = self._world
        self.restores += 1
        world.house.stop()
        now, database = world.time.now, self._folder / "ledger.db"
        if lost:
            database.unlink()
        used = backup.used_in(database)
        world.house.run(backup.restore(copy.path, database, now, replace=True))
        world.house.log.restored(copy.rows, Done(lambda tx: recovery.begin(tx, now, used), now, (), None, 0))
        world.house.open_again()
        for data, day in self.published:
            world.house.publish(data, day)
        self._keep_known()
        world.tell("the ledger comes back from its copy", "ledger restored")

    def _keep_known(self) -> None:
        """Of lost disks there is left what the restored ledger has."""
        lives = self._world.lives

        async def known(tx: Transaction) -> list[bytes]:
            return [first for first, (row, _) in lives.kept.items() if await is_there(tx, row)]

        there = set(self._world.house.read(known))
        lives.kept = {first: kept for first, kept in lives.kept.items() if first in there}
        lives.forget_lost()

    def recovery(self) -> Recovery:
        """How far a recovery is."""
        house = self._world.house
        return house.run(RecoveryState().run(house.ledger))

    def end_recovery(self) -> None:
        """The owner waits no longer: what is missing is counted."""
        house = self._world.house
        ended = house.run(EndRecovery().run(house.ledger))
        self._world.tell(f"recovery is ended, {ended.missing} missing", "recovery ended by hand")

"""A whole small chain driven by one seed: what happens is drawn, what must hold afterwards is checked."""

import datetime
import hashlib
import random
from collections import Counter as Tally
from dataclasses import replace
from pathlib import Path

from rules.programme.load import load_programme
from sync.numbers import check_digit
from tests.simulation import oracle
from tests.simulation.cashier import Cashier, Steps
from tests.simulation.counter import Counter, PowerCut, TrueTime
from tests.simulation.house import LedgerHouse
from tests.simulation.line import Line
from tests.simulation.seeds import PROGRAMMES, next_version, plan_of

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
HOUR_MS = 3_600_000
LEAPS_MS = tuple(
    HOUR_MS * tenths // 10 for tenths in (1, 1, 5, 30, 140, 200, 240, 240, 720, 1500, 2400, 4800)
)
ROUNDS = 60


def own_card(n: int) -> str:
    """The n-th card number of the chain's own prefix."""
    body = f"29{n:010d}"
    return body + check_digit(body)


class World:
    """One run. `tally` counts what happened, `trace` tells it."""

    def __init__(self, seed: int, folder: Path, programme: str = "") -> None:
        """`programme` takes the place of the one the seed draws."""
        self.seed = seed
        self.rng = random.Random(f"world {seed}")
        self.plan = plan_of(self.rng)
        if self._fork("floors").random() < 0.4:
            self.plan = replace(self.plan, floors=True, outage=max(0.05, self.plan.outage))
        if programme:
            self.plan = replace(self.plan, programme=programme)
        self.tally: Tally[str] = Tally()
        self.trace: list[str] = []
        self.time = TrueTime(int(START.timestamp() * 1000) + self.rng.randrange(28 * 24) * HOUR_MS)
        self.house = LedgerHouse(folder, self.plan, self.time, self._fork("house"), self._count)
        self.cards = [own_card(n) for n in range(self.plan.members)]
        rules = PROGRAMMES[self.plan.programme].encode()
        self.programmes = {hashlib.sha256(rules).hexdigest(): load_programme(rules)}
        self.house.open_shop(rules, self.cards)
        self.blanks = [own_card(900 + n) for n in range(3)]
        self.references: list[str] = []
        self.lease_rng = self._fork("leases")
        self.counters = [self._counter(n, folder) for n in range(len(self.plan.stores))]
        self.cashiers = [
            Cashier(
                counter, self._fork(f"cashier {n}"), self.cards, self.blanks, self.references, self._count
            )
            for n, counter in enumerate(self.counters)
        ]
        self.work: list[Steps | None] = [None for _ in self.counters]
        self.ended = ""

    def _fork(self, name: str) -> random.Random:
        return random.Random(f"{name} {self.seed}")

    def _count(self, what: str) -> None:
        self.tally[what] += 1

    def _counter(self, n: int, folder: Path) -> Counter:
        line = Line(self.house, self.plan, self._fork(f"line {n}"), self._count, self.time.pass_ms)
        counter = Counter(
            f"till{n}",
            folder,
            self.time,
            line,
            self.plan,
            self._fork(f"till {n}"),
            self._count,
            self.plan.skew_ms[n],
        )
        code = self.house.run(self.house.ledger.make_pairing_code(self.plan.stores[n], f"till{n}"))
        line.healed = counter.healed = self.house.healed = True
        counter.set_up(code)
        for _ in range(6):
            counter.sync(everything=True)
            counter.till.pump()
            counter.settle_writer()
            self.time.pass_ms(2_000)
        line.healed = counter.healed = self.house.healed = False
        return counter

    def _tell(self, what: str) -> None:
        at = datetime.datetime.fromtimestamp(self.time.now / 1000, datetime.UTC)
        self.trace.append(f"{at:%d %H:%M:%S} {what}")

    # --- running

    def run(self, steps: int) -> None:
        """Live through `steps` steps, heal everything, and check. Raises oracle.Wrong, or whatever broke."""
        for _ in range(steps):
            self._step()
        self.heal()
        oracle.check(self)
        self.ended = self.digest()

    def close(self) -> None:
        """Give files and connections back."""
        for counter in self.counters:
            counter.store.close()
        self.house.close()

    def _step(self) -> None:
        self.time.pass_ms(self.rng.choice((600, 2_000, 5_000, 15_000)))
        roll = self.rng.random()
        if roll < 0.02:
            leap = self.rng.choice(LEAPS_MS)
            self.time.pass_ms(leap)
            self._tell(f"{leap // 60_000} minutes pass")
        elif roll < 0.025:
            self._new_rules()
        elif roll < 0.03:
            self.house.start_again()
            self._tell("the ledger is restarted")
        elif roll < 0.03 + self.plan.outage:
            self._outage()
        elif roll < 0.035 + self.plan.outage:
            self._restart(self.rng.randrange(len(self.counters)), clean=True)
        else:
            self._at_till(self.rng.randrange(len(self.counters)))
        if self.lease_rng.random() < self.plan.leases:
            self.house.review_leases()
        if self.rng.random() < 0.03:
            oracle.check_midway(self)

    def _new_rules(self) -> None:
        """Once in a run the shop changes its rules, from today or from a coming day on."""
        if not self.plan.new_rules or len(self.programmes) > 1:
            return
        today = datetime.datetime.fromtimestamp(self.time.now / 1000, datetime.UTC).date()
        day = today + datetime.timedelta(days=self.rng.choice((0, 1, 2)))
        data = next_version(self.plan.programme, day.isoformat())
        self.programmes[hashlib.sha256(data).hexdigest()] = load_programme(data)
        self.house.publish(data, day)
        self._count("new rules")
        self._tell(f"new rules from {day}")

    def _outage(self) -> None:
        n = self.rng.randrange(len(self.counters))
        line = self.counters[n].line
        line.up = not line.up
        self._count("line back" if line.up else "line down")
        self._tell(f"till{n} is {'on' if line.up else 'off'} line")

    def _at_till(self, n: int) -> None:
        counter = self.counters[n]
        try:
            if self.rng.random() < 0.45:
                self._turn(n)
            if self.plan.power_cut and self.rng.random() < 0.02:
                counter.crash_at = self.rng.choice(("before_commit", "after_commit", "before_print"))
            if self.work[n] is None:
                self.work[n] = self.cashiers[n].work()
            said = next(self.work[n])  # type: ignore[arg-type]
            counter.note()
            self._tell(f"till{n}: {said}")
            if not self.plan.late or self.rng.random() < 0.5:
                self._turn(n)
        except PowerCut:
            self._restart(n, clean=False)

    def _turn(self, n: int) -> None:
        counter = self.counters[n]
        if self.plan.queued_writer and self.rng.random() < 0.6:
            counter.settle_writer()
        counter.sync()
        if self.rng.random() < 0.8:
            counter.till.pump()
        if self.rng.random() < 0.15:
            counter.till.tick()
        counter.note()

    def _restart(self, n: int, *, clean: bool) -> None:
        counter = self.counters[n]
        self._tell(f"till{n} {'is restarted' if clean else 'loses power'}")
        self._count("till restart")
        while True:
            try:
                if clean:
                    counter.stop()
                counter.start_again()
                break
            except PowerCut:
                clean = False
        counter.forget_lost()
        self.work[n] = None

    def heal(self) -> None:
        """No more faults: everything is sent, given back and pulled within a bounded number of rounds."""
        self._tell("everything is healed")
        self.house.healed = True
        for counter in self.counters:
            counter.healed = counter.line.up = counter.line.healed = True
            counter.crash_at = ""
            if counter.till.state.cashier is None:
                counter.sign_in()
            for _ in range(6):
                counter.till.escape()
        for _ in range(ROUNDS):
            self.time.pass_ms(301_000)
            self.house.recall_all()
            for counter in self.counters:
                counter.settle_writer()
                counter.sync(everything=True)
                counter.till.pump()
                counter.till.tick()
                counter.note()
                counter.client.wake_push()
                counter.sync(everything=True)
                counter.client.pull.wake()
            if self._quiet():
                break
        for _ in range(2):
            for counter in self.counters:
                counter.client.wake_push()
                counter.client.pull.wake()
                counter.sync(everything=True)
                counter.till.pump()
                counter.settle_writer()

    def _quiet(self) -> bool:
        return all(counter.waiting() == 0 and counter.held() == 0 for counter in self.counters)

    def digest(self) -> str:
        """The same for the same seed: what happened, what the journals and the screens say."""
        seen = hashlib.sha256("\n".join(self.trace).encode())
        for counter in self.counters:
            for _, data in counter.entries():
                seen.update(data)
        return seen.hexdigest()

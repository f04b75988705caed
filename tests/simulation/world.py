"""A whole small chain driven by one seed: what happens is drawn, what must hold afterwards is checked."""

import datetime
import hashlib
import random
from collections import Counter as Tally
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from rules.programme.load import load_programme
from sync.ledger.sqlite import SqliteStorage
from sync.numbers import check_digit
from tests.simulation import oracle
from tests.simulation.cashier import Cashier, Steps
from tests.simulation.chance import Chances
from tests.simulation.clocks import TrueTime
from tests.simulation.counter import Counter, PowerCut
from tests.simulation.disk import Image
from tests.simulation.errands import Errands, with_errand
from tests.simulation.facts import NETWORK_MS
from tests.simulation.house import LedgerHouse
from tests.simulation.jobs import EVENTS, MERGES, Jobs, with_events, with_jobs, with_merges
from tests.simulation.lan import Lan
from tests.simulation.line import Line
from tests.simulation.lives import Lives
from tests.simulation.office import Office
from tests.simulation.quick import lay_ledger
from tests.simulation.rare import Rare, with_rare
from tests.simulation.replay import live_again
from tests.simulation.screens import look
from tests.simulation.seeds import PROGRAMMES, YEAR_MS, Plan, plan_of, together

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
HOUR_MS = 3_600_000
LEAPS_MS = tuple(
    HOUR_MS * tenths // 10 for tenths in (1, 1, 5, 30, 140, 200, 240, 240, 720, 1500, 2400, 4800)
)
ROUNDS = 60
LIVED_AGAIN = 0.3  # of the seeds: it costs a sixth of a run
SKEWS_MS = (0, 0, -90_000, 100_000, 26 * HOUR_MS, -3 * YEAR_MS, 2 * YEAR_MS)


def own_card(n: int) -> str:
    """The n-th card number of the chain's own prefix."""
    body = f"29{n:010d}"
    return body + check_digit(body)


class World:
    """One run. `tally` counts what happened, `trace` tells it, `step` is the number of the step it is in."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        programme: str = "",
        *,
        plan: Plan | None = None,
        skip: Collection[int] = (),
    ) -> None:
        """`programme` replaces the one the seed draws, `plan` all that it draws; `skip` leaves steps out."""
        self.seed = seed
        self.rng = Chances(f"world {seed}")
        drawn = plan_of(self.rng)
        if self.fork("floors").random() < 0.4:
            drawn = replace(drawn, floors=True, outage=max(0.05, drawn.outage))
        if self.fork("lan").random() < 0.25:
            drawn = together(drawn)
        if drawn.programme == "plain" and self.fork("caps").random() < 0.4:
            drawn = replace(drawn, programme="capped")
        if self.fork("returns").random() < 0.2:
            drawn = replace(drawn, returns=False)
        if not (drawn.copies or drawn.set_back or drawn.new_key):
            drawn = replace(drawn, anew=self.fork("anew").random() < 0.4)
        rare = with_rare(drawn, self.fork)
        purposes = self.fork("done on purpose"), self.fork("parts and clones")
        drawn = rare if rare != drawn else with_errand(drawn, *purposes)
        drawn = with_jobs(drawn, seed, self.fork("counter jobs"))
        drawn = with_events(drawn, seed, self.fork("events"))
        self.plan = plan or with_merges(drawn, seed, self.fork("merges"))
        if programme:
            self.plan = replace(self.plan, programme=programme)
        self.tally: Tally[str] = Tally(
            {f"world with {job}": int(job in self.plan.jobs) for job in (EVENTS, MERGES)}
        )
        self.trace: list[str] = []
        self.step = 0
        self._skip = frozenset(skip)
        self._folder = folder
        self._off_ms = max(map(abs, self.plan.skew_ms))
        self.time = TrueTime(int(START.timestamp() * 1000) + self.rng.randrange(28 * 24) * HOUR_MS)
        self._house_rng = self.fork("house")
        self.house = LedgerHouse(folder, self.plan, self.time, self._house_rng, self.count)
        self.cards = [own_card(n) for n in range(self.plan.members)]
        rules = PROGRAMMES[self.plan.programme].encode()
        self.programmes = {hashlib.sha256(rules).hexdigest(): load_programme(rules)}
        self.house.open_shop(rules, self.cards)
        self.blanks = [own_card(900 + n) for n in range(3)]
        self.spare = [own_card(950 + n) for n in range(4)]
        self.references: list[str] = []
        self.papers: list[str] = []
        self.counters: list[Counter] = []
        self.cashiers: list[Cashier] = []
        self.work: list[Steps | None] = []
        self.lives = Lives(self)
        self.office = Office(self, folder)
        self.rare = Rare(self)
        self.errands = Errands(self)
        for n in range(len(self.plan.stores)):
            self._set_up(n)
        self.lan = Lan(self.fork("lan line"), self.count) if self.plan.lan else None
        if self.lan is not None:
            self.lan.plug_in(self.counters)
        if self.plan.anew:
            self.office.keep_first()
        self.ended = ""

    def fork(self, name: str) -> random.Random:
        """A source of chance of its own, so that one part draws the same whatever another one draws."""
        return Chances(f"{name} {self.seed}")

    def count(self, what: str) -> None:
        """Something has happened."""
        self.tally[what] += 1

    def tell(self, what: str, count: str = "") -> None:
        """A line of the story, and what it counts as."""
        at = datetime.datetime.fromtimestamp(self.time.now / 1000, datetime.UTC)
        self.trace.append(f"{self.step:3} {at:%d %H:%M:%S} {what}")
        if count:
            self.tally[count] += 1

    # --- tills

    def _new_counter(self, n: int, skew_ms: int) -> Counter:
        line = Line(self.house, self.plan, self.fork(f"line {n}"), self.count, self.time.pass_ms)
        rng = self.fork(f"till {n}")
        counter = Counter(f"till{n}", self._folder, self.time, line, self.plan, rng, self.count, skew_ms)
        self.rare.set_up(counter)
        self.counters.append(counter)
        rng = self.fork(f"cashier {n}")
        people = self.cards, self.blanks, self.references
        links, jobs = self.rare.links(n), None
        if self.plan.jobs:
            jobs = Jobs(counter, self.plan.jobs, self.fork(f"jobs {n}"), self.papers, self.spare, self.count)
        self.cashiers.append(Cashier(counter, rng, *people, self.count, self.plan.returns, links, jobs))
        self.work.append(None)
        return counter

    def _set_up(self, n: int) -> None:
        counter = self._new_counter(n, self.plan.skew_ms[n])
        code = self.house.run(self.house.ledger.make_pairing_code(self.plan.stores[n], f"till{n}"))
        counter.line.healed = counter.healed = self.house.healed = True
        counter.set_up(code)
        for _ in range(6):
            counter.sync(everything=True)
            counter.till.pump()
            counter.settle_writer()
            self.time.pass_ms(2_000)
        counter.line.healed = counter.healed = self.house.healed = False

    def add_twin(self, n: int, image: Image, *, running: bool = False) -> None:
        """A machine more, on a copy of the disk of till `n`, in the boot of that one if it was copied `running`."""
        counter = self._new_counter(len(self.counters), self.plan.skew_ms[n % len(self.plan.stores)])
        counter.true_ms = dict(self.counters[n].true_ms)
        if running:
            counter.clock.run_on(self.counters[n].clock)
        self.live_on(len(self.counters) - 1, image)

    def live_on(self, n: int, image: Image) -> None:
        """A till goes on from a copy of a disk."""
        try:
            self.counters[n].live_on(image)
        except PowerCut:
            self.restart(n, clean=False)
        self.begin_again(n)

    def begin_again(self, n: int) -> None:
        """The process of a till is another one: nobody is in the middle of anything."""
        self.work[n] = None
        self.lives.full.discard(n)

    def draw_skew(self, rng: random.Random) -> int:
        """How far off somebody sets a clock."""
        skew = rng.choice(SKEWS_MS)
        self._off_ms = max(self._off_ms, abs(skew))
        return skew

    def most_off_ms(self) -> int:
        """How far the time of a sale may be off the truth."""
        told = max(max(one.clock.most_off, one.clock.most_gained) for one in self.counters)
        return NETWORK_MS + max(self._off_ms, told)

    def drifted_ms(self) -> int:
        """How far a clock that knows when it was started may be off by now."""
        return max(one.clock.most_gained for one in self.counters)

    # --- running

    def run(self, steps: int) -> None:
        """Live through `steps` steps, heal everything, and check. Raises oracle.Wrong, or whatever broke."""
        for _ in range(steps):
            self.take_step()
        if self.plan.anew:
            self.office.begin_anew()
        self.heal()
        oracle.check(self)
        if self.fork("again").random() < LIVED_AGAIN:
            lay_ledger(self._folder / "again.db")
            live_again(self, SqliteStorage(self._folder / "again.db"))
        self.ended = self.digest()

    def close(self) -> None:
        """Give files and connections back."""
        for counter in self.counters:
            counter.store.close()
        self.house.close()

    def take_step(self) -> None:
        """One thing happens; what it draws depends on the seed and its number alone."""
        self.step += 1
        if self.step in self._skip:
            return
        self.rng.seed(self.seed * 1_000_003 + self.step)
        self._house_rng.seed(-self.seed * 1_000_003 - self.step)
        self.time.pass_ms(self.rng.choice((600, 2_000, 5_000, 15_000)))
        roll = self.rng.random()
        if roll < 0.02:
            leap = self.rng.choice(LEAPS_MS)
            self.time.pass_ms(leap)
            self.tell(f"{leap // 60_000} minutes pass")
        elif roll < 0.02 + self.plan.outage:
            self._outage()
        elif roll < 0.025 + self.plan.outage:
            self.restart(self.rng.randrange(len(self.counters)), clean=True)
        else:
            self._at_till(self.rng.randrange(len(self.counters)))
        self.lives.rng.seed(self.seed * 1_000_033 + self.step)
        self.lives.happen()
        self.office.rng.seed(self.seed * 1_000_037 + self.step)
        self.office.happen()
        self.rare.happen()
        self.errands.happen()
        if self.lan is not None:
            self.lan.seed(self.seed * 1_000_099 + self.step)
            if (name := self.lan.cut(self.plan.lan)) is not None:
                self.tell(f"{name} is plugged out of its store's network, or in again", "lan cut")
        if self.rng.random() < 0.02:
            oracle.check_midway(self)
            look(self)

    def _outage(self) -> None:
        n = self.rng.randrange(len(self.counters))
        line = self.counters[n].line
        line.up = not line.up
        self.tell(f"till{n} is {'on' if line.up else 'off'} line", "line back" if line.up else "line down")

    def _at_till(self, n: int) -> None:
        counter = self.counters[n]
        counter.seed(self.seed * 1_000_039 + self.step)
        self.cashiers[n].seed(self.seed, self.step)
        try:
            if self.rng.random() < self.plan.turns:
                self._turn(n)
                return
            if self.plan.power_cut and self.rng.random() < 0.02:
                counter.crash_at = self.rng.choice(("before_commit", "after_commit", "before_print"))
            work = self.work[n]
            if work is None:
                work = self.work[n] = self.cashiers[n].work()
            said = next(work)
            counter.note()
            self.tell(f"till{n}: {said}")
        except PowerCut:
            self.restart(n, clean=False)

    def _turn(self, n: int) -> None:
        counter = self.counters[n]
        if self.plan.queued_writer and self.rng.random() < 0.6:
            counter.settle_writer()
        counter.sync()
        if self.lan is not None:
            counter.look_next_door()
        if self.rng.random() < 0.8:
            counter.till.pump()
        if self.rng.random() < 0.3:
            counter.till.tick()
        counter.note()

    def restart(self, n: int, *, clean: bool) -> None:
        """A till starts again: after a clean stop, or because its power was cut."""
        counter = self.counters[n]
        self.tell(f"till{n} {'is restarted' if clean else 'loses power'}", "till restart")
        while True:
            try:
                if clean:
                    counter.stop()
                counter.start_again()
                if self.rng.random() < self.plan.new_key:
                    self.lives.change_key(n)
                break
            except PowerCut:
                clean = False
        counter.note()
        self.begin_again(n)

    # --- healing

    def heal(self) -> None:
        """No more faults: everything is sent, given back and pulled within a bounded number of rounds."""
        self.tell("everything is healed")
        self._end_faults()
        for turn in range(ROUNDS):
            self.time.pass_ms(301_000)
            self.house.recall_all()
            paired = [self._settle(n, counter) for n, counter in enumerate(self.counters)]
            if self._quiet() and not any(paired):  # a pairing ends a life that another disk may still live
                break
            if turn == ROUNDS // 2 and self.office.recovery().on:
                self.office.end_recovery()
        for counter in self.counters if self.lan is not None else ():
            counter.client.neighbours.wake()  # as each does by itself, every ten minutes
            counter.look_next_door()
        for _ in range(2):
            for counter in self.counters:
                counter.client.wake_push()
                counter.client.pull.wake()
                counter.sync(everything=True)
                counter.till.pump()
                counter.settle_writer()

    def _end_faults(self) -> None:
        self.house.healed = True
        if self.lan is not None:
            self.lan.heal()
        for n, counter in enumerate(self.counters):
            self.lives.clear(n)
            counter.healed = counter.line.up = counter.line.healed = True
            counter.crash_at = ""
            if counter.dark:  # by what a till next door asked of it
                self.restart(n, clean=False)
            _end_work(counter)

    def _settle(self, n: int, counter: Counter) -> bool:
        """A turn in which nothing fails; whether the till had to be paired again."""
        paired = counter.must_pair()
        if paired:
            self.lives.pair_again(n)
        if paired or counter.till.state.cashier is None:  # who signs in may have been unknown here until now
            _end_work(counter)  # a ticket that could not be taken off a full disk is on the screen again
        counter.settle_writer()
        counter.sync(everything=True)
        counter.till.pump()
        counter.till.tick()
        counter.note()
        counter.client.wake_push()
        counter.sync(everything=True)
        counter.client.pull.wake()
        return paired

    def _quiet(self) -> bool:
        silent = all(
            counter.waiting() == 0 and counter.held() == 0 and not counter.must_pair()
            for counter in self.counters
        )
        lent = self.lan is not None and self.house.lent()
        return silent and not lent and not self.office.recovery().on

    def digest(self) -> str:
        """The same for the same seed: what happened, what the journals and the screens say."""
        seen = hashlib.sha256("\n".join(self.trace).encode())
        for counter in self.counters:
            for _, data in counter.entries():
                seen.update(data)
        return seen.hexdigest()


def _end_work(counter: Counter) -> None:
    """Somebody signs in and leaves whatever is on the screen."""
    if counter.till.state.cashier is None:
        counter.sign_in()
    for _ in range(6):
        counter.till.escape()

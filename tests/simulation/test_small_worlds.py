"""Small worlds by hand instead of by seed: Hypothesis chooses who does what, and makes what fails small.

The long search: `WORLDS=2000 .venv-test/bin/python -m pytest tests/simulation/test_small_worlds.py -p no:xdist`.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.simulation import oracle
from tests.simulation.conftest import MEMORY
from tests.simulation.counter import PowerCut
from tests.simulation.house import COFFEE
from tests.simulation.quick import quick
from tests.simulation.screens import look
from tests.simulation.seeds import Plan
from tests.simulation.world import World

DAY_MS = 86_400_000
TILLS, CARDS = st.integers(0, 1), st.integers(0, 2)
CUT = st.sampled_from(("before_commit", "after_commit", "before_print"))
QUIET = Plan(
    programme="plain",
    stores=("halles", "halles"),
    members=3,
    **dict.fromkeys(
        (
            "drop_request",
            "drop_answer",
            "twice",
            "delay",
            "rubbish",
            "ledger_crash",
            "ledger_fault",
            "grants_again",
        ),
        0.0,
    ),
    power_cut=0.0,
    outage=0.0,
    late=False,
    new_rules=False,
    queued_writer=False,
    skew_ms=(0, 0),
    leases=0.0,
)
WORLDS = int(os.environ.get("WORLDS", "0"))


class SmallWorld(RuleBasedStateMachine):
    """Two tills of a store and their ledger. Nothing fails but what a rule makes fail."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._open.enter_context(quick())
        folder = self._open.enter_context(
            tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        )
        self.world = World(1, Path(folder), plan=QUIET)
        self._open.callback(self.world.close)
        for counter in self.world.counters:
            counter.sign_in()

    @rule(n=TILLS, card=CARDS, cups=st.integers(1, 4), reward=st.booleans())
    def sell(self, n: int, card: int, cups: int, reward: bool) -> None:
        """A member buys coffee, and takes what is offered."""
        till = self.world.counters[n].till
        till.scan_text(self.world.cards[card], "sim", guarded=False)
        for _ in range(cups):
            till.scan_text(COFFEE, "sim", guarded=False)
        if reward:
            till.rewards()
            till.choose(1)
            till.escape()
        self._record(n)

    @rule(n=TILLS)
    def undo(self, n: int) -> None:
        """The cashier takes the last ticket back, if it is still there to take."""
        counter = self.world.counters[n]
        done = counter.till.state.done
        counter.till.undo()
        notice = counter.till.state.notice
        if done is not None and notice is not None and notice.code == "undone":
            counter.undone.add(done.ticket)
        counter.note()

    @rule(n=TILLS, back=st.integers(1, 3))
    def give_back(self, n: int, back: int) -> None:
        """Somebody returns one of the last tickets whole."""
        if len(self.world.references) < back:
            return
        counter = self.world.counters[n]
        counter.till.open_return()
        counter.till.return_reference(f"T{self.world.references[-back]}")
        counter.till.return_confirm()
        self._leave(n)
        counter.note()

    @rule(n=TILLS)
    def line(self, n: int) -> None:
        """A line goes, or comes back."""
        self.world.counters[n].line.up = not self.world.counters[n].line.up

    @rule(n=TILLS)
    def talk(self, n: int) -> None:
        """A till and the ledger say what they have to say, as far as there is a line."""
        counter = self.world.counters[n]
        counter.sync(everything=True)
        counter.till.pump()
        counter.note()

    @rule(n=TILLS, at=CUT, card=CARDS)
    def lose_power(self, n: int, at: str, card: int) -> None:
        """The power goes in the middle of a ticket, and comes back."""
        counter = self.world.counters[n]
        counter.crash_at = at
        try:
            self.sell(n, card, 1, reward=False)
        except PowerCut:
            self.world.restart(n, clean=False)
            counter.sign_in()
            self._leave(n)
        counter.crash_at = ""

    @rule()
    def lend(self) -> None:
        """The ledger gives tills what they are likely to need, and asks back what they hold for nothing."""
        self.world.house.review_leases()

    @rule(days=st.sampled_from((1, 40)))
    def days_pass(self, days: int) -> None:
        """The shop is closed."""
        self.world.time.pass_ms(days * DAY_MS)

    @invariant()
    def holds(self) -> None:
        """What must hold at any moment."""
        oracle.check_midway(self.world)
        look(self.world)

    def teardown(self) -> None:
        """What must hold once everything is healed."""
        try:
            self.world.heal()
            oracle.check(self.world)
        finally:
            self._open.close()

    def _record(self, n: int) -> None:
        counter, till = self.world.counters[n], self.world.counters[n].till
        begun = till.state.basket
        till.record()
        done = till.state.done
        if begun is not None and done is not None and done.ticket == begun.ticket:
            counter.recorded[done.ticket] = done.reference
            self.world.references.append(done.reference)
        self._leave(n)
        self.world.time.pass_ms(5_000)
        counter.note()

    def _leave(self, n: int) -> None:
        till = self.world.counters[n].till
        for _ in range(4):
            if till.state.basket is not None or till.state.question is not None:
                till.escape()


SmallWorld.TestCase.settings = settings(
    max_examples=WORLDS or 12,
    stateful_step_count=40 if WORLDS else 15,
    deadline=None,
    derandomize=not WORLDS,
    suppress_health_check=list(HealthCheck),
)
TestSmallWorld = pytest.mark.timeout(3600)(SmallWorld.TestCase)  # what fails is made small before it is told

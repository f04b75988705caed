"""A small chain under every fault comes to one truth, in seeds that once found something; new ones are run.py's."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.killed import KILLED, NOT_FOUND
from tests.simulation.mutants import MUTANTS
from tests.simulation.pinned import REGRESSIONS
from tests.simulation.quick import quick
from tests.simulation.run import live
from tests.simulation.sometimes import BOOKS, FAULTS, PEOPLE, SCREENS

ROOT = Path(__file__).parents[2]
STEPS = 200
SIGNED = (694057926, 10007, 10055, 10074)
SELDOM = {
    "posting OVERRIDE",
    "spent beyond grants",
    "posting REINSTATE",
    "till written off",
    "disposition applied duplicate",
    "screen: member owes",
    "screen: refusal",
    "screen: card not known",
    "power cut before_print",
    "lan cut",
    "question next door lost",
    "answer from next door lost",
    "moved from next door",
    "not to be had next door",
}
# What must have happened somewhere in these runs: a simulation in which nothing goes wrong proves nothing. What is
# rarer is asked of the long run (sometimes.py).
SOMETIMES = tuple(what for what in (*FAULTS, *PEOPLE, *BOOKS, *SCREENS) if what not in SELDOM)


def test_everything_converges() -> None:
    """Healed, every ticket counts once, every till knows the ledger's balances, nothing is overspent or taken back."""
    happened: Counter[str] = Counter()
    with quick():
        for seed in REGRESSIONS:
            lived, plan = live(seed, STEPS)
            assert not lived.fault, f"seed {seed}, {plan}\n" + "\n".join(lived.story[-40:]) + lived.fault
            happened.update(lived.tally)
    assert [what for what in SOMETIMES if not happened[what]] == []


def test_signed_requests_converge() -> None:
    """The same with signatures of requests as in a shop."""
    with quick(real_signatures=True):
        for seed in SIGNED:
            lived, plan = live(seed, STEPS // 2)
            assert not lived.fault, f"seed {seed}, {plan}\n" + "\n".join(lived.story[-40:]) + lived.fault


@pytest.mark.parametrize("seed", [5, 23])
def test_the_same_ledger_on_postgresql(seed: int) -> None:
    """A ledger's whole life, restores included, leaves the same rows in every table on both engines."""
    with quick():
        lived, plan = live(seed, STEPS, postgres=True)
    assert not lived.fault, f"seed {seed}, {plan}\n" + lived.fault
    assert lived.tally["lived again on postgres"] == lived.tally["lived overlapping on postgres"] == 1
    assert lived.tally["ledger restored"]


def test_a_seed_is_the_whole_story() -> None:
    """The same seed gives the same run: faults, journals, and what is counted."""
    with quick():
        first, again = (live(REGRESSIONS[0], STEPS // 2)[0] for _ in range(2))
    assert first.story == again.story
    assert first.tally == again.tally


@pytest.mark.parametrize("mutant", ["draws_stay", "foreign_stamps"])
def test_the_simulation_can_fail(mutant: str) -> None:
    """A till that spends what it does not hold is found out by the first few seeds."""
    command = [sys.executable, "tests/simulation/run.py", "--steps", "150", "--jobs", "1", "--mutant", mutant]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert (done.returncode, "killed by seed" in done.stdout) == (1, True), done.stdout + done.stderr


def test_no_fault_put_in_is_left_out() -> None:
    """`run.py --mutants` proves each, or names it as not found."""
    assert {*KILLED, *NOT_FOUND} == MUTANTS.keys()

"""Caps and limits of members under every fault: tills and ledger in one process."""

from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.quick import quick
from tests.simulation.sold import Wrong
from tests.simulation.world import World

SEED, STEPS = 6, 150


def lived(folder: Path) -> World:
    """A run under a programme with a cap and a limit."""
    with quick():
        world = World(SEED, folder, "capped")
        try:
            world.run(STEPS)
        finally:
            world.close()
    return world


def test_caps_hold_under_every_fault(memory: Path) -> None:
    """No till promises beyond its share, and a day no member is promised more than the cap; what is left is settled."""
    tally = lived(memory).tally
    assert tally["promised out of a share"]
    assert tally["left to settlement"]


def test_a_till_that_ignores_its_share_is_found(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant that goes by the cap alone does not get through the same run."""
    from pos_app.till import worth

    monkeypatch.setattr(worth, "allowed_here", worth.allowed_here)  # what the mutant replaces is put back
    MUTANTS["cap_alone"]()
    with pytest.raises(Wrong, match="promises"):
        lived(memory)

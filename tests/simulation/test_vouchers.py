"""Vouchers under every fault: tills and ledger in one process."""

from pathlib import Path

import pytest

from tests.simulation.quick import quick
from tests.simulation.world import World


@pytest.mark.parametrize(("programme", "seed"), [("grocer", 11), ("lapsing grocer", 11)])
def test_vouchers_converge_under_every_fault(memory: Path, programme: str, seed: int) -> None:
    """The same faults as for points and stamps: books and tills agree in the end, and vouchers were really used."""
    with quick():
        world = World(seed, memory, programme)
        try:
            world.run(400)
        finally:
            world.close()
    assert world.tally["card made at a till"]
    assert world.tally["card made at the centre"]
    assert world.tally["spent voucher"]

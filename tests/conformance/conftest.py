"""The sample of case A, replayed once."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.conformance import compare
from tests.conformance.delivered import replayed as replay


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample's history, and the rows and the ledger of its replay: one for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "a"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            replay(folder, "/".join(map(str, compare.SAMPLE)))
            (folder / "made").touch()
    return folder

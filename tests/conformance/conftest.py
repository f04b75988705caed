"""The sample of case A, replayed once."""

from pathlib import Path

import pytest

from tests.conformance import compare
from tests.conformance.delivered import replayed as replay


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample's history, and the rows and the ledger of its replay."""
    return replay(tmp_path_factory.mktemp("a"), "/".join(map(str, compare.SAMPLE)))

"""Fixtures that several parts share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.till_kit import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A till in its shop, online, signed in."""
    made = Shop(tmp_path / "till")
    made.sign_in()
    yield made
    made.close()

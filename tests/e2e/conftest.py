"""A shop's files, its ledger in a process of its own, and two tills without a screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.ledger_process import LedgerProcess, write_shop
from tests.e2e.till_side import TillSide


@pytest.fixture
def shop_folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


@pytest.fixture
def ledger(tmp_path: Path, shop_folder: Path) -> Iterator[LedgerProcess]:
    tills = ("--till", "halles=one", "--till", "halles=two")
    with LedgerProcess(tmp_path / "ledger" / "ledger.sqlite", shop_folder, *tills) as process:
        yield process


@pytest.fixture
def till(tmp_path: Path) -> Iterator[TillSide]:
    side = TillSide(tmp_path / "till-one")
    yield side
    side.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[TillSide]:
    side = TillSide(tmp_path / "till-two")
    yield side
    side.close()

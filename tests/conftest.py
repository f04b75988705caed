"""Fixtures that several parts share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import ENGINES, engines, using
from tests.unit import centre_kit, client_bench, ledger_kit
from tests.unit.till_kit import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A till in its shop, online, signed in."""
    made = Shop(tmp_path / "till")
    made.sign_in()
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[client_bench.Bench]:
    """A till's client and the scripted ledger that answers it."""
    with client_bench.opened(tmp_path / "till") as made:
        yield made


@pytest.fixture
def centre(bench: client_bench.Bench, tmp_path: Path) -> Iterator[centre_kit.Centre]:
    """A ledger that offers the list of all members to the till of `bench`."""
    centre_kit.connect(bench, "all")
    yield centre_kit.Centre(bench.script, tmp_path)
    bench.client.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What opens a ledger through the kit runs on every engine, unless a mark names those it is about."""
    opening = (ledger_kit.run, ledger_kit.open_shop)
    about = metafunc.definition.get_closest_marker("engines")
    if about is None and any(value is one for value in vars(metafunc.module).values() for one in opening):
        metafunc.parametrize("_engine", ENGINES, indirect=True)


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine that `ledger_kit` opens its ledgers on."""
    about = request.node.get_closest_marker("engines")
    yield from using(getattr(request, "param", about.args[0] if about else "sqlite"))


def pytest_sessionfinish() -> None:
    """The PostgreSQL of this process ends with it."""
    engines.stop()

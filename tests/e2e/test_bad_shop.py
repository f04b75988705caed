"""A ledger whose shop folder went wrong: it names every fault with its place, and the former programme goes on."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_app.cli import main
from sync.till.config import product, programme_for
from tests.e2e.ledger_process import PROGRAMME, LedgerProcess, write_shop
from tests.e2e.till_side import TillSide

NOW = 0
TODAY = date(2026, 5, 1)
SECOND = PROGRAMME.replace("version = 1", "version = 2").replace("2025-01-01", "2026-01-01")
Break = Callable[[Path], None]


def rewrite(text: str) -> Break:
    """The programme file becomes `text`."""
    return lambda folder: (folder / "programme.toml").write_text(text, "utf-8") and None


def overlap(folder: Path) -> None:
    """A second version that begins before the first one ends."""
    (folder / "programmes").mkdir()
    (folder / "programmes" / "second.toml").write_text(SECOND, "utf-8")


def hole(folder: Path) -> None:
    """A second version that begins after the first one ended."""
    overlap(folder)
    (folder / "programme.toml").write_text(PROGRAMME.replace("2035-01-01", "2025-12-01"), "utf-8")


def no_utf8(folder: Path) -> None:
    """A programme saved in another encoding."""
    (folder / "programme.toml").write_bytes(PROGRAMME.replace("Fidele", "Fidèle").encode("latin-1"))


WRONG: dict[str, tuple[Break, list[str]]] = {
    "two faults": (
        rewrite(PROGRAMME.replace("points = 1\n", "points = -1\n").replace("5.00", "5.001")),
        ["programme.toml, line 16: base.points: ", "programme.toml, line 23: five.value: "],
    ),
    "1 MiB": (rewrite(PROGRAMME + "#" * (1 << 20)), ["programme.toml: the file is larger than 1 MiB: split"]),
    "nesting": (rewrite(PROGRAMME + "a = " + "[" * 50_000), ["programme.toml: the file is nested too deeply: flat"]),
    "not UTF-8": (no_utf8, ["programme.toml, line 5: save the file as UTF-8 text"]),
    "gone": (lambda folder: (folder / "programme.toml").unlink(), ["programme.toml: cannot be read"]),
    "overlap": (
        overlap,
        ["second.toml, line 7: programme.effective_from: from 2026-01-01 to 2034-12-31 programme.toml is in force too"],
    ),
    "hole": (
        hole,
        ["second.toml, line 7: programme.effective_from: from 2025-12-01 to 2025-12-31 neither programme.toml nor"],
    ),
}  # fmt: skip


def refusals(log: str) -> list[str]:
    """What the ledger says about the folder, in order."""
    lines = [json.loads(line) for line in log.splitlines()]
    return [line["text"] for line in lines if line.get("event") == "shop_refused"]


class Chain:
    """A ledger that once had a good folder, and a till paired with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder / "shop", folder / "ledger" / "ledger.sqlite"
        self.till = TillSide(folder / "till")
        with LedgerProcess(self.database, write_shop(self.folder), "--till", "halles=one") as first:
            self.till.pair(first.url, first.codes[0])
            self.till.connect(first.url).pull.step(NOW)

    def started_again(self, change: Break) -> tuple[TillSide, list[str]]:
        """Write the good folder anew, change it, start the ledger, let the till pull; what the ledger refused."""
        shutil.rmtree(self.folder)
        change(write_shop(self.folder))
        with LedgerProcess(self.database, self.folder) as again:
            self.till.connect(again.url).pull.step(NOW)
            status, log = again.stop()
        assert status == 0
        assert "Traceback" not in log
        return self.till, refusals(log)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """One chain for tests that leave its ledger as it was."""
    made = Chain(tmp_path_factory.mktemp("chain"))
    yield made
    made.till.close()


@pytest.mark.parametrize("broken", ["two faults", "1 MiB", "nesting", "overlap"])
def test_the_former_programme_goes_on(chain: Chain, broken: str) -> None:
    """Started again on a folder that went wrong, with a catalogue that did not: nothing of it is published."""
    spoil, said = WRONG[broken]

    def change(folder: Path) -> None:
        spoil(folder)
        catalogue = folder / "catalogue.csv"
        catalogue.write_text(catalogue.read_text("utf-8").replace(",160", ",990"), "utf-8")

    till, (*faults, going_on) = chain.started_again(change)
    assert [fault[: len(start)] for fault, start in zip(faults, said, strict=True)] == said
    assert "the files published before stay in force" in going_on
    reader = till.store.reader()
    assert programme_for(reader, TODAY) == PROGRAMME.encode()
    former = product(reader, "2000000001005")
    assert former is not None
    assert former.cents == 160


def test_a_corrected_folder_is_published(tmp_path: Path) -> None:
    """Two versions that follow each other: tills get both, and each day has its own."""
    ended = PROGRAMME.replace("2035-01-01", "2026-01-01")

    def change(folder: Path) -> None:
        overlap(folder)
        (folder / "programme.toml").write_text(ended, "utf-8")

    till, refused = Chain(tmp_path).started_again(change)
    reader = till.store.reader()
    assert programme_for(reader, date(2025, 12, 31)) == ended.encode()
    assert programme_for(reader, TODAY) == SECOND.encode()
    assert refused == []
    till.close()


@pytest.mark.parametrize(("broken", "said"), WRONG.values(), ids=WRONG)
def test_without_a_former_programme_the_ledger_does_not_start(
    tmp_path: Path, broken: Break, said: list[str]
) -> None:
    """One sentence with file and line, exit status 2, and no database is left behind."""
    folder = write_shop(tmp_path / "shop")
    broken(folder)
    database = tmp_path / "l.db"
    serve = ["ledger", "serve", "--db", str(database), "--listen", "127.0.0.1:0", "--shop", str(folder)]
    done = CliRunner().invoke(main, serve)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"assidu: {said[0]}")
    assert done.stderr.count("\n") == 1
    assert not database.exists()

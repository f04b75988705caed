"""Ports that cannot be used, on a whole till with its threads: a sentence, sales go on, no key is needed after."""

import fcntl
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_app.compose import RunningTill
from pos_app.config import ScannerConfig, TillConfig
from pos_app.devices.simulated import SimulatedScanner
from pos_app.till.view import Stage
from sync.system_clock import SystemClock
from tests.e2e.counter import tickets_in
from tests.e2e.rights import unprivileged
from tests.unit.till_kit import BADGE, COFFEE, PIN, Shop


class Place:
    """A till at work, and the link where its scanner should be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "till"
        self.link = folder / "scanner"
        Shop(self.folder, ledger_url="http://127.0.0.1:9").close()
        config = TillConfig(
            language="en", scanners=(ScannerConfig(str(self.link)),), printer=str(folder / "printer")
        )
        self.running = RunningTill(self.folder, config, SystemClock(), secrets.token_bytes)
        self.till = self.running.till
        self.till.scan_text(BADGE, "test")
        self.till.pin(PIN)

    def until(self, holds: Callable[[], bool]) -> None:
        """Let the till work until `holds`, at most ten seconds."""
        end = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < end, self.till.view()
            time.sleep(0.01)
            self.till.pump()

    def says(self, sentence: str) -> None:
        self.until(lambda: sentence in self.till.view().status.scanner)

    def sells(self) -> None:
        before = tickets_in(self.folder)
        self.till.put_amount("160")
        self.till.record()
        assert self.till.view().stage is Stage.DONE
        self.till.escape()
        assert tickets_in(self.folder) == before + 1


@pytest.fixture
def place() -> Iterator[Place]:
    """A till whose scanner and printer are not there yet."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        made = Place(Path(name))
        made.says("is not there: plug it in, the till takes it up by itself.")
        yield made
        made.running.close()


def scans(place: Place, scanner: SimulatedScanner) -> None:
    """The port is in use now, and a product scanned through it is on the ticket."""
    place.until(lambda: place.till.view().status.scanner == "")
    scanner.scan(COFFEE, aim="]E0")
    place.until(lambda: place.till.view().ticket is not None)
    place.till.escape()
    place.sells()


def test_no_port(place: Place) -> None:
    """Neither scanner nor printer: both are named, and the sale is recorded."""
    place.sells()
    place.until(lambda: "printer" in place.till.view().status.printer.lower())
    with SimulatedScanner(link=place.link) as scanner:
        scans(place, scanner)


def test_a_port_that_another_program_uses(place: Place) -> None:
    """The sentence says what to close; nothing need be pressed afterwards."""
    with SimulatedScanner() as scanner, Path(scanner.port).open("rb", buffering=0) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        place.link.symlink_to(scanner.port)
        place.says("is used by another program: close that program, the till takes it up by itself.")
        place.sells()
        fcntl.flock(other, fcntl.LOCK_UN)
        scans(place, scanner)


def test_a_port_without_the_right_to_it(place: Place) -> None:
    """Root may open anything, so the till does without its rights meanwhile; the group to join is named."""
    with SimulatedScanner() as scanner:
        port = Path(scanner.port)
        port.chmod(0)
        place.link.parent.chmod(0o777)
        with unprivileged():
            place.link.symlink_to(port)
            place.says("add this user to the group dialout")
        port.chmod(0o600)
        scans(place, scanner)

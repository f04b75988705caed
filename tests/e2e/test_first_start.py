"""The first start in a real terminal: two ports, a power cut in the middle, and a sale at its end."""

import os
import select
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.config import load_config
from pos_app.devices.simulated import SimulatedScanner
from tests.e2e.chain import ENVIRONMENT
from tests.e2e.counter import reads
from tests.e2e.ledger_process import CARD, LedgerProcess
from tests.e2e.terminal import Terminal
from tests.e2e.test_bad_store import ASSIDU


@pytest.fixture
def ports() -> Iterator[tuple[SimulatedScanner, SimulatedScanner]]:
    """A scanner and a printer, with names short enough for one row of the screen."""
    with (
        tempfile.TemporaryDirectory() as short,
        SimulatedScanner(link=Path(short) / "scanner") as scanner,
        SimulatedScanner(link=Path(short) / "printer") as printer,
    ):
        yield scanner, printer


def paper(printer: SimulatedScanner) -> str:
    """What was printed."""
    host, data = printer._plugged()[0], b""
    while select.select([host], [], [], 0.5)[0]:
        data += os.read(host, 4096)
    return data.decode("cp858")


def test_from_an_empty_folder_to_a_till_that_asks_for_a_badge(
    tmp_path: Path, shop_folder: Path, ports: tuple[SimulatedScanner, SimulatedScanner]
) -> None:
    """Language, address, the code by the scanner; the power goes; scanner, printer, and the till is there."""
    scanner, printer = ports
    folder = tmp_path / "till"
    command = [*ASSIDU, "till", "--data", str(folder)]
    command += ["--scanner", scanner.port, "--printer", printer.port]
    environment = {**ENVIRONMENT, "TERM": "linux", "COLORTERM": ""}
    with LedgerProcess(tmp_path / "ledger.sqlite", shop_folder, "--till", "halles=1") as centre:
        with Terminal(command, environment=environment) as terminal:
            reads(terminal, "démarre pour la première fois")
            terminal.press("1")
            terminal.wait_for("2 SUR 5")
            terminal.type(centre.url)
            terminal.wait_for(centre.url[-5:])
            terminal.press("enter")
            terminal.wait_for("3 SUR 5")
            scanner.scan(centre.codes[0], aim="]Q1")
            terminal.wait_for("4 SUR 5", 30)
            terminal.wait_for("Halles")
            terminal.wait_for("lu correctement")
            assert centre.codes[0][:8] not in terminal.text()
            terminal.kill()
        with Terminal(command, environment=environment) as terminal:
            terminal.wait_for("4 SUR 5")
            terminal.wait_for("à l'écoute")
            scanner.send(b"\xff\x81\xfe\r")
            reads(terminal, "a envoyé du bruit")
            scanner.scan(CARD, aim="]E0", suffix=b"\r\n")
            terminal.wait_for(f"Lu : {CARD}")
            terminal.press("enter")
            rows = terminal.wait_for("5 SUR 5")
            choice = next(row for row in rows if printer.port in row)
            terminal.press(choice.strip("│ ")[0])
            terminal.wait_for("toutes les lettres justes")
            assert "àâäçéèêëîïôöùûüÿ" in paper(printer)
            terminal.press("1")
            terminal.wait_for("LA CAISSE EST PRÊTE")
            terminal.press("enter")
            terminal.wait_for("SCANNEZ VOTRE BADGE", 30)
            config = load_config(folder)
            assert [(one.port, one.preset) for one in config.scanners] == [(scanner.port, "115200 8N1")]
            assert (config.language, config.printer) == ("fr", printer.port)
            scanner.scan(CARD)
            reads(terminal, "scannez d'abord votre badge")

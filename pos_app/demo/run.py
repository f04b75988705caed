"""The demo from start to end: shop, ledger, pairing, scanner, till; nothing stays behind."""

import random
import secrets
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pos_app.compose import Pairing, RunningTill
from pos_app.config import ScannerConfig, TillConfig
from pos_app.demo.control import FOLDER_PREFIX, Control
from pos_app.demo.embedded import EmbeddedLedger, LedgerFailed
from pos_app.demo.panel import CASHIER, panel_item
from pos_app.demo.shop import DemoMember, write_shop
from pos_app.devices.simulated import SimulatedScanner
from pos_app.entry import show
from pos_app.faults import CannotStart
from pos_app.till.till import Till
from rules.sentences import mark, said, sentence_of
from sync.system_clock import SystemClock
from sync.till import config as published

MEMBERS = 2000
STORE, TILL = "halles", "1"


class DemoFailed(CannotStart):
    """The demo cannot go on; the text is one sentence that says what to do."""


class Demo:
    """Everything the demo runs; `start` makes the till, `close` ends all of it."""

    def __init__(self, language: str, theme: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        self.scanner = SimulatedScanner(link=self.folder / "scanner")
        self.config = TillConfig(
            language=language, theme=theme, scanners=(ScannerConfig(str(self.folder / "scanner")),)
        )
        self.members: tuple[DemoMember, ...] = ()
        self._closing: list[Callable[[], None]] = [self.scanner.close]

    def start(self) -> RunningTill:
        """Build the shop, start the ledger, pair the till, sign the cashier in. Raises DemoFailed."""
        shop = self.folder / "shop"
        self.members = write_shop(shop, date.today(), MEMBERS, random.Random(7).randrange)  # noqa: S311, DTZ011
        try:
            ledger = EmbeddedLedger(self.folder, shop, STORE, TILL)
        except LedgerFailed as error:
            raise DemoFailed(said("{fault}.", fault=sentence_of(error))) from error
        self._closing.append(ledger.close)
        running = RunningTill(
            self.folder / "till",
            self.config,
            SystemClock(),
            secrets.token_bytes,
            pairing=Pairing(ledger.url, ledger.code, TILL),
        )
        try:
            _sign_in(running.till)
        except BaseException:
            running.close()
            raise
        control = Control(self.folder, self.scan)
        self._closing.append(control.close)
        return running

    def scan(self, code: str) -> None:
        """Scan `code` with the simulated scanner, as the symbol it would be printed as."""
        self.scanner.scan(code, aim="]E0" if len(code) == 13 and code.isdigit() else "]C0")

    def close(self) -> None:
        """End the scanner and the ledger; the ledger removes the folder."""
        while self._closing:
            self._closing.pop()()
        if self.folder.exists():
            import shutil

            shutil.rmtree(self.folder, ignore_errors=True)


def run_demo(language: str, theme: str) -> None:
    """Run the demo in this terminal until it is left. Raises CannotStart."""
    demo = Demo(language, theme)
    try:
        show(demo.start, demo.config, menu=(panel_item(demo),))
    finally:
        demo.close()


def _sign_in(till: Till) -> None:
    if not published.staff(till.parts.reader):
        raise DemoFailed(
            mark("the shop's files did not arrive from the demo's ledger: start the demo again.")
        )
    _, badge, pin = CASHIER
    till.pump()
    till.scan_text(badge, "demo")
    till.pin(pin)

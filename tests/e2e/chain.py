"""A small chain for whole runs: one ledger process, tills in real terminals, pseudo-terminal scanners, one clock."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from pos_app.demo.shop import DemoMember, write_shop
from pos_app.devices.simulated import SimulatedScanner
from sync.ledger.port import Job
from sync.ledger.sqlite import SqliteStorage
from tests.e2e.moved_clock import MovedClock
from tests.e2e.terminal import Terminal

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Europe/Paris")
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


class TillProcess:
    """One till: a folder, a scanner that stays plugged in, and a terminal that may come and go.

    `settings` are more lines of its till.toml.
    """

    def __init__(self, folder: Path, clock: Path, pairing: tuple[str, str], settings: str = "") -> None:
        folder.mkdir()
        self.folder = folder
        self.scanner = SimulatedScanner(link=folder / "scanner")
        (folder / "till.toml").write_text(
            f'language = "en"\nlock_after_s = 100000000\nscanners = [{{ port = "{self.scanner.port}" }}]\n'
            + settings
        )
        self._clock = clock
        self.terminal = self._start(*pairing)

    def _start(self, *pairing: str) -> Terminal:
        command = [
            sys.executable,
            "-m",
            "tests.e2e.launch_till",
            str(self.folder),
            str(self._clock),
            *pairing,
        ]
        return Terminal(command, environment=ENVIRONMENT)

    def start_again(self) -> None:
        """Start the till anew in a new terminal, as after a power cut."""
        self.terminal.close()
        self.terminal = self._start()

    def sign_in(self) -> None:
        """Badge, PIN, Enter."""
        self.terminal.wait_for("SCAN YOUR BADGE")
        self.scan("BDG-CAMILLE", aim="]C0")
        self.terminal.wait_for("PIN")
        self.terminal.type("1234\r")
        self.terminal.wait_gone("PIN")

    def scan(self, code: str, aim: str = "]E0") -> None:
        """One scan through the serial port."""
        self.scanner.scan(code, aim=aim)

    def present(self, member: DemoMember) -> None:
        """Scan a member's card and wait for it: the name may also stand in the list of the last tickets."""
        self.scan(member.number)
        self.terminal.wait_for(f"···· {member.number[-4:]}")

    def sell(self, member: DemoMember, amount: str) -> list[str]:
        """Scan, amount, Enter: the done screen."""
        self.present(member)
        self.terminal.type(amount)
        self.terminal.press("enter")
        return self.terminal.wait_for("RECORDED")

    def leave(self) -> None:
        """Esc, back to the idle screen."""
        self.terminal.press("escape")
        self.terminal.wait_for("SCAN A CARD")

    def crash_at(self, point: str) -> None:
        """Let the process kill itself at the next crash point called `point`."""
        (self.folder / "crash").write_text(point)

    def close(self) -> None:
        self.terminal.close()
        self.scanner.close()


class Chain:
    """The ledger and its shop. `members` are those of the demo, fewer."""

    def __init__(self, folder: Path, today: datetime) -> None:
        self.folder = folder
        self._clock_file = folder / "clock"
        self.clock = MovedClock(self._clock_file)
        self.move_to(today)
        self.members = write_shop(folder / "shop", today.date(), 12, random.Random(7).randrange)
        self.database = folder / "ledger.db"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._tills: list[TillProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for till in self._tills:
            till.close()
        self.stop_ledger()

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` (store time) everywhere."""
        self.clock.move_to(int(moment.replace(tzinfo=ZONE).timestamp() * 1000))

    def pass_time(self, seconds: int) -> None:
        """Let time pass everywhere."""
        self.clock.move_to(self.clock.wall_ms() + seconds * 1000)

    def start_ledger(self, *tills: str) -> tuple[str, tuple[str, ...]]:
        """Start the ledger on the same port as before; its address and a pairing code for each of `tills`."""
        names = [f"halles={till}" for till in tills]
        command = [sys.executable, "-m", "tests.e2e.launch_ledger", str(self.database), str(self.port)]
        self._process = subprocess.Popen(
            [*command, str(self.folder / "shop"), str(self._clock_file), *names],
            stdout=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT},
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        return said["url"], tuple(said["codes"])

    def stop_ledger(self) -> None:
        """Stop the ledger as an operator does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(15) == 0
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def pair_till(self, name: str, pairing: tuple[str, str], settings: str = "") -> TillProcess:
        """A new till in its own terminal, signed in."""
        till = self.start_till(name, pairing, settings)
        till.sign_in()
        return till

    def start_till(self, name: str, pairing: tuple[str, str], settings: str = "") -> TillProcess:
        """A new till in its own terminal, which asks for a badge once it is up."""
        till = TillProcess(self.folder / f"till{name}", self._clock_file, pairing, settings)
        self._tills.append(till)
        return till

    async def read(self, read: Job[T]) -> T:
        """What `read` finds in the database of the stopped ledger."""
        storage = SqliteStorage(self.database)
        await storage.open()
        try:
            return await storage.read(read)
        finally:
            await storage.close()

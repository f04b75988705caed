"""A whole till with its threads, as a cash register of the same machine finds it, and a thread that is its screen."""

import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from pos_app.compose import RunningTill
from pos_app.config import TillConfig
from sync.system_clock import SystemClock
from tests.unit.till_kit import BADGE, PIN, Shop


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Counter:
    """A till of a shop that was set up in `folder`, at work until `close`; members are those of `shop`."""

    def __init__(self, folder: Path, members: Callable[[Shop], object] = lambda _shop: None, **config: Any):
        self.folder = folder
        shop = Shop(folder, ledger_url="http://127.0.0.1:9")
        members(shop)
        shop.close()
        self.port = free_port()
        self.config = msgspec.convert(
            {"language": "en", "register": f"127.0.0.1:{self.port}", **config}, TillConfig
        )
        self.start()
        self.on_till(lambda: (self.till.scan_text(BADGE, "test"), self.till.pin(PIN)))

    def start(self) -> None:
        """Open the till, with a thread that does what a screen's thread does."""
        self.running = RunningTill(self.folder, self.config, SystemClock(), secrets.token_bytes)
        self.till = self.running.till
        self._woken = threading.Event()
        self._over = False
        self.till.on_change = self._woken.set
        self._screen = threading.Thread(target=self._work, daemon=True)
        self._screen.start()

    def _work(self) -> None:
        while not self._over:
            self._woken.wait(0.05)
            self._woken.clear()
            self.till.pump()

    def on_till(self, do: Callable[[], object]) -> None:
        """Do something as the cashier does, on the till's own thread."""
        done = threading.Event()
        self.till.ask(lambda: (do(), done.set()))
        assert done.wait(10)

    def stop(self) -> None:
        """End the till as its terminal does: its thread goes first."""
        self._over = True
        self._screen.join()
        self.running.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/command"

    @property
    def headers(self) -> dict[str, str]:
        token = (self.folder / "register.token").read_text().strip()
        return {"Authorization": f"Bearer {token}"}

    def ask(self, **command: object) -> Any:
        """What the till answers to a register."""
        with httpx.Client(trust_env=False, timeout=30) as http:
            answer = http.post(self.url, json=command, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

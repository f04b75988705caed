"""A simulated scanner: a real pseudo-terminal that a port reader opens like any serial port."""

import os
import select
import time
import tty
from collections.abc import Callable
from pathlib import Path


class SimulatedScanner:
    """The device end of a pseudo-terminal.

    `port` is the name to open: the terminal itself, or `link` when one is given, a path that is pointed at a new
    terminal by `replug`. Needs a Unix. Use as a context manager or call `close`.
    """

    def __init__(self, link: Path | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        self._link = link
        self._sleep = sleep
        self._ends: tuple[int, int] | None = None
        self.replug()

    def __enter__(self) -> "SimulatedScanner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> str:
        """The name of the port as a configuration has it."""
        return str(self._link) if self._link is not None else os.ttyname(self._plugged()[1])

    def scan(
        self, text: str, aim: str | None = None, suffix: bytes = b"\r", baud_delay_s: float = 0.0
    ) -> None:
        """Send one code as a scanner does; `baud_delay_s` is the pause after each byte, in seconds."""
        data = (aim or "").encode("ascii") + text.encode("utf-8") + suffix
        if not baud_delay_s:
            self.send(data)
            return
        for byte in data:
            self.send(bytes([byte]))
            self._sleep(baud_delay_s)

    def send(self, data: bytes) -> None:
        """Send bytes as they are. Raises TimeoutError when nobody reads the port and its buffer is full."""
        host, _ = self._plugged()
        while data:
            if not select.select([], [host], [], 1.0)[1]:
                raise TimeoutError("Nobody reads the simulated scanner: start the till on its port.")
            data = data[os.write(host, data) :]

    def feedback(self, timeout_s: float) -> bytes:
        """What the till wrote to the scanner, waiting at most `timeout_s` seconds for it; empty for nothing."""
        host, _ = self._plugged()
        return os.read(host, 4096) if select.select([host], [], [], timeout_s)[0] else b""

    def unplug(self) -> None:
        """Take the device away; whoever has it open gets an error."""
        if self._ends is not None:
            for end in self._ends:
                os.close(end)
            self._ends = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def replug(self) -> None:
        """Plug a device in, as a new terminal behind the same link."""
        self.unplug()
        host, device = os.openpty()
        tty.setraw(device)
        os.set_blocking(host, False)
        self._ends = (host, device)
        if self._link is not None:
            self._link.symlink_to(os.ttyname(device))

    def close(self) -> None:
        """Unplug for good."""
        self.unplug()

    def _plugged(self) -> tuple[int, int]:
        if self._ends is None:
            raise ConnectionError("The simulated scanner is unplugged: plug it in again.")
        return self._ends

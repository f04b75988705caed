"""What a till is fitted with, tried out and changed at its settings page: ports, printer, display, a few keys."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from pos_app.config import TillConfig
from pos_app.config_file import keep
from pos_app.devices.burst import Burst, Bursts
from pos_app.devices.customer_display import CustomerDisplay, Lines
from pos_app.devices.framing import Frame
from pos_app.devices.grammar import CodeConfig
from pos_app.printing.printer import Printer


class Fittings:
    """The devices beside a running till. While somebody listens, scans are shown to them and mean nothing to the till.

    `scanned` and `heard` are called from the ports' threads, everything else from the screen's.
    """

    def __init__(
        self, folder: Path, config: TillConfig, codes: CodeConfig, sink: Callable[[str, Frame], bool]
    ) -> None:
        """`sink` takes the frames that are for the till."""
        self.config = config
        self.codes = codes
        self.printer: Printer | None = None
        self.display: CustomerDisplay | None = None
        self._folder = folder
        self._sink = sink
        self._bursts = Bursts()
        self._listening = False

    def listen(self, on: bool) -> None:
        """Begin or end a scan test; nothing of a former one stays."""
        self._bursts.forget()
        self._listening = on

    @property
    def last(self) -> Burst | None:
        """The newest scan of a test."""
        return self._bursts.last

    def heard(self, port: str, data: bytes, at_ms: int) -> None:
        """Bytes came on a port."""
        if self._listening:
            self._bursts.heard(port, data, at_ms)

    def typed(self, text: str, times: tuple[int, ...]) -> None:
        """A keyboard scanner typed `text`, its keys at `times`, that of the terminator last; no times for a paste."""
        self._bursts.forget()
        keys = [*text, "\r"] if len(times) == len(text) + 1 else [text]
        for key, at_ms in zip(keys, times or (0,), strict=True):
            self.heard("", key.encode(), at_ms)

    def scanned(self, port: str, frame: Frame) -> bool:
        """A frame for the till, or for the test; returns whether it is kept."""
        return True if self._listening else self._sink(port, frame)

    def keep(self, key: str, value: object) -> None:
        """Write a key of the configuration into till.toml, for the next start. Raises ConfigError."""
        keep(self._folder, key, value)
        self.config = msgspec.structs.replace(self.config, **{key: value})

    def print_test(self, title: str) -> bool:
        """Print the doctor's page; False where there is no printer."""
        if self.printer is None:
            return False
        from pos_app.doctor.test_page import page
        from pos_app.printing.profile import profile_of

        self.printer.print_page(page(title, profile_of(self.config, self._folder)))
        return True

    def show_test(self, lines: Lines) -> bool:
        """Let the customer's display show `lines` until the next change of the screen; False where there is none."""
        if self.display is None:
            return False
        self.display.show(lines)
        return True

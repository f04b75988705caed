"""Listens to every serial port at once, to find the one a scanner hangs on and the speed it was set to."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from serial.tools import list_ports

from pos_app.devices.framing import Frame
from pos_app.devices.serial_port import PRESETS, PortConfig, PortReader, PortState, PortThread
from pos_app.devices.usb_names import stable_name

_ORDER: Final = tuple(PRESETS)


class Heard(msgspec.Struct, frozen=True):
    """One frame that came on a port set to `preset`."""

    port: str
    preset: str
    frame: Frame

    @property
    def readable(self) -> bool:
        """Whether it is plain text, as it is only at the speed and parity that the scanner was set to."""
        return self.frame.fault is None and self.frame.text.isascii() and self.frame.text.isprintable()


class Listening:
    """The ports being listened to. `heard` is called from their threads; everything else from one thread."""

    def __init__(
        self, also: Iterable[str], heard: Callable[[Heard], None], now_ms: Callable[[], int]
    ) -> None:
        """`also` are ports that the machine does not list by itself."""
        self._also = tuple(also)
        self._heard = heard
        self._now_ms = now_ms
        self._presets: dict[str, str] = {}
        self._threads: dict[str, PortThread] = {}
        self._states: dict[str, PortState] = {}

    def look(self) -> None:
        """Listen to what was plugged in since, too."""
        for port in (*(one.device for one in list_ports.comports()), *self._also):
            if port not in self._threads:
                self._start(port, self._presets.get(port, _ORDER[0]))

    def ports(self) -> tuple[tuple[str, str, PortState | None], ...]:
        """Each port with its preset and how it is doing, by name."""
        return tuple((port, self._presets[port], self._states.get(port)) for port in sorted(self._threads))

    def next_preset(self, port: str) -> str:
        """Listen at the next speed; returns it."""
        preset = _ORDER[(_ORDER.index(self._presets[port]) + 1) % len(_ORDER)]
        self._threads.pop(port).stop()
        self._start(port, preset)
        return preset

    def stop(self) -> None:
        """Let all ports go."""
        while self._threads:
            self._threads.popitem()[1].stop()

    def _start(self, port: str, preset: str) -> None:
        def sink(name: str, frame: Frame) -> bool:
            self._heard(Heard(name, preset, frame))
            return True

        def watch(name: str, state: PortState) -> None:
            self._states[name] = state

        reader = PortReader(PortConfig(port, PRESETS[preset]), sink, watch=watch, now_ms=self._now_ms)
        self._presets[port], self._threads[port] = preset, PortThread(reader)
        self._threads[port].start()


def lasting(port: str) -> str:
    """The name of `port` that holds when it is plugged in elsewhere, where it is a USB device."""
    return stable_name(port, list_ports.comports())

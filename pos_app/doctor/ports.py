"""The serial ports of this machine, and those that the configuration names."""

from collections.abc import Iterator

import serial
from serial.tools import list_ports

from pos_app.config import TillConfig
from pos_app.devices.messages import PORT_SENTENCES
from pos_app.devices.serial_port import PRESETS, PortConfig, PortState, open_serial, state_after
from pos_app.doctor.finding import Finding, fault, good, look
from rules.sentences import as_said, said


def ports(config: TillConfig, *, running: bool) -> Iterator[Finding]:
    """What is plugged in, and whether each scanner and the printer can be opened; not while the till is `running`."""
    there = sorted(f"{one.device} ({_usb(one.vid, one.pid)})" for one in list_ports.comports() if one.vid)
    if there:
        yield good(said("plugged in"), as_said(", ".join(there)))
    if not config.scanners:
        yield look(
            said("scanner"), said("No serial scanner is set: keyboard scanners work, serial ones are better.")
        )
    named = [(said("scanner"), one.port, one.preset) for one in config.scanners]
    if config.printer:
        named.append((said("printer"), config.printer, config.printer_preset))
    for what, port, preset in named:
        if running:
            yield good(what, said("{port} is in use by the running till", port=port))
            continue
        state = _opened(port, preset)
        text = said(PORT_SENTENCES[state], port=port)
        yield (
            good(what, said("{port} opens at {preset}", port=port, preset=preset))
            if state is PortState.OPEN
            else fault(what, text)
        )


def _opened(port: str, preset: str) -> PortState:
    try:
        open_serial(PortConfig(port, PRESETS[preset])).close()
    except (serial.SerialException, OSError, ValueError) as error:
        return state_after(error)
    return PortState.OPEN


def _usb(vid: int | None, pid: int | None) -> str:
    return f"usb:{vid or 0:04x}:{pid or 0:04x}"

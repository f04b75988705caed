"""The serial ports of this machine, and those that the configuration names."""

from collections.abc import Iterator, Mapping
from typing import Final

from serial.tools import list_ports

from pos_app.config import TillConfig
from pos_app.devices.messages import PORT_SENTENCES
from pos_app.devices.serial_port import (
    PORT_ERRORS,
    PRESETS,
    PortConfig,
    PortState,
    open_serial,
    state_after,
)
from pos_app.doctor.finding import Finding, fault, good, look
from pos_app.doctor.test_page import WRITE_TIMEOUT_S
from pos_app.printing.line_out import in_network, open_line
from rules.sentences import Said, as_said, mark, said

_OTHERS: Final = {
    PortState.ABSENT: mark("{port} is not there: plug it in, or correct its name in till.toml."),
    PortState.DENIED: mark(
        "No right to use {port}: add this user to the group dialout (uucp on Arch), then sign in anew."
    ),
    PortState.BUSY: mark("{port} is used by another program: close that program."),
}


def ports(config: TillConfig, *, running: bool) -> Iterator[Finding]:
    """What is plugged in, and whether scanners, printer and display can be opened; not while the till is `running`."""
    there = sorted(f"{one.device} ({_usb(one.vid, one.pid)})" for one in list_ports.comports() if one.vid)
    if there:
        yield good(said("plugged in"), as_said(", ".join(there)))
    if not config.scanners:
        yield look(
            said("scanner"), said("No serial scanner is set: keyboard scanners work, serial ones are better.")
        )
    for one in config.scanners:
        yield _looked_at(said("scanner"), one.port, one.preset, PORT_SENTENCES, running=running)
    if config.printer:
        what = said("printer")
        yield _looked_at(what, config.printer, config.printer_preset, _OTHERS, running=running)
    if config.display:
        what = said("customer's display")
        yield _looked_at(what, config.display, config.display_preset, _OTHERS, running=running)


def _looked_at(
    what: Said, port: str, preset: str, sentences: Mapping[PortState, str], *, running: bool
) -> Finding:
    if running:
        return good(what, said("{port} is in use by the running till", port=port))
    state = _opened(port, preset)
    if state is PortState.OPEN and in_network(port):
        return good(what, said("{port} takes a connection", port=port))
    if state is PortState.OPEN:
        return good(what, said("{port} opens at {preset}", port=port, preset=preset))
    return fault(what, said(sentences[state], port=port))


def _opened(port: str, preset: str) -> PortState:
    try:
        if in_network(port):
            open_line(port, PRESETS[preset], WRITE_TIMEOUT_S).close()
        else:
            open_serial(PortConfig(port, PRESETS[preset])).close()
    except PORT_ERRORS as error:
        return state_after(error)
    return PortState.OPEN


def _usb(vid: int | None, pid: int | None) -> str:
    return f"usb:{vid or 0:04x}:{pid or 0:04x}"

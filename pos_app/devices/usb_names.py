"""Finds the serial port of a USB device by what the device is, because port names change with every plug."""

import re
from collections.abc import Iterable
from typing import Protocol

_NAME = re.compile(
    "usb:(?P<vid>[0-9a-f]{4}):(?P<pid>[0-9a-f]{4})(?::(?P<serial>[^@]+))?(?:@(?P<location>.+))?",
    re.IGNORECASE,
)


class UsbPort(Protocol):
    """What pyserial's port list tells about one port."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None


def is_usb_name(name: str) -> bool:
    """True for `usb:VID:PID`, with `:SERIAL` or `@LOCATION` behind it or not."""
    return _NAME.fullmatch(name) is not None


def find_port(name: str, ports: Iterable[UsbPort]) -> str | None:
    """The device of the port that a `usb:` name means, None when it is not plugged in.

    VID and PID are four hexadecimal digits. Of several that match, the first by device name is taken: two equal
    scanners without serial numbers need their `@LOCATION`. Raises ValueError for another form of name.
    """
    wanted = _NAME.fullmatch(name)
    if wanted is None:
        raise ValueError("Write a USB scanner as usb:VID:PID, for example usb:0c2e:0b61.")
    fitting = (port.device for port in ports if _fits(port, wanted))
    return min(fitting, default=None)


def _fits(port: UsbPort, wanted: re.Match[str]) -> bool:
    same_model = (port.vid, port.pid) == (int(wanted["vid"], 16), int(wanted["pid"], 16))
    same_device = wanted["serial"] in (None, port.serial_number)
    return same_model and same_device and wanted["location"] in (None, port.location)


def stable_name(port: str, ports: Iterable[UsbPort]) -> str:
    """A `usb:` name of the device at `port` that means no other one, or `port` itself when it is no USB device."""
    known = list(ports)
    there = next((one for one in known if one.device == port), None)
    if there is None or there.vid is None or there.pid is None:
        return port
    bare = f"usb:{there.vid:04x}:{there.pid:04x}"
    serial, place = there.serial_number, there.location
    names = [
        bare,
        *([f"{bare}:{serial}"] if serial and "@" not in serial else []),
        *([f"{bare}@{place}"] if place else []),
    ]
    return next((name for name in names if _means_only(name, known)), port)


def _means_only(name: str, ports: list[UsbPort]) -> bool:
    wanted = _NAME.fullmatch(name)
    return wanted is not None and sum(_fits(port, wanted) for port in ports) == 1

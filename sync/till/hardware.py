"""The machine that a till's file is on: one that came to another spends nothing before the ledger has heard of it.

The ledger notices a copy when the second of two calls (ledger-and-sync.md 4.5); until then both would have the same
grants. A copy of a virtual machine that keeps its names is taken for the machine itself: what tells it is the ledger.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sync.sqlite_driver import Connection
from sync.till.cursors import save_sync_state, sync_state
from sync.till.identity import Identity
from sync.till.writer import Writer

_DOMAIN = b"assidu-hardware/1\0"
_NAMES = (
    "etc/machine-id",
    "sys/class/dmi/id/product_name",
    "sys/class/dmi/id/board_name",
    "proc/device-tree/serial-number",
)
_PERMANENT = "0"  # of addr_assign_type: the address is the device's own (Linux, sysfs-class-net)


def fingerprint(root: Path = Path("/")) -> bytes:
    """16 bytes of what anybody may read of this machine: its names and its built-in wired addresses; b"" for nothing.

    `root` is the root of its file system. Wireless and USB devices come and go, and are left out.
    """
    told = [_read(root / name) for name in _NAMES]
    told += sorted(_addresses(root / "sys/class/net"))
    if not any(told):
        return b""
    return hashlib.sha256(_DOMAIN + "\0".join(told).encode()).digest()[:16]


def note(writer: Writer, who: Identity, here: bytes) -> None:
    """At the start: the file is on the machine with the fingerprint `here`; the first one it is seen on is its own.

    A till that works alone has no ledger that could hear of another. Raises StoreError.
    """

    def job(connection: Connection) -> None:
        state = sync_state(connection)
        changed = msgspec.structs.replace(state, here=here, hardware=state.hardware or here)
        if changed != state:
            save_sync_state(connection, changed)

    if who.paired:
        writer.run(job)


def _addresses(devices: Path) -> Iterator[str]:
    for device in devices.glob("*"):
        built_in = (device / "device").exists() and "/usb" not in str((device / "device").resolve())
        wireless = (device / "wireless").exists() or (device / "phy80211").exists()
        if built_in and not wireless and _read(device / "addr_assign_type") == _PERMANENT:
            yield _read(device / "address")


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip().strip("\0")
    except OSError:
        return ""

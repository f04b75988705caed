"""How `assidu demo scan CODE` in another terminal reaches the scanner of a running demo."""

import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from rules.sentences import mark

FOLDER_PREFIX = "assidu-demo-"
SOCKET_NAME = "scanner.sock"
LONGEST = 4096


class NoDemo(Exception):
    """No demo is running that could scan; the text says what to do."""


class Control:
    """A Unix socket in the demo's folder; each connection brings one code, which goes to `scan`."""

    def __init__(self, folder: Path, scan: Callable[[str], None]) -> None:
        self._scan = scan
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(folder / SOCKET_NAME))
        self._socket.listen(4)
        self._thread = threading.Thread(target=self._serve, name="demo-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=1)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        try:
            code = connection.recv(LONGEST).decode().strip()
            if code:
                self._scan(code)
            connection.sendall(b"ok")
        except (OSError, UnicodeDecodeError, TimeoutError):
            return


def scan_in_running_demo(code: str, temp: Path | None = None) -> None:
    """Send `code` to the newest running demo of this user. Raises NoDemo."""
    folders = sorted(
        (temp or Path(tempfile.gettempdir())).glob(f"{FOLDER_PREFIX}*/{SOCKET_NAME}"),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in folders:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(path))
                connection.sendall(code.encode())
                connection.shutdown(socket.SHUT_WR)
                if connection.recv(8) == b"ok":
                    return
            except OSError:
                continue
    raise NoDemo(mark("no demo is running here: start `assidu demo` in another terminal first."))

"""The door of a till on the shop's own network: a few connections at a time, each short, none of which can hang it.

Everything is bounded: how many connections there are, how long one may take in all, how much it may send. One that is
beyond a bound is closed; the till sells on whatever happens here.
"""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from rules.sentences import said
from sync.till.door import BODY_LIMIT, Door

MOST_CONNECTIONS = 8
WORKERS = 3
STOP_S = 5.0
CONNECTION_S = 30.0
SILENCE_S = 5.0
PIECE = 256 * 1024
log = logging.getLogger("assidu.sync")


class BadAddress(Exception):
    """The configured door cannot be opened: the text says what to correct."""


class DoorServer:
    """Serves `door` on `address` (HOST:PORT) from threads of its own. Raises BadAddress."""

    def __init__(self, address: str, door: Door) -> None:
        host, colon, port = address.rpartition(":")
        if not (colon and port.isascii() and port.isdigit() and int(port) < 1 << 16):
            raise BadAddress(
                said(
                    'door = "{address}" is no address: write one like "0.0.0.0:8766" in till.toml.',
                    address=address,
                )
            )
        try:
            self._server = _Server((host.strip("[]"), int(port)), door)
        except OSError as error:
            raise BadAddress(
                said(
                    "door = {address} cannot be opened ({reason}): choose an address of this machine.",
                    address=address,
                    reason=error.strerror or error,
                )
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="door", daemon=True)
        self._workers: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Listen from now on."""
        self._workers = self._server.start_workers()
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; connections under way are cut."""
        self._server.shutdown()
        self._server.cut(0.0)
        self._server.stop_workers()
        self._server.server_close()
        for one in (self._thread, *self._workers):
            one.join(STOP_S)


class _Server(HTTPServer):
    """Takes connections on one thread and answers them on a few that live as long as the door: each has its own
    connection to the till's store."""

    request_queue_size = MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], door: Door) -> None:
        self.door = door
        self._since: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[Any, Any] | None] = queue.SimpleQueue()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def start_workers(self) -> list[threading.Thread]:
        """Begin to answer."""
        workers = [threading.Thread(target=self._work, name=f"door-{n}", daemon=True) for n in range(WORKERS)]
        for one in workers:
            one.start()
        return workers

    def stop_workers(self) -> None:
        """Answer what is begun, then end."""
        for _ in range(WORKERS):
            self._waiting.put(None)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Take one connection more, or close it at once."""
        with self._lock:
            if len(self._since) >= MOST_CONNECTIONS:
                return False
            self._since[request] = time.monotonic()
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        self._waiting.put((request, client_address))

    def _work(self) -> None:
        while (found := self._waiting.get()) is not None:
            request, client_address = found
            with contextlib.suppress(OSError):
                try:
                    self.finish_request(request, client_address)
                except OSError:
                    log.info("a neighbour's connection broke")
                except Exception as error:  # noqa: BLE001 - a fault of ours must not close the door for ever
                    log.error("a neighbour's question failed: %s", type(error).__name__)
                self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Twice a second: cut connections that have taken too long."""
        self.cut(CONNECTION_S)

    def cut(self, after_s: float) -> None:
        """End connections that are older than this."""
        with self._lock:
            old = [one for one, since in self._since.items() if time.monotonic() - since >= after_s]
        for one in old:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S
    server_version, sys_version = "assidu", ""

    def do_GET(self) -> None:
        self._serve("GET", lambda: b"")

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= BODY_LIMIT):
            self.send_error(413)
            return
        self._serve("POST", lambda: self.rfile.read(int(length)))

    def _serve(self, method: str, body: Callable[[], bytes]) -> None:
        self.close_connection = True
        answer = self.server.door.answer(method, self.path, dict(self.headers.items()), body())
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.part is not None:
            path, first, rest = answer.part
            with path.open("rb") as file:
                file.seek(first)
                while rest > 0 and (piece := file.read(min(PIECE, rest))):
                    self.wfile.write(piece)
                    rest -= len(piece)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are not logged: they name members."""

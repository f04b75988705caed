"""A small HTTP server that nothing can hang: so many connections, each so long in all, answered by a few threads.

A connection beyond a bound is closed. Each thread lives as long as the server: it has its own connection to the
till's store.
"""

import contextlib
import logging
import queue
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from rules.sentences import said

MOST_CONNECTIONS = 8
STOP_S = 5.0
log = logging.getLogger("assidu.sync")


class BadAddress(Exception):
    """The configured address cannot be used: the text says what to correct."""


def address_of(key: str, address: str, example: str) -> tuple[str, int]:
    """Host and port of what the configuration has under `key`. Raises BadAddress."""
    host, colon, port = address.rpartition(":")
    if not (colon and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise BadAddress(
            said(
                '{key} = "{address}" is no address: write one like "{example}" in till.toml.',
                key=key,
                address=address,
                example=example,
            )
        )
    return host.strip("[]"), int(port)


class BoundedServer(HTTPServer):
    """Takes connections on one thread and answers them on `workers` others, all called after `key`.

    `connection_s` is how long a connection may take in all. Raises BadAddress.
    """

    request_queue_size = MOST_CONNECTIONS
    workers = 3
    connection_s = 30.0

    def __init__(self, key: str, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._key = key
        self._until: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[Any, Any] | None] = queue.SimpleQueue()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        try:
            super().__init__(address, handler)
        except OSError as error:
            raise BadAddress(
                said(
                    "{key} = {address} cannot be opened ({reason}): choose an address of this machine.",
                    key=key,
                    address=f"{address[0]}:{address[1]}",
                    reason=error.strerror or error,
                )
            ) from error
        self._threads = [
            threading.Thread(target=self._work, name=f"{key}-{n}", daemon=True) for n in range(self.workers)
        ]
        self._threads.append(threading.Thread(target=self.serve_forever, name=key, daemon=True))

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Listen and answer from now on."""
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        """Listen no more; connections under way are cut."""
        self.shutdown()
        self._cut(float("inf"))
        for _ in self._threads[:-1]:
            self._waiting.put(None)
        self.server_close()
        for one in self._threads:
            one.join(STOP_S)

    def give_time(self, request: socket.socket, seconds: float) -> None:
        """Let one connection, whose question has come whole, take so long for its answer."""
        with self._lock:
            if request in self._until:
                self._until[request] = time.monotonic() + seconds

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Take one connection more, or close it at once."""
        with self._lock:
            if len(self._until) >= MOST_CONNECTIONS:
                return False
            self._until[request] = time.monotonic() + self.connection_s
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand a connection to the threads that answer."""
        self._waiting.put((request, client_address))

    def _work(self) -> None:
        while (found := self._waiting.get()) is not None:
            request, client_address = found
            with contextlib.suppress(OSError):
                try:
                    self.finish_request(request, client_address)
                except OSError:
                    log.info("a connection to the till's %s broke", self._key)
                except Exception as error:  # noqa: BLE001 - a fault of ours must not close it for ever
                    log.error("a question to the till's %s failed: %s", self._key, type(error).__name__)
                self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """End one connection."""
        with self._lock:
            self._until.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Twice a second: cut connections that have taken too long."""
        self._cut(time.monotonic())

    def _cut(self, now: float) -> None:
        with self._lock:
            old = [one for one, until in self._until.items() if until <= now]
        for one in old:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

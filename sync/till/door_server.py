"""The door of a till on the shop's own network: a few connections at a time, each short, none of which can hang it.

Everything is bounded: how many connections there are, how long one may take in all, how much it may send. One that is
beyond a bound is closed; the till sells on whatever happens here.
"""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from sync.till.bounded import BoundedServer, address_of
from sync.till.door import BODY_LIMIT, Door

SILENCE_S = 5.0
PIECE = 256 * 1024


class DoorServer(BoundedServer):
    """Serves `door` on `address` (HOST:PORT) from threads of its own. Raises BadAddress."""

    def __init__(self, address: str, door: Door) -> None:
        self.door = door
        super().__init__("door", address_of("door", address, "0.0.0.0:8766"), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: DoorServer
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

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are not logged: they name members."""

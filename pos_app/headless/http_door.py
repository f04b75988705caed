"""Commands over HTTP, for registers on this machine alone: no other machine and no page of a browser comes in here.

A request is looked at before its body is read. What has an Origin comes from a page; a page that has turned a name of
its own into this machine's address (DNS rebinding) is told by the Host that it asks for; and neither knows the token.
"""

import contextlib
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import msgspec

from pos_app.headless.protocol import LONGEST_COMMAND
from pos_app.headless.token import is_right
from pos_app.languages.words import Words
from rules.sentences import mark, said
from sync.till.bounded import BadAddress, BoundedServer, address_of

KEY = "register"
PATH = "/command"
EXAMPLE = "127.0.0.1:8767"
SILENCE_S = 5.0
ANSWER_S = 150.0
# What only browsers send, whatever else they send with it.
_OF_BROWSERS = ("origin", "referer", "sec-fetch-site", "sec-fetch-mode", "access-control-request-method")


class Wrong(msgspec.Struct, frozen=True):
    """Why a request is not carried out: the HTTP status, a stable code and one sentence of the catalogues."""

    status: int
    code: str
    sentence: str


_HOST = Wrong(403, "host", mark("Ask for 127.0.0.1, localhost or [::1] with the port of till.toml."))
_BROWSER = Wrong(403, "browser", mark("No page of a browser may ask a till."))
_PATH = Wrong(404, "path", said("Commands are sent to {path}.", path=PATH))
_METHOD = Wrong(405, "method", mark("Commands are sent with POST."))
_TOKEN = Wrong(401, "token", mark("Send Authorization: Bearer with the token in the till's own folder."))
_TYPE = Wrong(415, "type", mark("Send Content-Type: application/json."))
_LENGTH = Wrong(411, "length", mark("Send Content-Length, once, and the body as it is."))
_LARGE = Wrong(413, "too_large", said("A command has at most {most} bytes.", most=LONGEST_COMMAND))
_REQUEST = mark("This is no request that a till reads: send a small HTTP/1.1 one.")
_SHORT = Wrong(400, "length", mark("The body is shorter than its Content-Length."))


class HttpDoor(BoundedServer):
    """Answers commands on `address` (HOST:PORT of this machine itself). Raises BadAddress."""

    connection_s = 10.0

    def __init__(
        self, address: str, token: str, answer: Callable[[bytes], bytes], words: Callable[[], Words]
    ) -> None:
        """`answer` is called by the threads of the door, with the body of a request that may come in; `words` too,
        to say in the till's language why one may not.
        """
        self.token = token
        self.answer = answer
        self.words = words
        host, port = address_of(KEY, address, EXAMPLE)
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise BadAddress(
                said(
                    'register = "{address}" is no address of this machine alone: write one like "{example}".',
                    address=address,
                    example=EXAMPLE,
                )
            )
        super().__init__(KEY, ("127.0.0.1" if host == "localhost" else host, port), _Handler)

        self.hosts = [[f"{name}:{self.port}"] for name in ("127.0.0.1", "localhost", "[::1]")]


class _Handler(BaseHTTPRequestHandler):
    server: HttpDoor
    connection: socket.socket
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S
    server_version, sys_version = "assidu", ""

    def parse_request(self) -> bool:
        """Every method alike: what is wrong is said before anything is done."""
        if not super().parse_request():
            return False
        wrong = self._wrong()
        if wrong is None:
            self._carry_out()
        else:
            self._say(wrong.status, self._refusal(wrong))
            self._read_on()
        return False

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What the server itself cannot read (a line too long, too many headers), said in the same form."""
        self._say(code, self._refusal(Wrong(code, "request", _REQUEST)))
        self._read_on()

    def _read_on(self) -> None:
        """Let who was refused send the rest, within bounds: closed on the way, they would not read why."""
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            left = 8 * LONGEST_COMMAND
            while left > 0 and (piece := self.connection.recv(min(left, 1 << 16))):
                left -= len(piece)

    def _wrong(self) -> Wrong | None:
        head, server = self.headers, self.server
        checks: tuple[tuple[bool, Wrong], ...] = (
            ([host.lower() for host in head.get_all("host", [])] not in server.hosts, _HOST),
            (any(name in head for name in _OF_BROWSERS), _BROWSER),
            (self.path != PATH, _PATH),
            (self.command != "POST", _METHOD),
            (not self._has_token(), _TOKEN),
            (head.get_content_type() != "application/json" or "content-type" not in head, _TYPE),
            (len(head.get_all("content-length", [])) != 1 or "transfer-encoding" in head, _LENGTH),
            (not _is_number(head.get("content-length", "")), _LENGTH),
        )
        wrong = next((one for fails, one in checks if fails), None)
        if wrong is None and int(head["content-length"]) > LONGEST_COMMAND:
            return _LARGE
        return wrong

    def _has_token(self) -> bool:
        given = self.headers.get_all("authorization", [])
        kind, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        return is_right(self.server.token, token.strip()) and kind.lower() == "bearer"

    def _carry_out(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self._say(_SHORT.status, self._refusal(_SHORT))
            return
        self.server.give_time(self.connection, ANSWER_S)
        self._say(200, self.server.answer(body))

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _refusal(self, wrong: Wrong) -> bytes:
        sentence = self.server.words()(wrong.sentence)
        return msgspec.json.encode({"ok": False, "code": wrong.code, "sentence": sentence})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are not logged: they name members."""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10

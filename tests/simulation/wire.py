"""A till's HTTP client with nothing in it: what it asks goes over its `Line` as it is, and what comes back is read.

It stands for httpx as far as a till uses it, which takes longer over a question than the ledger's application takes
to find the handler. `run.py --real-signatures` leaves httpx in.
"""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from tests.simulation.line import Line

ALWAYS = {"host": "ledger", "accept-encoding": "identity", "user-agent": "assidu-till"}


class Headers(dict[str, str]):
    """Names in lower case, each once."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        super().__init__()
        self.update(pairs)

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name.lower(), value)

    def update(self, pairs: Mapping[str, str]) -> None:  # type: ignore[override]
        """Each of them in the place of the one there was."""
        for name, value in pairs.items():
            super().__setitem__(name.lower(), value)


class Request:
    """A question to be sent."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method, self.url, self.body = method, url, body
        self.headers = Headers(ALWAYS | headers)
        if body or method == "POST":
            self.headers["content-length"] = str(len(body))

    @property
    def scope(self) -> dict[str, Any]:
        """As an ASGI application is told of it."""
        path, _, query = self.url.partition("://")[2].partition("/")[2].partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": "/" + unquote(path),
            "raw_path": b"/" + path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }


class Response:
    """An answer as it came."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = status
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        self._body = body

    def iter_raw(self) -> Iterator[bytes]:
        """The body."""
        yield self._body

    def close(self) -> None:
        """Nothing is open."""


class Wire:
    """In the place of `httpx.Client`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def build_request(
        self, method: str, url: str, *, content: bytes, headers: Mapping[str, str], timeout: float
    ) -> Request:
        """A question; the line knows of no other time than its own."""
        return Request(method, url, headers, content)

    def send(self, request: Request, *, stream: bool) -> Response:
        """What comes back. Raises what httpx raises."""
        return Response(*self._line.carry(request.scope, request.body))

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()


def make_wire(url: str, transport: Line) -> Wire:
    """In the place of `exchange.make_http`."""
    return Wire(transport)

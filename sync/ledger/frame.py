"""Around every request: the ledger's signature on the answer, and one log line without personal data."""

import logging
import time
from collections.abc import MutableMapping
from typing import Any

import msgspec
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from sync.ledger.meter import Meter
from sync.signing import SignatureRefused, sign_response

STREAM = b"text/event-stream"
log = logging.getLogger("assidu.ledger")


class Framed:
    """An ASGI application around `app`. `server_seed` is the ledger's Ed25519 seed; `meter` counts its requests."""

    def __init__(self, app: ASGIApp, server_seed: bytes, meter: Meter) -> None:
        self._app = app
        self._seed = server_seed
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        answer = _Answer(dict(_text(scope["headers"])), self._seed, send)
        started = time.monotonic()
        try:
            await self._app(scope, receive, answer.send)
        finally:
            seconds = time.monotonic() - started
            self._meter.answered(str(scope.get("path_template") or ""), answer.status, seconds)
            _log(scope, state, answer.status, seconds)


class _Answer:
    """Holds the answer back until it is whole, then signs and sends it; an event stream goes straight through."""

    def __init__(self, request_headers: dict[str, str], seed: bytes, send: Send) -> None:
        self.status = 0
        self._request_headers = request_headers
        self._seed = seed
        self._send = send
        self._start: HTTPResponseStartEvent | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if _is_stream(message):
                await self._send(message)
            else:
                self._start = message
            return
        if message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = bytes(self._body)
        self._start["headers"] = self._signed(self._start["headers"], body)
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _signed(self, headers: Any, body: bytes) -> list[tuple[bytes, bytes]]:
        """`headers` with the signature; without one when the request was not signed, which binds nothing."""
        if "signature" not in self._request_headers:
            return list(headers)
        try:
            signed = sign_response(
                self.status,
                dict(_text(headers)),
                body,
                request_headers=self._request_headers,
                private_key=self._seed,
            )
        except (SignatureRefused, ValueError):
            return list(headers)
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in signed.items()]


def _is_stream(message: HTTPResponseStartEvent) -> bool:
    headers = message["headers"]
    return any(name.lower() == b"content-type" and value.startswith(STREAM) for name, value in headers)


def _text(headers: Any) -> list[tuple[str, str]]:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]


def _log(scope: Scope, state: MutableMapping[str, Any], status: int, seconds: float) -> None:
    """The route as declared, never the address itself: a card token is in it."""
    line = {
        "event": "request",
        "route": scope.get("path_template") or "",
        "status": status,
        "ms": round(seconds * 1000, 1),
        "device": "-".join(map(str, state.get("device", ()))),
        "code": state.get("refusal", ""),
    } | state.get("told", {})
    log.info(msgspec.json.encode(line).decode())

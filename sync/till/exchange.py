"""One signed question to the ledger and its checked answer: nothing that comes back can hurt the till.

An answer counts only when it is small enough, in time, of the right type, and signed by the pinned server key for
this very question (ledger-and-sync.md section 5.3). Everything else is a Failure with a stable reason.
"""

import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from sync.signing import SignatureRefused, device_key_id, sign_request, verify_response
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.wire import Refusal, pack

MSGPACK = "application/vnd.msgpack"
ANSWER_LIMIT = 4 * 1024 * 1024
BLOB_LIMIT = 32 * 1024 * 1024
DEADLINE_MS = 15_000
LOOPBACK = ("127.", "localhost", "::1")

A = TypeVar("A")


class Peer(msgspec.Struct, frozen=True):
    """Who talks to whom: the ledger's address and public key, this till's number, incarnation and private key."""

    url: str
    dev: int
    inc: int
    private_key: bytes
    server_key: bytes


class Reply(msgspec.Struct, frozen=True):
    """A complete answer as it came: nothing in it is trusted yet."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def make_http(url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """An HTTP client for `url`. A proxy from the environment is never used for this machine itself."""
    parts = urlsplit(url)  # the scheme in lower case, however it was typed
    return httpx.Client(
        transport=transport,
        verify=True if parts.scheme == "https" else no_authorities(),
        trust_env=not (parts.hostname or "").startswith(LOOPBACK),
        follow_redirects=False,
        headers={"accept": MSGPACK, "accept-encoding": "identity", "user-agent": "assidu-till"},
    )


@cache
def no_authorities() -> ssl.SSLContext:
    """For addresses without TLS: to load the certificate authorities takes 40 ms, and this trusts none of them."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Exchange:
    """Asks the ledger; safe from several threads at once. `mono_ms` measures deadlines."""

    def __init__(
        self, http: httpx.Client, peer: Peer, random: Callable[[int], bytes], mono_ms: Callable[[], int]
    ) -> None:
        self._http = http
        self._peer = peer
        self._random = random
        self._mono_ms = mono_ms

    def ask(
        self,
        method: str,
        path: str,
        kind: type[A],
        message: msgspec.Struct | None = None,
        deadline_ms: int = DEADLINE_MS,
    ) -> A | Failure:
        """The answer of type `kind` to `message` sent to `path`, within about `deadline_ms`."""
        body = self._exchange(
            method, path, b"" if message is None else pack(message), deadline_ms, ANSWER_LIMIT
        )
        return body if isinstance(body, Failure) else decoded(body, kind)

    def fetch(self, path: str) -> bytes | Failure:
        """The bytes of a published file."""
        return self._exchange("GET", path, b"", DEADLINE_MS * 4, BLOB_LIMIT)

    def signed(
        self, method: str, path: str, body: bytes = b"", timeout_s: float = 10.0, accept: str = MSGPACK
    ) -> httpx.Request:
        """A request that carries this till's signature."""
        peer = self._peer
        request = unsigned(self._http, method, peer.url + path, body, timeout_s)
        request.headers["accept"] = accept
        sign(request, body, device_key_id(peer.dev, peer.inc), peer.private_key, self._random(16).hex())
        return request

    def open(self, request: httpx.Request) -> httpx.Response | Failure:
        """The answer to `request` with its body still to be read; the caller closes it."""
        try:
            return self._http.send(request, stream=True)
        except TROUBLE as error:
            return failure_of(error)

    def _exchange(self, method: str, path: str, body: bytes, deadline_ms: int, limit: int) -> bytes | Failure:
        request = self.signed(method, path, body, deadline_ms / 1000)
        reply = receive(self._http, request, self._mono_ms, deadline_ms, limit)
        if isinstance(reply, Failure):
            return reply
        return self._checked(request, reply)

    def _checked(self, request: httpx.Request, reply: Reply) -> bytes | Failure:
        if reply.status == 429 or reply.status >= 500:
            return overloaded(reply)
        failure = signature_failure(request, reply, self._peer.server_key)
        if failure is not None:
            return failure
        return reply.body if reply.status == 200 else refused(reply)


def unsigned(http: httpx.Client, method: str, url: str, body: bytes, timeout_s: float) -> httpx.Request:
    """A request with a msgpack body, not signed yet."""
    return http.build_request(method, url, content=body, headers={"content-type": MSGPACK}, timeout=timeout_s)


def sign(request: httpx.Request, body: bytes, key_id: str, private_key: bytes, nonce: str) -> None:
    """Add digest and signature to `request`."""
    request.headers.update(
        sign_request(
            request.method,
            str(request.url),
            {},
            body,
            key_id=key_id,
            private_key=private_key,
            nonce=nonce,
        )
    )


def signature_failure(request: httpx.Request, reply: Reply, server_key: bytes) -> Failure | None:
    """Why `reply` is not the answer of the ledger with `server_key` to `request`; None when it is."""
    if "signature" not in reply.headers:
        return Failure(OfflineReason.UNSIGNED if reply.status == 200 else OfflineReason.BAD_ANSWER)
    try:
        verify_response(
            reply.status,
            reply.headers,
            reply.body,
            request_headers=request.headers,
            server_key=server_key,
        )
    except (SignatureRefused, *UNUSABLE):
        return Failure(OfflineReason.WRONG_KEY)
    return None


def receive(
    http: httpx.Client, request: httpx.Request, mono_ms: Callable[[], int], deadline_ms: int, limit: int
) -> Reply | Failure:
    """Send `request`; the answer, unless it takes longer than `deadline_ms` or has more than `limit` bytes."""
    end = mono_ms() + deadline_ms
    body = bytearray()
    try:
        response = http.send(request, stream=True)
        try:
            for piece in response.iter_raw():
                body += piece
                if len(body) > limit:
                    return Failure(OfflineReason.TOO_BIG)
                if mono_ms() > end:
                    return Failure(OfflineReason.SLOW)
        finally:
            response.close()
    except TROUBLE as error:
        return failure_of(error)
    return Reply(response.status_code, response.headers, bytes(body))


TROUBLE = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)


def failure_of(error: Exception) -> Failure:
    """Why there is no answer."""
    if isinstance(error, httpx.TimeoutException):
        return Failure(OfflineReason.SLOW)
    if isinstance(error, httpx.NetworkError | OSError | httpx.ProxyError):
        return Failure(OfflineReason.UNREACHABLE)
    # httpx has one class for rubbish and for a peer that hung up, and only its text tells them apart
    if isinstance(error, httpx.RemoteProtocolError) and (
        "disconnect" in str(error) or "closed" in str(error)
    ):
        return Failure(OfflineReason.UNREACHABLE)
    return Failure(OfflineReason.BAD_ANSWER)


def decoded(body: bytes, kind: type[A]) -> A | Failure:
    """`body`, msgpack, as a `kind`."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return Failure(OfflineReason.BAD_ANSWER)


def overloaded(reply: Reply) -> Failure:
    """The failure for 429 and 5xx, which proxies also send: unsigned, so only its pause is heeded."""
    reason = OfflineReason.BUSY if reply.status in (429, 503) else OfflineReason.SERVER_ERROR
    wait = reply.headers.get("retry-after", "")
    seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) <= 6 else 0
    return Failure(reason, retry_after_ms=seconds * 1000)


def refused(reply: Reply) -> Failure:
    """The failure for a signed answer that is not 200."""
    refusal = decoded(reply.body, Refusal)
    if isinstance(refusal, Failure):
        return refusal
    sentence = "".join(character for character in refusal.sentence if character.isprintable())
    return Failure(OfflineReason.REFUSED, code=refusal.code[:64], sentence=sentence[:300])

"""HTTPS to the ledger from a till whose clock may be years off (ledger-and-sync.md section 5.3, failure 16).

Certificates are checked as ever, against public authorities or the chain's own. Where only their dates are wrong by the
machine's clock, the ledger is asked for its signed time once; the key that was pinned says whether to believe it, and
from then on that time is the one by which the certificate must be in force.
"""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rules.sentences import said
from sync.proved import hello_bytes
from sync.wire import Hello

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for which Python has no name
WRONG_DATES = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED
HELLO_LIMIT = 64 * 1024


class BadAuthority(Exception):
    """The file of the chain's own certificate authority cannot be used; the text says what to do."""


class Dated(httpx.BaseTransport):
    """Carries requests to an https address. `fits` says whether a server key is the ledger's.

    `told` gets the ledger's time (ms UTC) at a monotonic ms, once it had to be asked for. Raises BadAuthority.
    """

    def __init__(
        self,
        url: str,
        authority: Path | None,
        fits: Callable[[bytes], bool],
        random: Callable[[int], bytes],
        mono_ms: Callable[[], int],
        told: Callable[[int, int], None],
    ) -> None:
        self._url, self._fits, self._random, self._mono_ms, self._told = url, fits, random, mono_ms, told
        proxy = _proxy_for(url)
        self._strict = httpx.HTTPTransport(verify=trusting(authority), proxy=proxy)
        undated = trusting(authority)
        undated.verify_flags |= NO_CHECK_TIME
        self._undated = httpx.HTTPTransport(verify=undated, proxy=proxy)
        self._ahead_ms: int | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`. Raises httpx.TransportError."""
        if self._ahead_ms is None:
            try:
                return self._strict.handle_request(request)
            except httpx.ConnectError as error:
                if not _only_dates(error) or not self._ask_time():
                    raise
        request.extensions = {**request.extensions, "trace": self._check}
        return self._undated.handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        self._strict.close()
        self._undated.close()

    def _ask_time(self) -> bool:
        """Learn the ledger's time by one question; false when nothing answered that may be believed."""
        nonce = self._random(16).hex()
        request = httpx.Request("GET", f"{self._url}/hello?nonce={nonce}", headers={"accept": "*/*"})
        request.extensions = {"timeout": {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}}
        response = self._undated.handle_request(request)
        try:
            hello = _believed(b"".join(response.iter_raw()), nonce, self._fits)
            certificate = _certificate(response.extensions.get("network_stream"))
        finally:
            response.close()
        if hello is None or not _in_force(certificate, hello.server_time_ms):
            return False
        now = self._mono_ms()
        self._ahead_ms = hello.server_time_ms - now
        self._told(hello.server_time_ms, now)
        return True

    def _check(self, event: str, info: Mapping[str, Any]) -> None:
        """Before anything is sent on a new connection: the certificate is in force by the ledger's time."""
        if event.endswith("start_tls.complete"):
            assert self._ahead_ms is not None
            if not _in_force(_certificate(info["return_value"]), self._mono_ms() + self._ahead_ms):
                raise httpx.ConnectError("the certificate of the ledger is not in force")


def _believed(data: bytes, nonce: str, fits: Callable[[bytes], bool]) -> Hello | None:
    try:
        hello = msgspec.msgpack.decode(data[:HELLO_LIMIT], type=Hello)
        if hello.nonce != nonce or not fits(hello.server_key):
            return None
        Ed25519PublicKey.from_public_bytes(hello.server_key).verify(hello.signature, hello_bytes(hello))
    except (msgspec.DecodeError, InvalidSignature, ValueError):
        return None
    return hello


def _certificate(stream: Any) -> Mapping[str, Any]:
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    return {} if secured is None else secured.getpeercert() or {}


def _in_force(certificate: Mapping[str, Any], at_ms: int) -> bool:
    first, last = certificate.get("notBefore"), certificate.get("notAfter")
    if first is None or last is None:
        return False
    return ssl.cert_time_to_seconds(first) * 1000 <= at_ms <= ssl.cert_time_to_seconds(last) * 1000


def _only_dates(error: BaseException) -> bool:
    """Whether a connection failed at the dates of a certificate; all the rest is checked again without them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_code in WRONG_DATES
        cause = cause.__cause__ or cause.__context__
    return False


def trusting(authority: Path | None) -> ssl.SSLContext:
    """What believes the certificates of `authority` (a PEM file), of the public ones for None. Raises BadAuthority."""
    if authority is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=str(authority))
    except (OSError, ValueError) as error:
        raise BadAuthority(
            said(
                "{file} is no certificate of an authority ({error}): give a PEM file with --ca.",
                file=authority,
                error=type(error).__name__,
            )
        ) from error


def _proxy_for(url: str) -> str | None:
    host = urlsplit(url).hostname or ""
    return None if proxy_bypass(host) else getproxies().get("https")

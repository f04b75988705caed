"""HTTP message signatures between till and ledger (RFC 9421, with Content-Digest of RFC 9530).

A request is signed by the device key over method, path, query and body, with a nonce and without a time: the clock
of a till may be years off, so freshness is the business of the ratchet (ledger-and-sync.md 5.3). An answer is
signed by the ledger's key over status and body and over the signature of the request it answers, so that no answer
can be given to another request.
"""

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from sync.chain import is_signed, loaded
from sync.signed_form import (
    ANSWER_COMPONENTS,
    LABEL,
    REQUEST_COMPONENTS,
    TAG_ANSWER,
    TAG_REQUEST,
    answer_base,
    digest_of,
    read_request,
)

LEDGER_KEY_ID = "ledger"

SIGNED_ANEW = {"content-digest", "signature-input", "signature"}

Resolve = Callable[[str], bytes | None]


class SignatureRefused(Exception):
    """A message is not signed as it must be: do not act on it; pair the till again if it keeps happening."""


class Signed(msgspec.Struct, frozen=True):
    """Who signed a request (`key_id`, as `device_key_id` writes it) and the nonce it carries."""

    key_id: str
    nonce: str


class _Request:
    """A request as the signature library wants it. The host is left out of the signature: a proxy may rename it."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        self.method = method
        self.url = "http://till" + url if url.startswith("/") else url
        self.headers = dict(headers.items())


class _Answer:
    """An answer as the signature library wants it."""

    def __init__(self, status: int, headers: Mapping[str, str], request: _Request) -> None:
        self.status_code = status
        self.headers = dict(headers.items())
        self.request = request


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        raw = self._resolve(key_id)
        return None if raw is None else Ed25519PublicKey.from_public_bytes(raw)


class _TimelessSigner(HTTPMessageSigner):
    """The library's signer always writes a creation time; this one never does."""

    def base(
        self, message: _Request | _Answer, params: dict[str, Any], covered: tuple[str, ...]
    ) -> tuple[bytes, str]:
        """What is signed, and the value of Signature-Input that says so."""
        base, node, _ = self._build_signature_base(
            message, covered_component_ids=self._parsed(covered), signature_params=OrderedDict(params)
        )
        return base.encode(), str(node)

    @staticmethod
    @cache
    def _parsed(covered: tuple[str, ...]) -> list[Any]:
        return _SIGNER._parse_covered_component_ids(covered)  # type: ignore[no-untyped-call,no-any-return]


_SIGNER = _TimelessSigner(signature_algorithm=algorithms.ED25519)


class _TimelessVerifier(HTTPMessageVerifier):
    require_created = False


def device_key_id(dev: int, inc: int) -> str:
    """How a request names the key it is signed with: device and incarnation."""
    return f"d{dev}-{inc}"


def source_key_id(source: str) -> str:
    """How a source outside the tills names its key."""
    return f"source-{source}"


def parse_device_key_id(key_id: str) -> tuple[int, int] | None:
    """Device and incarnation of a `device_key_id`; None for anything else."""
    dev, dash, inc = key_id.removeprefix("d").partition("-")
    fit = key_id.startswith("d") and dash and all(part.isascii() and part.isdigit() for part in (dev, inc))
    return (int(dev), int(inc)) if fit and len(key_id) < 40 else None


def sign_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_id: str,
    private_key: bytes,
    nonce: str,
) -> dict[str, str]:
    """`headers` with Content-Digest, Signature-Input and Signature of this request added.

    `url` is absolute or begins with the path; `private_key` is the device's 32-byte Ed25519 seed.
    """
    request = _Request(method, url, headers)
    params = {"keyid": key_id, "alg": "ed25519", "nonce": nonce, "tag": TAG_REQUEST}
    return _sign(request, body, params, REQUEST_COMPONENTS, private_key)


def verify_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, resolve: Resolve
) -> Signed:
    """Who signed this request. `resolve` gives the 32-byte public key of a key id, None for unknown or revoked.

    Raises SignatureRefused.
    """
    said = read_request(method, url, headers, body)
    if said is not None and _holds(resolve(said.key_id), said.signature, said.base):
        return Signed(said.key_id, said.nonce)
    request = _Request(method, url, headers)
    found = _verify(request, body, TAG_REQUEST, REQUEST_COMPONENTS, resolve)
    if not found.nonce:
        raise SignatureRefused("the request carries no nonce: update the till")
    return Signed(key_id=found.parameters["keyid"], nonce=found.nonce)


def sign_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request_headers: Mapping[str, str],
    private_key: bytes,
    key_id: str = LEDGER_KEY_ID,
) -> dict[str, str]:
    """`headers` with the digest and the ledger's signature over this answer to the request with `request_headers`."""
    digest = digest_of(body)
    plain = answer_base(status, digest, request_headers, key_id)
    if plain is not None:
        return _with_signature(_unsigned(headers) | {"Content-Digest": digest}, *plain, private_key)
    answer = _Answer(status, headers, _Request("POST", "/", request_headers))
    params = {"keyid": key_id, "alg": "ed25519", "tag": TAG_ANSWER}
    return _sign(answer, body, params, ANSWER_COMPONENTS, private_key)


def verify_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request_headers: Mapping[str, str],
    resolve: Resolve,
) -> str:
    """Who signed this answer to the request sent with `request_headers`: the id of the key.

    `resolve` gives the 32-byte public key of a key id. Raises SignatureRefused.
    """
    answer = _Answer(status, headers, _Request("POST", "/", request_headers))
    return str(_verify(answer, body, TAG_ANSWER, ANSWER_COMPONENTS, resolve).parameters["keyid"])


def verify_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request_headers: Mapping[str, str],
    server_key: bytes,
) -> None:
    """Check that the ledger with `server_key` gave this answer to the request sent with `request_headers`.

    Raises SignatureRefused.
    """
    verify_answer(status, headers, body, request_headers=request_headers, resolve=lambda _: server_key)


def _sign(
    message: _Request | _Answer,
    body: bytes,
    params: dict[str, Any],
    covered: tuple[str, ...],
    private_key: bytes,
) -> dict[str, str]:
    message.headers = _unsigned(message.headers) | {"Content-Digest": digest_of(body)}
    return _with_signature(message.headers, *_SIGNER.base(message, params, covered), private_key)


def _unsigned(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in SIGNED_ANEW}


def _with_signature(headers: dict[str, str], base: bytes, given: str, private_key: bytes) -> dict[str, str]:
    signature = b64encode(loaded(private_key).sign(base)).decode()
    return headers | {"Signature-Input": f"{LABEL}={given}", "Signature": f"{LABEL}=:{signature}:"}


def _holds(public_key: bytes | None, signature: bytes, base: bytes) -> bool:
    return public_key is not None and is_signed(public_key, base, signature)


def _verify(
    message: _Request | _Answer, body: bytes, tag: str, covered: tuple[str, ...], resolve: Resolve
) -> Any:
    verifier = _TimelessVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(resolve))
    try:
        results = verifier.verify(
            message, max_age=None, expect_tag=tag, require_components=covered, body=body
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError, KeyError) as error:
        raise SignatureRefused(f"the signature of a message is missing or wrong ({error})") from error
    if len(results) != 1:
        raise SignatureRefused("a message carries more than one signature")
    return results[0]

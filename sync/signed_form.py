"""The one form in which this software signs messages, read and written without a parser for all that RFC 9421 allows.

A till's push is signed in this form, and so is its answer; whatever looks otherwise is left to the library, which takes
some hundred microseconds more. Both make the same bytes of a message (tests/unit/test_signing.py).
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping

import msgspec

LABEL = "assidu"
TAG_REQUEST = "assidu-request"
TAG_ANSWER = "assidu-answer"
REQUEST_COMPONENTS = ("@method", "@path", "@query", "content-digest")
ANSWER_COMPONENTS = ("@status", "content-digest", '"signature";req')

_REQUEST = '("@method" "@path" "@query" "content-digest")'
_ANSWER = '("@status" "content-digest" "signature";req)'
_NAME = r"[ !#-\[\]-~]{1,200}"
_INPUT = re.compile(
    rf'{LABEL}=({re.escape(_REQUEST)};keyid="({_NAME})";alg="ed25519";nonce="({_NAME})";tag="{TAG_REQUEST}")'
)
_SIGNATURE = re.compile(rf"{LABEL}=:([A-Za-z0-9+/]{{86}}==):")
_TARGET = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?")


class SignedRequest(msgspec.Struct, frozen=True):
    """A request whose body is the one it names: by whom, the bytes that are signed, and the signature."""

    key_id: str
    nonce: str
    base: bytes
    signature: bytes


def digest_of(body: bytes) -> str:
    """The value of Content-Digest (RFC 9530)."""
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> SignedRequest | None:
    """What a request says of its signature; None unless it has this form, with the names of `headers` in lower case."""
    named = _INPUT.fullmatch(headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
    place = _TARGET.fullmatch(target)
    digest = digest_of(body)
    if not (named and signature and place and method.isupper() and headers.get("content-digest") == digest):
        return None
    lines = (
        f'"@method": {method}',
        f'"@path": {place[1]}',
        f'"@query": {place[2] or "?"}',
        f'"content-digest": {digest}',
        f'"@signature-params": {named[1]}',
    )
    return SignedRequest(named[2], named[3], "\n".join(lines).encode(), b64decode(signature[1]))


def answer_base(
    status: int, digest: str, request_headers: Mapping[str, str], key_id: str
) -> tuple[bytes, str] | None:
    """The bytes to sign of an answer and what Signature-Input says of them; None if the request has another form."""
    asked = request_headers.get("signature", "")
    if not (_SIGNATURE.fullmatch(asked) and re.fullmatch(_NAME, key_id)):
        return None
    given = f'{_ANSWER};keyid="{key_id}";alg="ed25519";tag="{TAG_ANSWER}"'
    lines = (
        f'"@status": {status}',
        f'"content-digest": {digest}',
        f'"signature";req: {asked}',
        f'"@signature-params": {given}',
    )
    return "\n".join(lines).encode(), given

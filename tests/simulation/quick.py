"""What makes thousands of runs affordable, and nothing else: cheap signatures on requests, a small reserve file.

Signing and checking a request and its answer takes the library longer than the ledger takes to answer. Here a digest
under the signer's public key stands for the signature: it binds the same things to the same key, and nobody in a
simulation forges one. `run.py --real-signatures` leaves the library in; entries, grants and lists are always signed.
"""

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from sync import signing
from sync.chain import public_key_of
from sync.till import database

RESERVE_BYTES = 4096
_public = functools.lru_cache(maxsize=64)(public_key_of)


class _Result(msgspec.Struct):
    """What the library says of a good signature, as far as it is looked at."""

    parameters: dict[str, str]

    @property
    def nonce(self) -> str:
        return self.parameters.get("nonce", "")


def _text(message: Any, body: bytes, params: str) -> bytes:
    """All that the signature binds."""
    if hasattr(message, "status_code"):
        asked = next(text for name, text in message.request.headers.items() if name.lower() == "signature")
        what = f"{message.status_code} {asked}"
    else:
        what = f"{message.method} {message.url.partition('://')[2].partition('/')[2]}"
    return b"\0".join((what.encode(), params.encode(), hashlib.sha256(body).digest()))


def _mac(key: bytes, text: bytes) -> str:
    return hashlib.blake2b(text, key=key, digest_size=16).hexdigest()


def _sign(message: Any, body: bytes, params: dict[str, str], _: Any, private_key: bytes) -> dict[str, str]:
    written = "assidu=()" + "".join(f';{name}="{text}"' for name, text in params.items())
    digest = _mac(_public(private_key), _text(message, body, written))
    return {**message.headers, "Signature-Input": written, "Signature": f"assidu={digest}"}


def _verify(message: Any, body: bytes, tag: str, _: Any, resolve: signing.Resolve) -> _Result:
    headers = {name.lower(): text for name, text in message.headers.items()}
    written, given = headers.get("signature-input", ""), headers.get("signature", "")
    fields = [part.split("=", 1) for part in written.split(";")[1:]]
    params = {name: text.strip('"') for name, text in fields}
    key = resolve(params.get("keyid", ""))
    if (
        key is None
        or params.get("tag") != tag
        or given != f"assidu={_mac(key, _text(message, body, written))}"
    ):
        raise signing.SignatureRefused("the signature of a message is missing or wrong")
    return _Result(params)


@contextmanager
def quick(*, real_signatures: bool = False) -> Iterator[None]:
    """Cheap inside, as in a shop outside."""
    before = signing._sign, signing._verify, database.RESERVE_BYTES
    database.RESERVE_BYTES = RESERVE_BYTES
    if not real_signatures:
        signing._sign, signing._verify = _sign, _verify  # type: ignore[assignment]
    try:
        yield
    finally:
        signing._sign, signing._verify, database.RESERVE_BYTES = before

"""What makes thousands of runs affordable, and nothing else: what every run would do alike is done once a process.

That is the empty databases, which are copied, the web application, which gets the state of another ledger, and the SQL
of the migrations. Besides, the reserve file is small, and signatures on requests are cheap:

Signing and checking a request and its answer takes the library longer than the ledger takes to answer. Here a digest
under the signer's public key stands for the signature: it binds the same things to the same key, and nobody in a
simulation forges one. `run.py --real-signatures` leaves the library in; entries, grants and lists are always signed.
"""

import functools
import gc
import hashlib
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar import Litestar

from pos_app.till import moment
from rules.calendar import store_time
from rules.programme import load
from sync import chain, delegation, signing
from sync.ledger import app, sqlite, work
from sync.sqlite_driver import driver
from sync.till import client, database, pair, rotate
from tests.simulation.wire import make_wire

RESERVE_BYTES = 4096
COLLECTED_EVERY = 20
_ended = itertools.count(1)
_connect = driver.connect
_public = functools.lru_cache(maxsize=64)(chain.public_key_of)
_read_once = functools.lru_cache(maxsize=64)(load._read)
_store_time = functools.lru_cache(maxsize=4096)(store_time)


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


class _Seen:
    """A public key with which a signature is checked once: the same bytes come many times in one process."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    @classmethod
    def from_public_bytes(cls, raw: bytes) -> "_Seen":
        """In the place of the library's constructor; a key that is none is found when it is used."""
        return cls(raw)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises what the library raises."""
        _good(self._raw, signature, message)


@functools.lru_cache(maxsize=20_000)
def _good(key: bytes, signature: bytes, message: bytes) -> None:
    """Only what was good is remembered: a wrong signature is refused each time anew."""
    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)


_is_signed = functools.lru_cache(maxsize=20_000)(chain.is_signed)


class _Built:
    """The web application: built once, then with another ledger's state."""

    _app: Litestar | None = None

    def __call__(self, *, state: Any, **given: Any) -> Litestar:
        """In the place of Litestar's own constructor."""
        self._app = self._app or Litestar(state=state, **given)
        self._app.state = state
        return self._app


_built = _Built()


@functools.cache
def _empty_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        connection = sqlite._connect(path)
        sqlite.migrate(connection)
        connection.close()
        return path.read_bytes()


@functools.cache
def _empty_till() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        store = database.open_store(Path(folder))
        store.close()
        return store.path.read_bytes()


def lay_ledger(path: Path) -> None:
    """A ledger's database as its first start makes it."""
    path.write_bytes(_empty_ledger())


def lay_till(folder: Path) -> None:
    """A till's folder as its first start makes it."""
    folder.mkdir(mode=0o700)
    (folder / database.FILE_NAME).write_bytes(_empty_till())


def prepare() -> None:
    """What is done once, before processes are forked: they share it, and the collector leaves it alone."""
    _empty_ledger()
    _empty_till()
    gc.collect()
    gc.freeze()


@contextmanager
def without_collector() -> Iterator[None]:
    """A run makes few cycles, and looking for them takes a twentieth of it: they are collected after some runs."""
    gc.disable()
    try:
        yield
    finally:
        if next(_ended) % COLLECTED_EVERY == 0:
            gc.collect()
        gc.enable()


def _connected(file: str, *, uri: bool = False, **given: Any) -> Any:
    """A connection that keeps SQLite's locks in memory: one process has all connections to a file here."""
    name = file if uri else Path(file).absolute().as_uri()
    return _connect(f"{name}{'&' if '?' in name else '?'}vfs=unix-excl", uri=True, **given)


@contextmanager
def quick(*, real_signatures: bool = False) -> Iterator[None]:
    """Cheap inside, as in a shop outside."""
    places: list[tuple[Any, str, Any]] = [
        (database, "RESERVE_BYTES", RESERVE_BYTES),
        (app, "Litestar", _built),
        (chain, "is_signed", _is_signed),
        (delegation, "Ed25519PublicKey", _Seen),
        (driver, "connect", _connected),
        (load, "_read", _read_once),
        (moment, "store_time", _store_time),
        (work, "store_time", _store_time),
    ]
    if not real_signatures:
        places += [(signing, "_sign", _sign), (signing, "_verify", _verify)]
        places += [(module, "make_http", make_wire) for module in (client, pair, rotate)]
    before = [getattr(module, name) for module, name, _ in places]
    try:
        for module, name, new in places:
            setattr(module, name, new)
        yield
    finally:
        for (module, name, _), old in zip(places, before, strict=True):
            setattr(module, name, old)

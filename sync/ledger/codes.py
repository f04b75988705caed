"""Pairing codes on request: from a running ledger, asked with its own key, or from its database when it rests."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec

from sync.ledger.open import open_ledger, server_seed
from sync.ledger.service import LedgerRefusal
from sync.signing import LEDGER_KEY_ID, sign_request
from sync.wire import Refusal, pack

TIMEOUT_S = 10.0


class NewTill(msgspec.Struct, frozen=True):
    """A till to be paired: a store's id, and the name the till will have."""

    store: str
    name: str


class NewCode(msgspec.Struct, frozen=True):
    """Its pairing code."""

    code: str


class NoCode(Exception):
    """No code could be made; the text is one sentence that says what to do."""


@contextlib.contextmanager
def address_file(database: Path, url: str) -> Iterator[None]:
    """While inside, a file beside the database says where its ledger listens."""
    path = _address(database)
    path.write_text(url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"), "ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def pairing_code(database: Path, till: NewTill) -> str:
    """A code for `till` from the ledger of `database`, running or not. Raises NoCode or StorageFault."""
    try:
        url = _address(database).read_text("ascii")
    except (OSError, ValueError):
        url = ""
    try:
        if url and (code := await _ask(url, till, server_seed(database))):
            return code
        ledger = await open_ledger(database)
        try:
            return await ledger.make_pairing_code(till.store, till.name)
        finally:
            await ledger.close()
    except LedgerRefusal as refusal:
        raise NoCode(refusal.sentence) from None


async def _ask(url: str, till: NewTill, seed: bytes) -> str:
    """The code from the ledger at `url`; "" when nobody listens there any more."""
    body = pack(till)
    headers = sign_request(
        "POST", "/codes", {}, body, key_id=LEDGER_KEY_ID, private_key=seed, nonce=secrets.token_hex(16)
    )
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as http:
            answer = await http.post(f"{url}/codes", content=body, headers=headers)
    except httpx.TransportError:
        return ""
    try:
        if answer.status_code == 200:
            return msgspec.msgpack.decode(answer.content, type=NewCode).code
        raise NoCode(msgspec.msgpack.decode(answer.content, type=Refusal).sentence)
    except msgspec.DecodeError:
        raise NoCode("The running ledger gave no code: look into its log.") from None


def _address(database: Path) -> Path:
    return database.with_name(database.name + ".url")

"""What the ledger's owner asks of it: carried out by the running ledger, asked with its own key, or on its database.

An operation is a struct with the values it needs. It travels to a running ledger as `POST /operations/NAME`; when
nobody runs, or on PostgreSQL, which takes several processes, the command opens the database itself and does the same.
"""

import contextlib
import secrets
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import httpx
import msgspec

from rules.sentences import mark
from sync.chain import public_key_of
from sync.ledger.caller import LedgerRefusal
from sync.ledger.database import Database, Postgres
from sync.ledger.open import open_ledger, server_seed
from sync.ledger.service import Ledger
from sync.refusals import SaidRefusal
from sync.signing import LEDGER_KEY_ID, SignatureRefused, sign_request, verify_response
from sync.wire import pack

CONNECT_S = 60.0
ANSWER_S = 60.0
A = TypeVar("A", bound=msgspec.Struct)


class Operation(msgspec.Struct, Generic[A], frozen=True):
    """Something the owner asks. `name` is its address, `answer` what comes back, at the latest after `answer_s`."""

    name: ClassVar[str]
    answer: ClassVar[type[msgspec.Struct]]
    answer_s: ClassVar[float] = ANSWER_S

    async def run(self, ledger: Ledger) -> A:
        """Do it. Raises LedgerRefusal."""
        raise NotImplementedError


class NotDone(Exception):
    """The ledger did not do it; the text is one sentence that says what to do."""


@contextlib.contextmanager
def address_file(database: Database, url: str) -> Iterator[None]:
    """While inside, a file beside the database says where its ledger listens; PostgreSQL needs none."""
    if isinstance(database, Postgres):
        yield
        return
    path = _address(database)
    path.write_text(url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"), "ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def operate(database: Database, operation: Operation[A]) -> A:
    """What the ledger of `database`, running or not, answers to `operation`. Raises NotDone or StorageFault."""
    url = "" if isinstance(database, Postgres) else _listening(database)
    try:
        if url and (answer := await _ask(url, operation, server_seed(database))) is not None:
            return answer
        ledger = await open_ledger(database)
        try:
            return await operation.run(ledger)
        finally:
            await ledger.close()
    except LedgerRefusal as refusal:
        raise NotDone(refusal.sentence) from None


async def _ask(url: str, operation: Operation[A], seed: bytes) -> A | None:
    """The answer of the ledger at `url`; None when nobody listens there any more."""
    body, path = pack(operation), f"/operations/{operation.name}"
    headers = sign_request(
        "POST", path, {}, body, key_id=LEDGER_KEY_ID, private_key=seed, nonce=secrets.token_hex(16)
    )
    patience = httpx.Timeout(CONNECT_S, read=operation.answer_s)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=patience, verify=_own()) as http:
            answer = await http.post(f"{url}{path}", content=body, headers=headers)
    except httpx.ConnectError:
        return None
    except httpx.TransportError as error:
        raise NotDone(
            mark("The running ledger gave no answer: look into its log, then try again.")
        ) from error
    try:
        verify_response(
            answer.status_code,
            dict(answer.headers),
            answer.content,
            request_headers=headers,
            server_key=public_key_of(seed),
        )
    except SignatureRefused:
        raise NotDone(
            mark("What answers is not this ledger: look for its address file beside the database.")
        ) from None
    try:
        if answer.status_code == 200:
            found: A = msgspec.msgpack.decode(answer.content, type=operation.answer)  # type: ignore[assignment]
            return found
        raise NotDone(msgspec.msgpack.decode(answer.content, type=SaidRefusal).said())
    except msgspec.DecodeError:
        raise NotDone(
            mark("The running ledger gave no answer that this release can read: look into its log.")
        ) from None


def _own() -> ssl.SSLContext:
    """For a ledger on this machine, whose certificate is made out to its name elsewhere; its answers are signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _listening(database: Path) -> str:
    try:
        return _address(database).read_text("ascii")
    except (OSError, ValueError):
        return ""


def _address(database: Path) -> Path:
    return database.with_name(database.name + ".url")

"""Pairing a till: the server key is checked against the code before the secret leaves (ledger-and-sync.md 5.3).

A till that was paired before goes on as its next incarnation (section 4.5, sync/till/again.py).
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rules.sentences import mark
from sync.chain import public_key_of
from sync.pairing_code import NotACode, key_prefix, read_code
from sync.proved import again_bytes, hello_bytes
from sync.sqlite_driver import Connection
from sync.till.again import ASK_AT_ONCE, asked_from, go_on, joined, unsent
from sync.till.cursors import save_sync_state, sync_state
from sync.till.exchange import (
    ANSWER_LIMIT,
    Exchange,
    Peer,
    Reply,
    decoded,
    make_http,
    overloaded,
    receive,
    refused,
    sign,
    signature_failure,
    unsigned,
)
from sync.till.identity import Identity, identity, save_pairing
from sync.till.offline import SENTENCES, Failure, OfflineReason
from sync.till.papers import show
from sync.till.vouched import all_vouched
from sync.till.writer import Writer
from sync.wire import (
    PAIRING_KEY_ID,
    PROTOCOL,
    Hello,
    PairAnswer,
    PairRequest,
    ReconcileAnswer,
    ReconcileRequest,
    Unsent,
    pack,
)

DEADLINE_MS = 15_000
SEED_BYTES = 32
TOO_OLD = mark("The ledger is of a release that cannot pair a till again: update it.")
BAD_JOURNAL = mark(
    "The journal of this till was damaged: save it with `assidu journal salvage`, and pair with an empty folder."
)
INTERCEPTED = mark(
    "This is not the ledger that made the code: check the address, and whether something listens in between."
)


class PairingFailed(Exception):
    """The till was not paired; the text is one sentence that says what to do, `code` is for machines."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def pair(
    url: str,
    code: str,
    writer: Writer,
    random: Callable[[int], bytes],
    mono_ms: Callable[[], int],
    *,
    name: str = "",
    fingerprint: str = "",
    transport: httpx.BaseTransport | None = None,
) -> Identity:
    """Pair this till with the ledger at `url` by its 32-character `code`, and store who it is now.

    A till that is paired already asks the ledger what it has of its journal, and keeps the rest to send it again;
    nothing else may use the store meanwhile. With the code it was paired with nothing is done. Raises PairingFailed,
    and then nothing is stored; StoreError when the store cannot be written.
    """
    url = _checked_url(url)
    try:
        prefix, secret = read_code(code)
    except NotACode as error:
        raise PairingFailed("not_a_code", str(error)) from None
    seed = random(SEED_BYTES)
    digest = hashlib.sha256(secret.encode()).digest()
    before, used = writer.run(lambda connection: (identity(connection), sync_state(connection).code))
    if before is not None and used == digest:
        return before
    if before is not None and before.paired and not writer.run(all_vouched):
        raise PairingFailed("bad_journal", BAD_JOURNAL)
    with make_http(url, transport) as http:
        line = _Line(http, url, mono_ms)
        server_key = line.hello(random(16).hex(), prefix).server_key
        request = _proven(PairRequest(secret, public_key_of(seed), fingerprint, name), before, server_key)
        if before is not None and before.paired:
            peer = Peer(url, before.dev, before.inc, before.private_key, server_key)
            exchange = Exchange(http, peer, random, mono_ms)
            show(exchange, writer.run, before, (0, mono_ms(), ""))
        answer = line.pair(request, seed, random(16).hex(), server_key)
        known: ReconcileAnswer | None = None
        if before is not None and before.paired:
            if answer.dev != before.dev:
                raise PairingFailed("protocol", TOO_OLD)
            peer = Peer(url, answer.dev, answer.inc, seed, server_key)
            known = _compared(Exchange(http, peer, random, mono_ms), before, writer)
    return writer.run(lambda connection: _save(connection, answer, seed, url, known, digest))


def _proven(request: PairRequest, before: Identity | None, server_key: bytes) -> PairRequest:
    """`request` with the proof of what this till was before, if it was anything."""
    if before is None or not before.paired:
        return request
    if before.server_key != server_key:
        raise PairingFailed(
            "other_ledger", mark("This till belongs to another ledger: pair one with an empty folder.")
        )
    request = msgspec.structs.replace(request, dev=before.dev, inc=before.inc)
    proof = Ed25519PrivateKey.from_private_bytes(before.private_key).sign(again_bytes(request))
    return msgspec.structs.replace(request, proof=proof)


def _compared(exchange: Exchange, before: Identity, writer: Writer) -> ReconcileAnswer:
    """What the ledger has of the former incarnation; of all of it, where it was restored from an older copy."""

    def ask(first: int) -> ReconcileAnswer:
        entries = writer.run(lambda connection: unsent(connection, before, first))
        return _reconciled(exchange, before.inc, entries)

    accepted = writer.run(sync_state).accepted_seq
    known = ask(accepted)
    first = asked_from(accepted, known)
    return known if first == accepted else ask(first)


def _reconciled(exchange: Exchange, inc: int, entries: Sequence[Unsent]) -> ReconcileAnswer:
    """What the ledger has of `entries` of the former incarnation. Raises PairingFailed."""
    answers = []
    for start in range(0, len(entries), ASK_AT_ONCE):
        part = tuple(entries[start : start + ASK_AT_ONCE])
        answer = exchange.ask("POST", "/reconcile", ReconcileAnswer, ReconcileRequest(inc, part))
        if isinstance(answer, Failure):
            raise _failed(answer)
        answers.append(answer)
    return joined(answers)


def _save(
    connection: Connection,
    answer: PairAnswer,
    seed: bytes,
    url: str,
    known: ReconcileAnswer | None,
    code: bytes,
) -> Identity:
    become = save_pairing if known is None else partial(go_on, known=known)
    who = become(connection, answer, seed, url)
    save_sync_state(connection, msgspec.structs.replace(sync_state(connection), code=code))
    return who


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise PairingFailed(
            "bad_address", mark("The ledger address must look like https://ledger.example:8443.")
        )
    return url.rstrip("/")


class _Line:
    """The two questions of pairing."""

    def __init__(self, http: httpx.Client, url: str, mono_ms: Callable[[], int]) -> None:
        self._http = http
        self._url = url
        self._mono_ms = mono_ms

    def hello(self, nonce: str, prefix: bytes) -> Hello:
        """Who answers, proved to hold the key that the code names."""
        reply = self._send(self._request("GET", f"/hello?nonce={nonce}", b""))
        hello = decoded(reply.body, Hello) if reply.status == 200 else Failure(OfflineReason.BAD_ANSWER)
        if isinstance(hello, Failure):
            raise _failed(hello)
        if not hmac.compare_digest(key_prefix(hello.server_key), prefix) or hello.nonce != nonce:
            raise PairingFailed("wrong_key", INTERCEPTED)
        try:
            Ed25519PublicKey.from_public_bytes(hello.server_key).verify(hello.signature, hello_bytes(hello))
        except (InvalidSignature, ValueError):
            raise PairingFailed("wrong_key", INTERCEPTED) from None
        if not hello.protocol_min <= PROTOCOL <= hello.protocol_max:
            raise PairingFailed(
                "protocol", mark("Ledger and till are of releases too far apart: update the older one.")
            )
        return hello

    def pair(self, message: PairRequest, seed: bytes, nonce: str, server_key: bytes) -> PairAnswer:
        """What the till is from now on. The request is signed by the new key, the answer by the one just checked."""
        body = pack(message)
        request = self._request("POST", "/pair", body)
        sign(request, body, PAIRING_KEY_ID, seed, nonce)
        reply = self._send(request)
        if signature_failure(request, reply, server_key) is not None:
            raise PairingFailed("wrong_key", INTERCEPTED)
        answer = decoded(reply.body, PairAnswer) if reply.status == 200 else refused(reply)
        if isinstance(answer, Failure):
            raise _failed(answer)
        if answer.server_key != server_key:
            raise PairingFailed("wrong_key", INTERCEPTED)
        _check_zone(answer)
        return answer

    def _request(self, method: str, path: str, body: bytes) -> httpx.Request:
        return unsigned(self._http, method, self._url + path, body, DEADLINE_MS / 1000)

    def _send(self, request: httpx.Request) -> Reply:
        reply = receive(self._http, request, self._mono_ms, DEADLINE_MS, ANSWER_LIMIT)
        if isinstance(reply, Failure):
            raise _failed(reply)
        if reply.status == 429 or reply.status >= 500:
            raise _failed(overloaded(reply))
        return reply


def _check_zone(answer: PairAnswer) -> None:
    try:
        ZoneInfo(answer.timezone)
    except (OSError, ValueError, KeyError):
        raise PairingFailed(
            "timezone", mark("The ledger names a time zone this till lacks: update its software.")
        ) from None


def _failed(failure: Failure) -> PairingFailed:
    if failure.reason is OfflineReason.REFUSED:
        return PairingFailed(failure.code, failure.sentence or SENTENCES[failure.reason])
    if failure.reason is OfflineReason.SLOW:
        return PairingFailed("slow", mark("The ledger does not answer in time: try again in a moment."))
    return PairingFailed(failure.reason.value, SENTENCES[failure.reason])

"""What a till answers its neighbours: grants that move to them, and parts of the list of members (section 4.7, 5.4).

Only tills on the ledger's list of this store are answered. Everything here is a plain function of a request; how
requests arrive is the matter of `sync.till.door_server`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from sync.clock import Clock
from sync.granted import Proof
from sync.moves import GIVEN, NONE, PATH, WAIT, CardWord, MoveAnswer, MoveRequest
from sync.signing import (
    SignatureRefused,
    device_key_id,
    parse_device_key_id,
    sign_response,
    verify_request,
)
from sync.sqlite_driver import Connection, DatabaseError
from sync.till import card_words, moves
from sync.till.cursors import sync_state
from sync.till.database import Store
from sync.till.errors import NotEnough, StoreError
from sync.till.frames import frame_file
from sync.till.identity import Identity
from sync.till.writer import Priority, Writer
from sync.tills import StoreTill
from sync.wire import Refusal, pack

MSGPACK = "application/vnd.msgpack"
BLOB = "/blob/"
BODY_LIMIT = 64 * 1024
WRITE_S = 3.0
MOST_WANTS = 16


T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """An answer as it goes out: its body is `body`, or so many bytes of the file `part` from its first one on."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    part: tuple[Path, int, int] | None = None


class Door:
    """Answers requests of neighbours; safe from several threads at once.

    `wait_ms` says how long a neighbour has to wait until something of a member may go, 0 for not at all.
    """

    def __init__(
        self, store: Store, writer: Writer, who: Identity, clock: Clock, wait_ms: Callable[[int], int]
    ) -> None:
        self._store, self._writer, self._who = store, writer, who
        self._clock, self._wait = clock, wait_ms

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request. Raises nothing that the till's disk does not."""
        headers = {name.lower(): value for name, value in headers.items()}
        try:
            if (method, path) == ("POST", PATH):
                return self._signed(headers, *self._move(headers, body))
            if method == "GET" and path.startswith(BLOB):
                return self._frame(path, headers, body)
        except (DatabaseError, StoreError, TimeoutError):
            return self._refused(headers, 503, "busy", "This till cannot answer now: ask again.")
        return self._refused(headers, 404, "not_found", "This till does not answer that.")

    def _move(self, headers: Mapping[str, str], body: bytes) -> tuple[int, msgspec.Struct]:
        try:
            request = msgspec.msgpack.decode(body, type=MoveRequest)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return 400, Refusal("bad_request", "This is no question of a till.")
        if moves.is_news(self._store.reader(), self._who, request.tills):
            self._write(lambda connection: moves.learn(connection, self._who, request.tills))
        asking = self._asking("POST", PATH, headers, body)
        known = moves.store_tills(self._store.reader())
        if asking is None or known is None:
            return 403, Refusal("unknown_till", "The asking till is not of this store, or was shut out.")
        words = self._words(asking, request)
        wait = self._wait_ms(asking, request)
        if wait:
            return 200, MoveAnswer(WAIT, self._given(asking, request), wait, known, words)
        given = self._give(asking, request)
        return 200, MoveAnswer(GIVEN if given else NONE, given, 0, known, words)

    def _words(self, asking: StoreTill, request: MoveRequest) -> tuple[CardWord, ...]:
        """Go by what the asking till says of cards; what this one has to say."""
        if card_words.is_news(self._store.reader(), asking, request.words):
            self._write(lambda connection: card_words.learn(connection, self._who, asking, request.words))
        return card_words.own(self._store.reader(), self._who)

    def _asking(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> StoreTill | None:
        """Who signed this request; None for whoever is not another till of this store."""
        known = moves.store_tills(self._store.reader())

        def till(key_id: str) -> StoreTill | None:
            number = parse_device_key_id(key_id)
            found = known.of(*number) if known is not None and number is not None else None
            return None if found is None or found.dev == self._who.dev else found

        def key(key_id: str) -> bytes | None:
            found = till(key_id)
            return None if found is None else found.key

        try:
            return till(verify_request(method, path, headers, body, resolve=key).key_id)
        except SignatureRefused:
            return None

    def _wait_ms(self, asking: StoreTill, request: MoveRequest) -> int:
        if not request.wants or moves.was_answered(self._store.reader(), asking, request.ask):
            return 0
        return self._wait(request.member)

    def _given(self, asking: StoreTill, request: MoveRequest) -> tuple[tuple[Proof, ...], ...]:
        return moves.given(self._store.reader(), asking, request.member)

    def _give(self, asking: StoreTill, request: MoveRequest) -> tuple[tuple[Proof, ...], ...]:
        fits = len(request.wants) <= MOST_WANTS and all(want.quantity > 0 for want in request.wants)
        if not (fits and request.wants and request.ask) or sync_state(self._store.reader()).spends_nothing:
            return self._given(asking, request)
        stamp = moves.stamp(self._store.reader(), self._clock, request.day)
        try:
            return self._write(lambda connection: moves.give(connection, self._who, asking, request, stamp))
        except NotEnough:  # a ticket took it in between
            return self._given(asking, request)

    def _write(self, job: Callable[[Connection], T]) -> T:
        return self._writer.post(job, Priority.SYNC).result(WRITE_S)

    def _frame(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A part of the list of members, of which its own hash is proof enough."""
        if self._asking("GET", path, headers, body) is None:
            return self._refused(headers, 403, "unknown_till", "The asking till is not of this store.")
        found = frame_file(self._store.folder, path.removeprefix(BLOB))
        size = found.stat().st_size if found is not None else 0
        first = _first_byte(headers.get("range", ""))
        if found is None or first >= size:
            return self._refused(headers, 404, "no_blob", "This till does not have that part.")
        told = {"content-length": str(size - first), "content-type": "application/octet-stream"}
        if first:
            told["content-range"] = f"bytes {first}-{size - 1}/{size}"
        return Answer(206 if first else 200, told, part=(found, first, size - first))

    def _refused(self, headers: Mapping[str, str], status: int, code: str, sentence: str) -> Answer:
        return self._signed(headers, status, Refusal(code, sentence))

    def _signed(self, asked: Mapping[str, str], status: int, message: msgspec.Struct) -> Answer:
        body = pack(message)
        headers = {"content-type": MSGPACK, "content-length": str(len(body))}
        if "signature" in asked:
            key_id = device_key_id(self._who.dev, self._who.inc)
            key = self._who.private_key
            headers = sign_response(
                status, headers, body, request_headers=asked, private_key=key, key_id=key_id
            )
        return Answer(status, headers, body)


def _first_byte(text: str) -> int:
    """Of the one form of Range that tills send, `bytes=N-`; 0 for any other, and then all is sent."""
    first = text.removeprefix("bytes=").removesuffix("-")
    return int(first) if first.isascii() and first.isdigit() and len(first) < 16 else 0

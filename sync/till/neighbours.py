"""Asking the other tills of the store for a lease that lies at one of them, while the ledger cannot (section 4.7).

They are found by configuration and known by the ledger's list of the store's tills. Each question goes to one till
after the other until it is answered; who holds a member's lease as a rule comes first.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import date

import httpx
import msgspec

from sync.grants import custody
from sync.moves import PATH, WAIT, CardWord, MoveAnswer, MoveRequest
from sync.signing import SignatureRefused, device_key_id, parse_device_key_id, verify_answer
from sync.sqlite_driver import Connection, DatabaseError
from sync.till import card_words, moves
from sync.till.context import Context
from sync.till.cursors import sync_state
from sync.till.errors import StoreError
from sync.till.events import MoveArrived
from sync.till.exchange import TROUBLE, Reply, decoded, no_authorities, receive, sign, unsigned
from sync.till.network import Neighbour
from sync.till.offline import UNUSABLE, Failure, OfflineReason
from sync.till.writer import Priority
from sync.tills import StoreTill, StoreTills
from sync.wire import Want, pack

ANSWER_MS = 4_000
ANSWER_LIMIT = 256 * 1024
LOOK_MS, LOOK_ONLINE_MS = 30_000, 600_000
RETRY_MS = 1_000
TRIES = 3
SILENT_MS = 60_000  # a till that did not answer is not asked for parts of a list for so long


class _Seen(msgspec.Struct, frozen=True):
    dev: int = 0
    shown: Neighbour = Neighbour()
    silent_until_ms: int = 0


class _Asked(msgspec.Struct, frozen=True):
    ask: str
    ticket: str
    member: int
    wants: tuple[Want, ...]
    day: date
    until_ms: int = 0
    tries: int = 1


NOBODY = _Asked("", "", 0, (), date.min)


class Neighbours:
    """Questions to neighbours. `step` is called by one driver at a time, the rest from anywhere."""

    def __init__(
        self,
        context: Context,
        urls: Sequence[str],
        deliver: Callable[[MoveArrived], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._context, self._deliver = context, deliver
        self._store, self._writer, self._identity = context.store, context.writer, context.identity
        self._clock, self._random = context.clock, context.random
        self.http = httpx.Client(
            transport=transport, verify=no_authorities(), trust_env=False, follow_redirects=False
        )
        self._lock = threading.Lock()
        self._seen = dict.fromkeys([url.rstrip("/") for url in urls], _Seen())
        self._asked: dict[str, _Asked] = {}
        self._look_at_ms = 0

    @property
    def seen(self) -> tuple[Neighbour, ...]:
        """The neighbours, in the order in which they are configured."""
        with self._lock:
            return tuple([one.shown for one in self._seen.values()])

    def request(self, ticket: str, member: int, wants: tuple[Want, ...], day: date) -> None:
        """Ask for units for a ticket of the business date `day` until it is answered."""
        ask = self._random(8).hex()
        with self._lock:
            self._asked[ask] = _Asked(ask, ticket, member, wants, day)

    def release(self, ticket: str) -> None:
        """Stop asking for `ticket`. What arrives all the same stays here, for whoever comes next."""
        with self._lock:
            self._asked = {ask: one for ask, one in self._asked.items() if one.ticket != ticket}

    def wake(self) -> None:
        """The line to the ledger changed, or there is something to tell of cards: look who is there."""
        self._look_at_ms = 0

    def step(self, now_ms: int) -> int:
        """Ask what is to be asked, else now and then who is there; the monotonic ms of the next step. Never raises."""
        if not self._seen:
            return now_ms + LOOK_ONLINE_MS
        with self._lock:
            asked = [one for one in self._asked.values() if one.until_ms <= now_ms]
        for one in asked:
            self._ask_all(one, now_ms)
        if now_ms >= self._look_at_ms:
            self._look(now_ms)
        with self._lock:
            return min([self._look_at_ms, *[one.until_ms for one in self._asked.values()]])

    def part(self, name: str, have: int, now_ms: int) -> httpx.Response | None:
        """The rest after `have` bytes of a part of the list, to be read and closed; None where no neighbour has it."""
        for url, one in list(self._seen.items()):
            if now_ms < one.silent_until_ms:
                continue
            request = self.http.build_request("GET", f"{url}/blob/{name}", timeout=ANSWER_MS / 1000)
            request.headers["accept-encoding"] = "identity"
            if have:
                request.headers["range"] = f"bytes={have}-"
            self._sign(request, b"")
            try:
                response = self.http.send(request, stream=True)
            except TROUBLE:
                with self._lock:
                    until = now_ms + SILENT_MS
                    self._seen[url] = msgspec.structs.replace(self._seen[url], silent_until_ms=until)
                continue
            if response.status_code == (206 if have else 200):
                return response
            response.close()
        return None

    def _sign(self, request: httpx.Request, body: bytes) -> None:
        who = self._identity
        sign(request, body, device_key_id(who.dev, who.inc), who.private_key, self._random(16).hex())

    def _look(self, now_ms: int) -> None:
        for url in list(self._seen):
            self._ask(url, NOBODY)
        online = self._context.contact.state(0, None).online
        self._look_at_ms = now_ms + (LOOK_ONLINE_MS if online else LOOK_MS)

    def _ask_all(self, asked: _Asked, now_ms: int) -> None:
        """Ask one till after the other for what the ones before did not give."""
        wait_ms, silent, left = 0, False, asked
        for url in self._in_turn(asked.member):
            found = self._ask(url, left)
            if found is None:
                silent = True
                continue
            waits, taken = found
            wait_ms = max(wait_ms, waits)
            left = msgspec.structs.replace(left, wants=_less(left.wants, taken))
            if not left.wants:
                break
        if left.wants and (wait_ms or (silent and asked.tries < TRIES)):
            tries = left.tries + (not wait_ms)
            again = msgspec.structs.replace(left, until_ms=now_ms + RETRY_MS, tries=tries)
            with self._lock:
                if asked.ask in self._asked:
                    self._asked[asked.ask] = again
            return
        with self._lock:
            still = self._asked.pop(asked.ask, None) is not None
        if still:
            self._deliver(MoveArrived(asked.ticket, asked.wants, granted=not left.wants, silent=silent))

    def _in_turn(self, member: int) -> list[str]:
        """Who answered last is asked first, and of those who holds leases of the member as a rule."""

        def place(url: str) -> tuple[bool, bytes]:
            one = self._seen[url]
            return one.shown.here, custody(member, one.dev)

        with self._lock:
            return sorted(self._seen, key=place, reverse=True)

    def _ask(self, url: str, asked: _Asked) -> tuple[int, dict[str, int]] | None:
        """How long to wait, and what was taken, by asset; None where nobody of this store answered."""
        try:
            known = moves.store_tills(self._store.reader())
            if known is None or sync_state(self._store.reader()).spends_nothing:
                return None
            stamp = moves.stamp(self._store.reader(), self._clock, asked.day)
            words = card_words.own(self._store.reader(), self._identity)
            request = MoveRequest(asked.ask, asked.member, asked.wants, asked.day, known, words)
            found = self._exchange(url, request)
            if found is None:
                self._note(url, None)
                return None
            giver, answer = found
            self._note(url, giver)
            self._heard(giver, answer.words)
            return (answer.wait_ms if answer.code == WAIT else 0), self._take(
                giver, asked.member, answer, stamp
            )
        except (StoreError, DatabaseError, *UNUSABLE):
            self._context.contact.lost(OfflineReason.STORE)
            return None

    def _heard(self, teller: StoreTill, words: tuple[CardWord, ...]) -> None:
        if card_words.is_news(self._store.reader(), teller, words):
            self._writer.run(
                lambda connection: card_words.learn(connection, self._identity, teller, words), Priority.SYNC
            )

    def _take(self, giver: StoreTill, member: int, answer: MoveAnswer, stamp: moves.Stamp) -> dict[str, int]:
        if not answer.moves:
            return {}

        def job(connection: Connection) -> dict[str, int]:
            return moves.take(connection, self._identity, giver, member, answer.moves, stamp)

        return self._writer.run(job, Priority.SYNC)

    def _exchange(self, url: str, message: MoveRequest) -> tuple[StoreTill, MoveAnswer] | None:
        """The answer of another till of this store to this very question, and which one it is."""
        body = pack(message)
        request = unsigned(self.http, "POST", url + PATH, body, ANSWER_MS / 1000)
        self._sign(request, body)
        reply = receive(self.http, request, self._clock.mono_ms, ANSWER_MS, ANSWER_LIMIT)
        if isinstance(reply, Failure) or reply.status != 200:
            return None
        answer = decoded(reply.body, MoveAnswer)
        if isinstance(answer, Failure):
            return None
        known = message.tills
        if answer.tills.age > known.age and self._learned(answer.tills):
            known = answer.tills
        giver = self._signer(request, reply, known)
        return None if giver is None else (giver, answer)

    def _learned(self, tills: StoreTills) -> bool:
        return self._writer.run(
            lambda connection: moves.learn(connection, self._identity, tills), Priority.SYNC
        )

    def _signer(self, request: httpx.Request, reply: Reply, known: StoreTills) -> StoreTill | None:
        def till(key_id: str) -> StoreTill | None:
            number = parse_device_key_id(key_id)
            found = known.of(*number) if number is not None else None
            return None if found is None or found.dev == self._identity.dev else found

        def key(key_id: str) -> bytes | None:
            found = till(key_id)
            return None if found is None else found.key

        try:
            return till(
                verify_answer(
                    reply.status,
                    reply.headers,
                    reply.body,
                    request_headers=request.headers,
                    resolve=key,
                )
            )
        except (SignatureRefused, *UNUSABLE):
            return None

    def _note(self, url: str, giver: StoreTill | None) -> None:
        with self._lock:
            before = self._seen[url]
            if giver is None:
                shown = msgspec.structs.replace(before.shown, here=False)
                self._seen[url] = msgspec.structs.replace(before, shown=shown)
            else:
                self._seen[url] = _Seen(giver.dev, Neighbour(giver.till, self._clock.wall_ms(), here=True))


def _less(wants: tuple[Want, ...], taken: dict[str, int]) -> tuple[Want, ...]:
    left = [(want, want.quantity - taken.get(want.asset, 0)) for want in wants]
    return tuple([Want(want.asset, quantity) for want, quantity in left if quantity > 0])

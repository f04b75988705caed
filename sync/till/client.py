"""The till's connection to its ledger: three threads that drive the steps, and what the till may ask of them."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import httpx

from sync.clock import Clock
from sync.figures import Now
from sync.habits import HabitsAnswer, HabitsRequest
from sync.history import HistoryAnswer
from sync.shown import ShownAnswer, ShownRequest
from sync.sqlite_driver import DatabaseError
from sync.till.asking import Asking
from sync.till.context import Context
from sync.till.copies import Copies
from sync.till.cursors import sync_state
from sync.till.database import Store
from sync.till.events import CodeArrived, Event, HabitsArrived, OnlineChanged, Pulled, Pushed
from sync.till.everyone import CacheScope, Everyone
from sync.till.exchange import Exchange, Peer, make_http
from sync.till.figures import Figures
from sync.till.holds import Holds
from sync.till.identity import Identity
from sync.till.journal import waiting
from sync.till.live import Live
from sync.till.neighbours import Neighbours
from sync.till.network import Contact, NetworkState
from sync.till.pull import Pull
from sync.till.push import Push
from sync.till.writer import Writer
from sync.wire import Want

AFTER_A_BUG_MS = 60_000
LONGEST_REST_S = 60.0
STOP_S = 5.0
STOP_LIVE_S = 1.0  # a long poll may sleep on for seconds in its daemon thread: it holds nothing
log = logging.getLogger("assidu.sync")


class Step(Protocol):
    """A piece of work that says when it wants to go on."""

    def step(self, now_ms: int) -> int:
        """Work once if it is time; the monotonic ms of the next step."""


class Client:
    """Implements `sync.till.network.Network` for a paired till.

    `neighbours` are the doors of the store's other tills, `local` carries what goes there; a till that `serves` keeps
    what they may fetch. Events are handed to `deliver` from the client's threads. The simulator takes `push`, `pull`,
    `live`, `holds` and `neighbours` and steps them itself, over its own `transport` and with `poll_s` 0; it never calls
    `start`.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        identity: Identity,
        clock: Clock,
        random: Callable[[int], bytes],
        deliver: Callable[[Event], None],
        *,
        transport: httpx.BaseTransport | None = None,
        poll_s: int | None = None,
        cache_scope: CacheScope = "store",
        neighbours: Sequence[str] = (),
        local: httpx.BaseTransport | None = None,
        serves: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._deliver = deliver
        self._http = make_http(identity.ledger_url, transport)
        peer = Peer(
            identity.ledger_url, identity.dev, identity.inc, identity.private_key, identity.server_key
        )
        exchange = Exchange(self._http, peer, random, clock.mono_ms)
        last_ms = sync_state(store.reader()).last_contact_ms or None
        self._contact = Contact(clock, identity.timezone, self._online_changed, last_ms)
        self.context = Context(exchange, store, writer, identity, clock, random, self._contact)
        self.push = Push(self.context, self._pushed)
        self.pull = Pull(self.context, self._pulled)
        self.holds = Holds(self.context, deliver)
        self.live = Live(self.context, self._ledger_changed, self.wake_push, poll_s)
        self.neighbours = Neighbours(self.context, neighbours, deliver, local)
        self.everyone = Everyone(self.context, cache_scope, self._part, keep=serves)
        self.figures = Figures(self.context, deliver)
        self.asking = Asking(self.context, deliver)
        self.copies = Copies(self.context, deliver)
        self._runners = tuple(
            _Runner(name, steps, clock)
            for name, steps in (
                ("sync", (self.push, self.pull)),
                ("ask", (self.holds, self.asking)),
                ("live", (self.live,)),
                ("everyone", (self.everyone, self.figures, self.copies)),
                ("neighbours", (self.neighbours,)),
            )
        )
        self._sync, self._ask, self._listen, self._load, self._look = self._runners

    def start(self) -> None:
        """Begin; contact is made in the background."""
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """End the threads and close the connections; what waits stays in the journal."""
        for runner in self._runners:
            runner.stop()
        self.live.close()
        self.everyone.stop()
        for runner in (self._sync, self._ask, self._load, self._look):
            runner.join(STOP_S)
        self._listen.join(STOP_LIVE_S)
        self._http.close()
        self.neighbours.http.close()

    def request_account(self, token: bytes) -> None:
        """Ask for the account behind a card token; AccountArrived follows within 300 ms or not at all."""
        self.holds.request_account(token)
        self._ask.wake()

    def request_hold(self, ticket: str, member: int, wants: Sequence[Want]) -> None:
        """Ask to hold assets for a ticket; asked again until answered or `release_hold`."""
        self.holds.request_hold(ticket, member, tuple(wants))
        self._ask.wake()

    def release_hold(self, ticket: str) -> None:
        """The ticket is closed or cancelled: stop asking for it."""
        self.holds.release(ticket)
        self.neighbours.release(ticket)

    def request_move(self, ticket: str, member: int, wants: Sequence[Want], day: date) -> None:
        """Ask the neighbours for units for a ticket of the business date `day`; MoveArrived follows."""
        self.neighbours.request(ticket, member, tuple(wants), day)
        self._look.wake()

    def request_copy(self, member: int, by: str) -> None:
        """Ask for a copy of what the ledger keeps of a member; CopyArrived follows, or not at all."""
        self.copies.request(member, by)
        self._load.wake()

    def request_history(self, member: int) -> None:
        """Ask what became of a member's account; `history` has it once it is told."""
        self.figures.request_history(member)
        self._load.wake()

    def history(self, member: int) -> HistoryAnswer | None:
        """What was told last of `member`; None while nothing was."""
        return self.figures.history(member)

    def request_habits(self, member: int, token: bytes) -> None:
        """Ask when the member behind a card token came last; HabitsArrived follows within 300 ms or not at all."""
        self.asking.ask("/member/habits", HabitsRequest(member, token), HabitsAnswer, HabitsArrived)
        self._ask.wake()

    def claim_code(self, code: bytes) -> None:
        """Say that a phone's code was shown here; CodeArrived follows within 300 ms or not at all."""
        self.asking.ask("/shown", ShownRequest(code), ShownAnswer, CodeArrived)
        self._ask.wake()

    def request_figures(self, now: Now) -> None:
        """Ask for the figures of the store; FiguresArrived follows, or not at all."""
        self.figures.request(now)
        self._load.wake()

    def wake_push(self) -> None:
        """New journal entries are durable: send them now."""
        self.push.wake()
        self._sync.wake()

    def tell_neighbours(self) -> None:
        """Something was written about cards: show it to the store's other tills now."""
        self.neighbours.wake()
        self._look.wake()

    def state(self) -> NetworkState:
        """The state of the connection; reads the journal's outbox on the caller's thread."""
        loading = self.everyone.loading
        try:
            outbox = waiting(self._store.reader())
        except DatabaseError:
            return self._contact.state(0, None, loading, self.neighbours.seen)
        return self._contact.state(outbox.count, outbox.oldest_wall_ms, loading, self.neighbours.seen)

    @property
    def online(self) -> bool:
        """Whether the ledger answers."""
        return self._contact.online

    @property
    def near(self) -> bool:
        """Whether another till of the store answers."""
        return any(one.here for one in self.neighbours.seen)

    def _part(self, name: str, have: int) -> httpx.Response | None:
        return self.neighbours.part(name, have, self._clock.mono_ms())

    def _pushed(self, event: Pushed) -> None:
        """What a pull left out until the ledger knew of an enrolment is asked for now."""
        if self.pull.held_back:
            self.pull.wake()
        self._deliver(event)

    def _pulled(self, event: Pulled) -> None:
        """New files are here: the ledger hears of it by the next push."""
        if event.config:
            self.push.wake()
        self._deliver(event)

    def _ledger_changed(self) -> None:
        self.pull.wake()
        self._sync.wake()

    def _online_changed(self, change: OnlineChanged, by: object) -> None:
        self.neighbours.wake()
        self._look.wake()
        if change.online:
            for step in (self.push, self.pull, self.live, self.everyone):
                if step is not by:
                    step.wake()
            self._sync.wake()
            self._listen.wake()
            self._load.wake()
        self._deliver(change)


class _Runner:
    """A daemon thread that takes turns through its steps and rests until one is due or somebody wakes it."""

    def __init__(self, name: str, steps: Sequence[Step], clock: Clock) -> None:
        self._steps = steps
        self._clock = clock
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"ledger-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Step now."""
        self._awake.set()

    def stop(self) -> None:
        """End after the step under way."""
        self._stopping = True
        self._awake.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            due = min(self._turn(step) for step in self._steps)
            rest_s = (due - self._clock.mono_ms()) / 1000
            if rest_s > 0 and not self._stopping:
                self._awake.wait(min(rest_s, LONGEST_REST_S))

    def _turn(self, step: Step) -> int:
        if self._stopping:
            return 0
        now_ms = self._clock.mono_ms()
        try:
            return step.step(now_ms)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not silence the outbox for ever
            log.error("%s failed: %s", type(step).__name__, type(error).__name__)
            return now_ms + AFTER_A_BUG_MS

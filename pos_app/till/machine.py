"""The machine of the till: its state, what other threads bring, and how one step follows another."""

import queue
import threading
from collections.abc import Callable, Iterator

import msgspec

from pos_app.devices.duplicates import Duplicates
from pos_app.devices.framing import Frame
from pos_app.till import (
    basket,
    events,
    restart,
    scan,
    sign_in,
    stations,
    undo,
)
from pos_app.till.housekeeping import tidy
from pos_app.till.notices import tell
from pos_app.till.parts import Options, Parts, words_of
from pos_app.till.scan import Scan
from pos_app.till.state import State, change
from pos_app.till.view import Stage, View
from rules.sentences import mark
from sync.clock import Clock
from sync.crash import Crash, no_crash
from sync.sqlite_driver import DatabaseError
from sync.till.database import Store, StoreError
from sync.till.events import Event
from sync.till.identity import identity
from sync.till.network import Network
from sync.till.writer import Writer

NEXT_DOOR_MS = 2_000  # a neighbour asks again after so long while its customer stands at this till


class Job(msgspec.Struct, frozen=True):
    """What another thread wants done on the till's own. `run` must not raise."""

    run: Callable[[], object]


class NotSetUp(Exception):
    """The store of this till has no identity yet."""


class Machine:
    """A till at work, step by step. `on_change` is called from any thread when something waits for `pump`."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        random: Callable[[int], bytes],
        network: Network | None = None,
        *,
        options: Options = Options(),  # noqa: B008 - frozen
        crash: Crash = no_crash,
    ) -> None:
        """Take up what was begun before the till was stopped.

        `random` gives so many random bytes. Raises NotSetUp when the store has no identity yet.
        """
        who = identity(store.reader())
        if who is None:
            raise NotSetUp(mark("This till is not set up: pair it with its ledger, then start it again."))
        codes = msgspec.structs.replace(options.codes, member_prefix=who.card_prefix)
        options = msgspec.structs.replace(options, codes=codes)
        parts = Parts(store, writer, clock, random, who, network, options, crash)
        self.parts = parts
        self.on_change: Callable[[], None] | None = None
        self.apprentice: Machine | None = None  # what practises on this till has its scanners meanwhile
        self._shown: View | None = None
        self._lending = threading.Lock()  # held while a scan of the apprentice is stored
        self._queue: queue.SimpleQueue[Scan | Event | events.DeviceChanged | Job] = queue.SimpleQueue()
        self._duplicates = Duplicates(parts.options.window)
        restart.own_numbers(parts)
        begun = State(parts.options.language, touched_mono_ms=parts.clock.mono_ms())
        self.state = basket.paying(parts, restart.restore(parts, begun))
        self._step(restart.take_up_scans(parts, self.state))
        tidy(parts)

    # --- from other threads

    def scanned(self, port: str, frame: Frame) -> bool:
        """A frame of a scanner: true once it is durable and the scanner may be told so; the screen has it before."""
        with self._lending:
            if self.apprentice is not None:
                return self.apprentice.scanned(port, frame)
        taken = scan.take(self.parts, port, frame)
        self._put(taken)
        return taken.durable

    def take_back(self) -> "Machine | None":
        """The scanners are this till's own again; what had them, which nothing else comes to.

        A scan that it had not acted on yet is kept and acted on here.
        """
        with self._lending:
            apprentice, self.apprentice = self.apprentice, None
        for waiting in apprentice.left() if apprentice is not None else ():
            self._put(scan.again(self.parts, waiting))
        return apprentice

    def left(self) -> Iterator[Scan]:
        """Scans that were not acted on, taken away from here."""
        while not self._queue.empty():
            found = self._queue.get()
            if isinstance(found, Scan):
                yield found

    def heard(self, event: Event) -> None:
        """Word from the connection to the ledger."""
        self._put(event)

    def ask(self, run: Callable[[], object]) -> None:
        """Let `run` be done on the till's own thread, with its next pump; it must not raise."""
        self._put(Job(run))

    def wait_ms(self, member: int) -> int:
        """How long another till has to wait until a lease of `member` may go to it: an entry ends an undo."""
        basket = self.state.basket
        if basket is not None:
            return NEXT_DOOR_MS if basket.who is not None and basket.who.member == member else 0
        found = undo.undoable(self.parts)
        return found.seconds * 1_000 if found is not None else 0

    def device(self, what: str, sentence: str, port: str) -> None:
        """The state of a device changed: `what` is scanner or printer, `sentence` says it in English of `port`."""
        self._put(events.DeviceChanged(what, sentence, port))

    def pump(self) -> bool:
        """Act on what other threads brought; true when there was something."""
        worked = False
        while True:
            try:
                found = self._queue.get_nowait()
            except queue.Empty:
                if worked:
                    self._safely(lambda: self._step(basket.paying(self.parts, self.state)))
                return worked
            worked = True
            if isinstance(found, Scan):
                self._act(found)
            elif isinstance(found, Job):
                found.run()
            elif isinstance(found, events.DeviceChanged):
                self._step(events.device(self.state, found))
            else:
                self._safely(lambda: self._step(events.heard(self.parts, self.state, found)))  # noqa: B023 - done at once

    # --- inside

    def _put(self, found: "Scan | Event | events.DeviceChanged | Job") -> None:
        self._queue.put(found)
        if self.on_change is not None:
            self.on_change()

    def _open(self, case: Callable[[], State]) -> None:
        """Run a use case unless the till is locked."""
        self._sign_out()
        if self.state.stage is Stage.LOCKED:
            self._step(change(self.state, notice=tell(words_of(self.state.language), "locked")))
        else:
            self._safely(lambda: self._step(case(), touch=True))

    def _safely(self, run: Callable[[], None]) -> None:
        """Do what may read the store. Where it is damaged nothing is done any more, and it says what to do."""
        store = self.parts.store
        if not store.damaged:
            try:
                run()
            except (StoreError, DatabaseError) as error:
                if not store.noticed(error):
                    raise
        if store.damaged:
            self.state = change(self.state, notice=tell(words_of(self.state.language), "store_damaged"))

    def _from_field(self, case: Callable[[State], State]) -> None:
        """Take an amount that stands in the field, then run a use case; a question about the amount comes first."""

        def both() -> State:
            asked = self.state.question
            state = basket.take_field(self.parts, self.state)
            return state if state.question is not asked else case(state)

        self._open(both)

    def _sign_out(self) -> None:
        """Before anything new is begun: a cashier who was revoked meanwhile is no longer there."""
        if sign_in.is_over(self.state):
            self._step(sign_in.sign_out(self.state))

    def _act(self, found: Scan, *, guarded: bool = True) -> None:
        self._safely(lambda: self._acted(found, guarded=guarded))

    def _acted(self, found: Scan, *, guarded: bool) -> None:
        zone = self.parts.options.stations.get(found.port)
        if zone is not None:
            self._at_station(found, zone)
            return
        self._sign_out()
        before = self.state.notice
        self.state = change(self.state, scans=self.state.scans + 1)
        if found.fault:
            self._step(scan.faulty(self.state, found.fault), touch=True)
        elif guarded and self._duplicates.is_repeat(found.code, found.port, found.at_ms):
            self._step(change(self.state, notice=tell(words_of(self.state.language), "same_scan")))
        else:
            self._step(scan.act(self.parts, self.state, found.code), touch=True)
        told = self.state.notice
        scan.decided(self.parts, found, None if told is before else told)

    def _at_station(self, found: Scan, zone: str) -> None:
        repeat = self._duplicates.is_repeat(found.code, found.port, found.at_ms)
        if not (found.fault or repeat):
            self._step(stations.scanned(self.parts, self.state, zone, found.code, found.at_ms))
        scan.decided(self.parts, found)

    def _step(self, state: State, *, touch: bool = False) -> None:
        before = self.state.basket
        if state.stage is Stage.IDLE and sign_in.is_over(state):
            state = sign_in.sign_out(state)
        if touch:
            state = change(state, touched_mono_ms=self.parts.clock.mono_ms())
        self.state = state
        if state.basket is not before:
            restart.save(self.parts, before, state.basket)

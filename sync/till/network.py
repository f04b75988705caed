"""Whether this till is in contact with its ledger, since when, and what waits (ledger-and-sync.md section 4.8)."""

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from sync.clock import Clock
from sync.figures import Now
from sync.history import HistoryAnswer
from sync.till.events import OnlineChanged
from sync.till.loading import Loading
from sync.till.offline import OfflineReason
from sync.wire import Want


class Neighbour(msgspec.Struct, frozen=True):
    """A till that is configured as a neighbour: its name ("" before it first answered), and when (wall ms UTC) last.

    `here` is whether it answered the last time it was asked.
    """

    till: str = ""
    seen_ms: int | None = None
    here: bool = False


class NetworkState(msgspec.Struct, frozen=True):
    """The offline line: times are wall-clock ms (UTC), None when there was none.

    `waiting` counts entries the ledger does not have, the oldest written at `oldest_ms`; `sent` counts those
    it took since local midnight, as far as this run of the till knows. `reason` is None when online. `loading` says
    how far the list of all members is while it is fetched. `neighbours` are the store's other tills as configured.
    """

    online: bool
    since_ms: int
    last_contact_ms: int | None
    waiting: int
    sent: int
    oldest_ms: int | None
    reason: OfflineReason | None
    loading: Loading | None = None
    neighbours: tuple[Neighbour, ...] = ()


class Network(Protocol):
    """What a till asks of its connection to the ledger; no call blocks on the network or raises."""

    def request_account(self, token: bytes) -> None:
        """Ask for the account behind a card token; AccountArrived follows within 300 ms or not at all."""

    def request_hold(self, ticket: str, member: int, wants: tuple[Want, ...]) -> None:
        """Ask to hold assets for a ticket; asked again until answered or `release_hold`."""

    def release_hold(self, ticket: str) -> None:
        """The ticket is closed or cancelled: stop asking for it."""

    def request_move(self, ticket: str, member: int, wants: tuple[Want, ...], day: date) -> None:
        """Ask the neighbours for units for a ticket of the business date `day`; MoveArrived follows."""

    def request_history(self, member: int) -> None:
        """Ask what became of a member's account; `history` has it once it is told."""

    def history(self, member: int) -> HistoryAnswer | None:
        """What was told last of `member`; None while nothing was."""

    def request_habits(self, member: int, token: bytes) -> None:
        """Ask when the member behind a card token came last; HabitsArrived follows within 300 ms or not at all."""

    def claim_code(self, code: bytes) -> None:
        """Say that a phone's code was shown here; CodeArrived follows within 300 ms or not at all."""

    def request_figures(self, now: Now) -> None:
        """Ask for the figures of the store; FiguresArrived follows, or not at all."""

    def request_copy(self, member: int, by: str) -> None:
        """Ask for a copy of what the ledger keeps of a member, allowed by `by`; CopyArrived follows, or not at all."""

    def wake_push(self) -> None:
        """New journal entries are durable: send them now."""

    def tell_neighbours(self) -> None:
        """Something was written about cards: the store's other tills shall hear of it now."""

    def state(self) -> NetworkState:
        """The state of the connection, cheap enough for every repaint."""

    @property
    def online(self) -> bool:
        """Whether the ledger answers: of `state` what needs no look at the journal."""

    @property
    def near(self) -> bool:
        """Whether another till of the store answered the last time it was asked."""


class Contact:
    """Remembers the last contact and tells when the till goes on or off line. Safe from any thread.

    `changed` also gets whose exchange made the difference, so that the others can be woken.
    """

    def __init__(
        self,
        clock: Clock,
        timezone: str,
        changed: Callable[[OnlineChanged, object], None],
        last_contact_ms: int | None = None,
    ) -> None:
        self._clock = clock
        self._zone = ZoneInfo(timezone)
        self._changed = changed
        self._lock = threading.Lock()
        self._reason: OfflineReason | None = OfflineReason.STARTING
        self._since_ms = clock.wall_ms()
        self._last_ms = last_contact_ms
        self._sent = 0
        self._sent_day = -1

    def reached(self, by: object) -> None:
        """An answer of the right ledger arrived at the step `by`."""
        with self._lock:
            if self._reason is OfflineReason.FENCED:
                return
            self._last_ms = self._clock.wall_ms()
            changed = self._reason is not None
            if changed:
                self._reason, self._since_ms = None, self._last_ms
        if changed:
            self._changed(OnlineChanged(True, None), by)

    def lost(self, reason: OfflineReason) -> None:
        """An exchange failed for `reason`. A fence stays until the till is paired again."""
        with self._lock:
            if self._reason is OfflineReason.FENCED:
                return
            changed = self._reason is not reason
            if self._reason is None:
                self._since_ms = self._clock.wall_ms()
            self._reason = reason
        if changed:
            self._changed(OnlineChanged(False, reason), None)

    def sent(self, entries: int) -> None:
        """The ledger took `entries` entries."""
        day = self._day()
        with self._lock:
            self._sent = entries + (self._sent if day == self._sent_day else 0)
            self._sent_day = day

    @property
    def online(self) -> bool:
        """Whether the last exchange succeeded."""
        return self._reason is None

    def state(
        self,
        waiting: int,
        oldest_ms: int | None,
        loading: Loading | None = None,
        neighbours: tuple[Neighbour, ...] = (),
    ) -> NetworkState:
        """The state, given what waits in the journal, how far the list of members is, and who else is there."""
        day = self._day()
        with self._lock:
            return NetworkState(
                online=self._reason is None,
                since_ms=self._since_ms,
                last_contact_ms=self._last_ms,
                waiting=waiting,
                sent=self._sent if day == self._sent_day else 0,
                oldest_ms=oldest_ms,
                reason=self._reason,
                loading=loading,
                neighbours=neighbours,
            )

    def _day(self) -> int:
        """The store's day as a number; a wall clock beyond all calendars still gives one."""
        wall_ms = self._clock.wall_ms()
        try:
            return datetime.fromtimestamp(wall_ms / 1000, self._zone).toordinal()
        except (ValueError, OverflowError, OSError):
            return wall_ms // 86_400_000

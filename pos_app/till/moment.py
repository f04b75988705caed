"""What time it is for a till: its clock, whether it may be believed, and the store's business date.

Within one boot time is the ledger's last anchor plus the monotonic clock; across boots the wall clock, as long as
it lies within `MOST_OFFLINE_MS` after the high-water mark (ledger-and-sync.md section 4.5).
"""

import datetime

import msgspec

from pos_app.languages.words import Words
from pos_app.till.parts import Parts
from rules.calendar import store_time
from sync.till.cursors import high_mark, sync_state
from sync.till.journal import Times

MOST_OFFLINE_MS = 400 * 86_400_000
STEP_BACK_MS = 120_000
# No till of this release was ever on before this moment: 1 January 2025 UTC.
EARLIEST_MS = 1_735_689_600_000


class Moment(msgspec.Struct, frozen=True):
    """One reading of the clock. `now_ms` is the time to go by, `mark_ms` the latest time ever written down.

    `local` is store time without zone, `minute` its minute of the day, `bdate` the business date.
    """

    wall_ms: int
    mono_ms: int
    boot: str
    anchor: str
    now_ms: int
    mark_ms: int
    trusted: bool
    local: datetime.datetime
    bdate: datetime.date
    minute: int

    @property
    def times(self) -> Times:
        """The clock readings an entry is written with."""
        return Times(self.wall_ms, self.mono_ms, self.boot, self.anchor)


def now(parts: Parts) -> Moment:
    """Read the clock once."""
    wall, mono, boot = parts.clock.wall_ms(), parts.clock.mono_ms(), parts.clock.boot()
    anchor = sync_state(parts.reader).anchor
    mark = high_mark(parts.reader)
    if anchor is not None and anchor.boot == boot:
        time, trusted = anchor.server_time_ms + mono - anchor.mono_ms, True
    else:
        trusted = max(mark - STEP_BACK_MS, EARLIEST_MS) <= wall <= (mark or wall) + MOST_OFFLINE_MS
        time = max(wall, mark) if trusted else max(mark, EARLIEST_MS)
    store = store_time(as_utc(time), parts.identity.timezone, _day_ends(parts, as_utc(time).date()))
    local = store.local.replace(tzinfo=None)
    return Moment(
        wall, mono, boot, anchor.id if anchor else "", time, mark, trusted, local, store.bdate, store.minute
    )


def local_time(parts: Parts, wall_ms: int) -> datetime.datetime:
    """A moment in ms as store time without zone."""
    return store_time(as_utc(wall_ms), parts.identity.timezone).local.replace(tzinfo=None)


def when(parts: Parts, wall_ms: int | None, moment: Moment, words: Words) -> str:
    """The time `wall_ms` on the day of `moment` as a time, any other with its date."""
    if not wall_ms:
        return ""
    local = local_time(parts, wall_ms)
    time = words.time(local)
    return time if local.date() == moment.local.date() else f"{words.date(local.date())} {time}"


def as_utc(wall_ms: int) -> datetime.datetime:
    """Milliseconds since 1970 as an aware UTC moment; beyond the calendar, its nearest end."""
    seconds = min(max(wall_ms, 0), 253_000_000_000_000) / 1000
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _day_ends(parts: Parts, day: datetime.date) -> datetime.time:
    programme = parts.programme(day)
    return programme.header.business_day_ends if programme is not None else datetime.time(0)

"""The store as its manager's figures see it: a connection to the till's files, who the till is, and what time it is."""

from collections.abc import Mapping
from datetime import time

import msgspec

from pos_app.till.moment import as_utc, now
from pos_app.till.parts import EUR, Parts, currency_of
from rules.calendar import store_time
from rules.errors import ProgrammeError
from rules.programme.load import load_programme
from rules.programme.model import Programme
from sync.figures import Now, StoreFigures
from sync.sqlite_driver import Connection
from sync.till import config
from sync.till.identity import Identity
from sync.till.told_figures import told_figures


class Shop(msgspec.Struct, frozen=True):
    """What figures are counted from. `at_ms` is now in UTC; `told` is what the ledger said last, None before it did.

    `staff` are the names of the people who may sign in here, by id.
    """

    connection: Connection
    identity: Identity
    now: Now
    at_ms: int
    programme: Programme | None = None
    told: StoreFigures | None = None
    staff: Mapping[str, str] = {}

    @property
    def currency(self) -> str:
        """The currency that amounts are in."""
        return EUR if self.programme is None else currency_of(self.programme)


def shop_of(parts: Parts) -> Shop:
    """The store of a till that runs."""
    moment = now(parts)
    return _shop(
        parts.reader,
        parts.identity,
        Now(moment.bdate, moment.minute),
        moment.now_ms,
        parts.programme(moment.bdate),
    )


def shop_at(connection: Connection, identity: Identity, at_ms: int) -> Shop:
    """The store of a till's files, running or not, at the time `at_ms` (UTC)."""
    utc = as_utc(at_ms)
    data = config.programme_for(connection, store_time(utc, identity.timezone).bdate)
    try:
        programme = None if data is None else load_programme(data)
    except ProgrammeError:
        programme = None
    ends = time() if programme is None else programme.header.business_day_ends
    store = store_time(utc, identity.timezone, ends)
    return _shop(connection, identity, Now(store.bdate, store.minute), at_ms, programme)


def _shop(
    connection: Connection, identity: Identity, moment: Now, at_ms: int, programme: Programme | None
) -> Shop:
    staff = {one.id: one.name for one in config.staff(connection)}
    return Shop(connection, identity, moment, at_ms, programme, told_figures(connection), staff)

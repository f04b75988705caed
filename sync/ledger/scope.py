"""Whom the tills of a store know by name: who enrolled there, and who was seen there in the last months (section 5.4).

A region is a set of stores, named with each of them. Its tills may have the thin lines of whoever was ever seen in one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from rules.calendar import add_months
from sync.ledger.work import Work
from sync.thin import THIN

MONTHS = 13
_KEY = "scope_months"
_DIGITS = 8


async def keep_months(work: Work, months: int) -> None:
    """From now on a store's tills forget a member who was not seen there for so many months."""
    await work.tx.save_value(_KEY, str(months).encode())


async def leave_stores(work: Work, members: Sequence[int], day: date) -> None:
    """Let tills forget those of `members` who were away from their store for too long on `day`."""
    months = int(await work.tx.value(_KEY) or MONTHS)
    last = add_months(day, -months)
    before_ms = int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp()) * 1000
    for member, store in await work.tx.leave_stores(members, before_ms):
        await work.tx.log(f"store:{store}", str(member))
        await work.tx.log(THIN, str(member))


async def region_scopes(work: Work) -> Mapping[str, str]:
    """The name of each region's list of members; it changes with the stores that belong to the region."""
    stores: dict[str, list[str]] = {}
    for row in await work.tx.stores():
        if row.region:
            stores.setdefault(row.region, []).append(row.store)
    return {
        region: f"{region}-{hashlib.sha256(','.join(names).encode()).hexdigest()[:_DIGITS]}"
        for region, names in stores.items()
    }

"""What is published: by content, numbered, for all stores or some, and withdrawn again (section 5.1, `config`)."""

import hashlib
from collections.abc import Sequence
from datetime import date

from rules.programme.load import load_programme
from sync.ledger.books import replace
from sync.ledger.given_rows import PROGRAMME, Published, json_list, list_json
from sync.ledger.overruns import lend_campaign
from sync.ledger.shares import fund_budgets, fund_stores
from sync.ledger.work import Work
from sync.publication import ConfigItem

CONFIG = "config"
PUBLICATIONS = "publications"
"""What one transaction at a time changes: all that is published, and the people and products it is made of."""
PER_EPOCH = 1_000_000  # numbers of a ledger that was restored lie above all that its lost future gave out


async def put(
    work: Work,
    what: str,
    name: str,
    data: bytes,
    day: date | None = None,
    stores: Sequence[str] = (),
    *,
    again: bool = False,
) -> Published:
    """Publish `data` unless it is what was published there last; what was withdrawn comes back only if `again`.

    A catalogue or staff list takes the place of the one of its name; of programmes for one day the newest holds.
    """
    await work.tx.alone(PUBLICATIONS)
    digest, since = hashlib.sha256(data).digest(), "" if day is None else day.isoformat()
    place = what, name, since, list_json(stores)
    before = [
        row
        for row in await work.tx.published()
        if (row.what, row.name, row.effective_from, row.stores) == place
    ]
    if before and before[-1].sha256 == digest and not (again and before[-1].withdrawn):
        return before[-1]
    for row in before:
        if what != PROGRAMME or row.sha256 == digest:
            await work.tx.drop_published(row.number)
    await work.tx.save_blob(digest, data)
    if what == PROGRAMME:
        programme = load_programme(data, name)
        await fund_budgets(work, programme)
        await lend_campaign(work, programme)
    return await _tell(work, Published(0, *place, digest, 0, 0))


async def withdraw(work: Work, row: Published) -> Published:
    """Let `row` no longer hold: tills go back to what stands beside it."""
    await work.tx.alone(PUBLICATIONS)
    await work.tx.drop_published(row.number)
    return await _tell(work, replace(row, withdrawn=1))


async def _tell(work: Work, row: Published) -> Published:
    """Write `row` with the next number, let tills know, and give stores what a programme now limits."""
    new = replace(row, number=await next_number(work), at_ms=work.now_ms)
    await work.tx.save_published(new)
    await work.tx.log(CONFIG, str(new.number))
    if row.what == PROGRAMME:
        await fund_stores(work)
    return new


async def next_number(work: Work) -> int:
    """A number above all given out before, also after an older copy of the ledger was restored."""
    epoch = int(await work.tx.value("ledger_epoch") or b"1")
    return epoch * PER_EPOCH + await work.tx.advance("publication", 1)


def item_of(row: Published, pos: int) -> ConfigItem:
    """What tills are told of `row` at its place in the log, not signed yet."""
    since = date.fromisoformat(row.effective_from) if row.effective_from else None
    return ConfigItem(
        row.what,
        row.name,
        row.sha256,
        since,
        pos,
        row.number,
        json_list(row.stores),
        bool(row.withdrawn),
    )

"""Business days of a test shop, and what stands in its books afterwards."""

from datetime import date
from typing import Any

from sync.ledger.day import MEMBERS_AT_ONCE, RunDay, do_batch
from sync.ledger.day_rows import Tally, add_up
from tests.unit.effects_kit import whole_log
from tests.unit.ledger_kit import HEAD, Shop, TillSim, looking, promise
from tests.unit.ledger_kit import line as sold

DAYS = (
    HEAD
    + b"""
[[rule]]
id = "slow"
kind = "earn.amount"
points = 10
per = 1.00
vesting = "2d"
lines = ".category == 'slow'"

[[rule]]
id = "hundred"
kind = "convert"
points = 100
voucher = "five-off"

[[rule]]
id = "five-off"
kind = "voucher"
value = 5.00
life = "30d"

[[rule]]
id = "come-back"
kind = "voucher"
value = 3.00
life = "10d"

[[rule]]
id = "cake"
kind = "earn.birthday"
before = "3d"
points = 50

[expiry]
lot_life = "60d"
inactivity = "40d"

[dormancy]
at_risk = "20d"
dormant = "30d"
offer = "come-back"

[tiers]
measure = "points_earned"
window = "25d"
levels = [{ id = "base", from = 0 }, { id = "gold", from = 50 }]
"""
)


async def run_days(shop: Shop, until: date | None = None, size: int = MEMBERS_AT_ONCE) -> Tally:
    """Do all days that wait."""
    sums: Tally = {}
    while (part := await do_batch(shop.ledger, until, size)) is not None:
        sums = add_up(sums, part.tally)
    return sums


async def dry(shop: Shop, until: date | None = None) -> Tally:
    """What a dry run tells, over all days and stores."""
    sums: Tally = {}
    asked = RunDay(until, dry=True)
    while True:
        done = await asked.run(shop.ledger)
        for part in done.parts:
            sums = add_up(sums, part.tally)
        if not done.more:
            return sums
        asked = RunDay(until, dry=True, store=done.store, member=done.member)


async def told(shop: Shop, *kinds: str) -> list[tuple[Any, ...]]:
    """Kind, detail or asset, quantity, cause and day of what was told of these kinds, in order."""
    return [
        (one.what, one.asset or one.detail, one.quantity, one.cause, one.day)
        for one in await whole_log(looking(shop.ledger._storage))
        if one.what in kinds
    ]


async def bought(till: TillSim, member: int, euros: int, category: str = "bread") -> None:
    """A ticket whose points come home at once."""
    rule, points = ("slow", euros * 10) if category == "slow" else ("base", euros)
    first = date.fromordinal(till.today.toordinal() + (2 if category == "slow" else 0))
    given = [promise("base", euros, till.today, last_day=date.fromordinal(till.today.toordinal() + 60))]
    if category == "slow":
        last = date.fromordinal(till.today.toordinal() + 62)
        given.append(promise(rule, points, till.today, available_on=first, last_day=last))
    done = till.sale(member, (sold(euros * 100, category),), tuple(given))
    till.give_back(done.lots[0], ("points", done.lots[0], euros))
    await till.push()


async def books_of(shop: Shop, member: int) -> tuple[Any, ...]:
    """Everything that stands of a member, whatever the numbers are called that the centre gave to lots."""
    tx = looking(shop.ledger._storage)
    record = await tx.member(member)
    assert record is not None
    names: dict[str, str] = {}
    postings = []
    for one in await tx.postings(member):
        lot = names.setdefault(one.lot, f"central {len(names)}") if one.lot.startswith("c-") else one.lot
        postings.append((lot, one.n, one.cause, one.asset, one.source, one.target, one.quantity, one.day))
    effects = [
        (one.id, one.what, one.day, one.asset, one.quantity, one.cause, one.rule, one.detail)
        for one in await whole_log(tx)
        if one.member == member
    ]
    return record, postings, effects

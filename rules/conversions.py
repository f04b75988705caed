"""What turns into something else by itself: full stamp cards into free items, points into vouchers.

A till converts what it holds in its own grants, the centre what is available; both ask here what and how much.
"""

from datetime import date, timedelta

import msgspec

from rules.account import FOREVER, Account, Holding
from rules.fold import balance_after, take
from rules.programme.model import Programme


class Conversion(msgspec.Struct, frozen=True):
    """`need` units of the asset `source` become one of `target`, which lives `life` days (None: for ever)."""

    rule: str
    need: int
    source: str
    target: str
    life: int | None = None

    def last_day(self, day: date) -> date:
        """Last usable day of what was made on `day`."""
        return FOREVER if self.life is None else day + timedelta(days=self.life)

    def times(self, units: int) -> int:
        """How many of `target` can be made of `units` of `source`."""
        return max(0, units) // self.need


class Converted(msgspec.Struct, frozen=True):
    """`quantity` of `target` were made of `units` of `source` by `rule`."""

    rule: str
    source: str
    units: int
    target: str
    quantity: int
    last_day: date


def convert(
    account: Account, programme: Programme, day: date, name: str
) -> tuple[Account, tuple[Converted, ...]]:
    """`account` after everything that is full on `day` was converted, and what was.

    The lots drawn are those usable on `day`, first to lapse first; the lot of the n-th conversion is `name:cn`.
    A deficit of either asset stops its conversion.
    """
    done: list[Converted] = []
    for one in programme.conversions:
        times = one.times(account.held(one.source, day))
        if not times or account.deficit.get(one.source, 0) or account.deficit.get(one.target, 0):
            continue
        last_day = one.last_day(day)
        account = take(account, one.source, times * one.need, day)
        lot = Holding(one.target, f"{name}:c{len(done)}", times, day, day, last_day)
        balance = balance_after(account, {one.target: times})
        account = msgspec.structs.replace(account, holdings=(*account.holdings, lot), balance=balance)
        done.append(Converted(one.rule, one.source, times * one.need, one.target, times, last_day))
    return account, tuple(done)

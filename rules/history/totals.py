"""The sums of a replay over all members."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Totals(NamedTuple):
    """`sums` of every column with numbers, `tiers` and `since`: members by tier, and those who ever reached one."""

    members: int
    sums: dict[str, int]
    tiers: dict[str, int]
    since: dict[str, int]


def totals(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Totals:
    """The sums over `rows`, whose values stand in the order of `columns`."""
    members = 0
    sums = {name: 0 for name in columns[1:] if name != "tier" and not name.startswith("since:")}
    tiers: dict[str, int] = {}
    since = {name.partition(":")[2]: 0 for name in columns if name.startswith("since:")}
    for row in rows:
        members += 1
        for name, value in zip(columns, row, strict=True):
            if isinstance(value, int):
                sums[name] += value
            elif name == "tier":
                tiers[value] = tiers.get(value, 0) + 1
            elif value and name.startswith("since:"):
                since[name.partition(":")[2]] += 1
    return Totals(members, sums, dict(sorted(tiers.items())), since)

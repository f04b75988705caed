"""Over which period the promises of an asset are netted at settlement (ledger-and-sync.md section 2.4)."""

from datetime import date

from rules.calendar import month_key, week_key
from rules.programme.model import Programme

SCOPES = ("ticket", "day", "week", "month", "year")


def scope_of(asset: str, programme: Programme) -> str:
    """The longest period of any rule of `programme` that touches `asset`: one of SCOPES."""
    longest = 0
    for rule in programme.rules:
        kind = rule.kind
        if kind.netting is not None and kind.assets is not None and asset in kind.assets(rule.id, rule.table):
            longest = max(longest, SCOPES.index(kind.netting(rule.table)))
    return SCOPES[longest]


def scope_key(scope: str, bdate: date) -> str:
    """Name of the period that holds `bdate`; weeks are ISO weeks. "" for `ticket`, which names itself."""
    if scope == "day":
        return bdate.isoformat()
    if scope == "week":
        return week_key(bdate)
    if scope == "month":
        return month_key(bdate)
    return f"{bdate.year:04d}" if scope == "year" else ""

"""Over which period the promises of an asset are netted at settlement (ledger-and-sync.md section 2.4)."""

from rules.account import POINTS
from rules.programme.model import Programme

SCOPES = ("ticket", "day", "week", "month", "year", "ever")


def scope_of(asset: str, programme: Programme) -> str:
    """The longest period of any rule of `programme` that touches `asset`: one of SCOPES.

    Where remainders are carried, a point may move to any later ticket.
    """
    if programme.header.rounding == "carry" and asset == POINTS:
        return SCOPES[-1]
    longest = 0
    for rule in programme.rules:
        kind = rule.kind
        if kind.netting is not None and kind.assets is not None and asset in kind.assets(rule.id, rule.table):
            longest = max(longest, SCOPES.index(kind.netting(rule.table)))
        if rule.limit is not None and kind.assets is not None and asset in kind.assets(rule.id, rule.table):
            longest = max(longest, SCOPES.index(rule.limit.per))
    return SCOPES[longest]

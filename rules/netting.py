"""How the promises of an asset are netted at settlement: over which period, and where (ledger-and-sync.md 2.4)."""

from collections.abc import Sequence

from rules.account import POINTS
from rules.programme.model import Programme

_MOVES = "month"
SCOPES = ("ticket", "day", "week", "month", "year", "ever")


def scope_of(asset: str, programme: Programme) -> str:
    """The longest period of any rule of `programme` that touches `asset`: one of SCOPES.

    What may move to a ticket of any day (a bonus given once in a life, a carried remainder) counts as a month:
    netting over a whole life would let an old promise eat every later one, and read all of it at every ticket.
    """
    carried = programme.header.rounding == "carry" and asset == POINTS
    longest = SCOPES.index(_MOVES) if carried else 0
    for rule in programme.rules:
        kind = rule.kind
        if kind.assets is None or asset not in kind.assets(rule.id, rule.table):
            continue
        if kind.netting is not None:
            longest = max(longest, _of_kind(kind.netting(rule.table)))
        if rule.limit is not None:
            longest = max(longest, SCOPES.index(rule.limit.per))
    return SCOPES[longest]


def netted(gaps: Sequence[int]) -> list[int]:
    """What is posted for each of `gaps`, the differences settled less given of one scope in their order.

    Together they come to the sum of `gaps`, and each is a part of its own gap: the first ones of the sum's sign.
    """
    need, parts = sum(gaps), []
    for gap in gaps:
        part = min(need, max(gap, 0)) if need > 0 else max(need, min(gap, 0))
        need -= part
        parts.append(part)
    return parts


def regained(more: Sequence[int], clawed: Sequence[int], risen: int | None) -> list[int]:
    """How much of each of `clawed`, what fell through returns, is a promise again that stands.

    It is what the rules give there `more` than the member has. After another return it is together at most what they
    give more through it (`risen`): what a return moves to another ticket is no more than it was.
    """
    most = [max(0, min(pair)) for pair in zip(more, clawed, strict=True)]
    need, parts = sum(most) if risen is None else max(0, risen), []
    for units in most:
        parts.append(min(need, units))
        need -= parts[-1]
    return parts


def earned_again(gaps: Sequence[int], honoured: Sequence[int]) -> list[int]:
    """How much of each of `honoured`, what is kept without being earned, counts as earned from now on.

    Together as much as the sum of `gaps` lacks, before anything is given for it: first where it is lacking, then
    wherever something is kept, in their order.
    """
    need, parts = sum(gaps), [0] * len(gaps)
    for most in ([min(pair) for pair in zip(gaps, honoured, strict=True)], honoured):
        for n, units in enumerate(most):
            part = max(0, min(need, units - parts[n]))
            need -= part
            parts[n] += part
    return parts


def _of_kind(period: str) -> int:
    return SCOPES.index(_MOVES if period == "ever" else period)

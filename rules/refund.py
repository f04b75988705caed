"""What goes back when goods come back (ledger-and-sync.md section 3, Refund).

Everything is cumulative: from all refunds of a ticket follows what has come back of each line, and from that
the target of every contribution and burn. An entry is the target less what was done already, so any sequence
of refunds that adds up to the whole gives exactly everything back.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from rules.account import POINTS
from rules.allocate import rounded, spread
from rules.decision import Burn, Contribution
from rules.ticket import Line


class LineReturn(msgspec.Struct, frozen=True):
    """`cents` and `qty` of line `index` that come back."""

    index: int
    cents: int
    qty: Decimal


class Return(msgspec.Struct, frozen=True):
    """One refund: `lines`, or without lines an amount of `cents` over whatever is left of the ticket."""

    cents: int = 0
    lines: tuple[LineReturn, ...] = ()


class Back(msgspec.Struct, frozen=True):
    """What has come back of one line: `cents` of `of_cents`, `qty` of `of_qty`; never more than the line."""

    cents: int
    of_cents: int
    qty: Decimal
    of_qty: Decimal

    @property
    def whole(self) -> bool:
        """Whether the whole line has come back; a line of 0 cents goes by quantity."""
        return self.cents == self.of_cents if self.of_cents else abs(self.qty) >= abs(self.of_qty)


def returned(lines: Sequence[Line], refunds: Sequence[Return]) -> tuple[Back, ...]:
    """What all `refunds` of a ticket with `lines` bring back of each line.

    Refunds by line count first, whatever their order; the amounts are then spread over what is left of all
    lines, discounts included, by largest remainder.
    """
    backs = _by_line(lines, [part for refund in refunds for part in refund.lines])
    amount = sum(refund.cents for refund in refunds if not refund.lines)
    if not amount:
        return backs
    left = [back.of_cents - back.cents for back in backs]
    total = sum(left)
    if total <= 0:
        return backs
    more = left if amount >= total else _share(amount, left, total)
    over = amount >= total
    return tuple(
        msgspec.structs.replace(back, cents=back.cents + cents, qty=back.of_qty if over else back.qty)
        for back, cents in zip(backs, more, strict=True)
    )


def target(contribution: Contribution, backs: Sequence[Back], quantity: int | None = None) -> int:
    """How much of `contribution` has to be back in all.

    `quantity` stands in for the contribution's own where settlement changed it: the same allocation is then
    scaled. Points follow the cents of their lines; stamps and free items fall whole.
    """
    size = contribution.quantity if quantity is None else quantity
    if contribution.by_ticket:
        return size if gone(backs) else 0
    return _sum(size, contribution.allocation, backs, contribution.asset == POINTS)


def restored(burn: Burn, backs: Sequence[Back]) -> tuple[int, int]:
    """How much of `burn` has to be given back in all: units of its asset, and cents not handed out.

    Points come back as their lines do. A whole thing (a voucher, a free item) comes back with its line, or with the
    last of the lines it was spread over. What took nothing off the ticket does not come back.
    """
    if not burn.allocation:
        return 0, 0
    cents = sum(_part(off, back) for off, back in zip(burn.allocation, backs, strict=True))
    touched = [back for off, back in zip(burn.allocation, backs, strict=True) if off]
    if burn.asset != POINTS and len(touched) > 1:
        return (burn.quantity if all(back.whole for back in touched) else 0), cents
    return _sum(burn.quantity, burn.allocation, backs, burn.asset == POINTS), cents


def gone(backs: Sequence[Back]) -> bool:
    """Whether the last paid line has come back; on a ticket without paid lines, the last line."""
    paid = [back for back in backs if back.of_cents > 0]
    return all(back.whole for back in paid or backs)


def _by_line(lines: Sequence[Line], parts: Sequence[LineReturn]) -> tuple[Back, ...]:
    cents, qty = [0] * len(lines), [Decimal(0)] * len(lines)
    for part in parts:
        cents[part.index] += part.cents
        qty[part.index] += part.qty
    return tuple(
        Back(_within(got, line.cents), line.cents, min(count, line.qty), line.qty)
        for line, got, count in zip(lines, cents, qty, strict=True)
    )


def _within(cents: int, of_cents: int) -> int:
    low, high = min(0, of_cents), max(0, of_cents)
    return min(max(cents, low), high)


def _share(amount: int, left: Sequence[int], total: int) -> list[int]:
    """`amount` over `left`, whose entries may be negative: floors first, then the largest remainders."""
    shares = [amount * part // total for part in left]
    order = sorted(range(len(left)), key=lambda n: (-(amount * left[n] % total), n))
    for n in order[: amount - sum(shares)]:
        shares[n] += 1
    return shares


def _sum(quantity: int, allocation: Sequence[int], backs: Sequence[Back], divisible: bool) -> int:
    if quantity != sum(allocation):
        allocation = spread(quantity, [abs(part) for part in allocation])
    part = _part if divisible else _whole_part
    return sum(part(share, back) for share, back in zip(allocation, backs, strict=True))


def _part(share: int, back: Back) -> int:
    if not share:
        return 0
    if back.of_cents:
        return rounded(share * abs(back.cents), abs(back.of_cents), "half_up")
    if not back.of_qty:
        return share
    top, bottom = (back.qty / back.of_qty).as_integer_ratio()
    return rounded(share * top, bottom, "half_up")


def _whole_part(share: int, back: Back) -> int:
    """Whole things of a line: one falls when its unit has come back, all when the line has."""
    if back.whole:
        return share
    by_qty = int(share * back.qty / back.of_qty) if back.of_qty else 0
    by_cents = share * abs(back.cents) // abs(back.of_cents) if back.of_cents else 0
    return min(share, max(by_qty, by_cents))

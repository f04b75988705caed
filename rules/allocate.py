"""Whole numbers shared out exactly: largest remainder, and the one rounding of a rule."""

from collections.abc import Sequence


def spread(quantity: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `quantity` out over `weights` by largest remainder; ties go to the earlier place.

    Weights of 0 or less get nothing. The result has one integer per weight and sums to `quantity`; a negative
    quantity is shared out as its absolute value with the sign restored. Raises ValueError when no weight is
    positive and there is something to share.
    """
    places = [place for place, weight in enumerate(weights) if weight > 0]
    total = sum([weights[place] for place in places])
    shares = [0] * len(weights)
    if not total:
        if not quantity:
            return tuple(shares)
        raise ValueError("no line can carry the amount: give at least one positive weight")
    size, count = abs(quantity), len(weights)
    exact = [size * weights[place] for place in places]
    for place, part in zip(places, exact, strict=True):
        shares[place] = part // total
    left = size - sum(shares)
    if left:
        # One integer carries remainder and place, so that sorting needs no key function.
        ranked = sorted(
            [part % total * count - place for place, part in zip(places, exact, strict=True)], reverse=True
        )
        for rank in ranked[:left]:
            shares[-rank % count] += 1
    return tuple(shares) if quantity >= 0 else tuple([-share for share in shares])


def allocate(quantity: int, counted: Sequence[int], cents: Sequence[int]) -> tuple[int, ...]:
    """Share `quantity` out over the lines `counted` (indices), by their positive `cents`, else equally.

    `cents` has one integer per line of the ticket, and so has the result (ledger-and-sync.md section 3).
    """
    weights = [0] * len(cents)
    for line in counted:
        weights[line] = cents[line]
    if max(weights, default=0) <= 0:
        for line in counted:
            weights[line] = 1
    return spread(quantity, weights)


def rounded(numerator: int, denominator: int, mode: str = "floor") -> int:
    """`numerator` / `denominator` (positive) rounded once: `floor` or `half_up`, on the absolute value."""
    size = abs(numerator)
    value = (2 * size + denominator) // (2 * denominator) if mode == "half_up" else size // denominator
    return value if numerator >= 0 else -value

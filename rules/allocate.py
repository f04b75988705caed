"""Whole numbers shared out exactly: largest remainder, and the one rounding of a rule."""

from collections.abc import Sequence

Carriers = tuple[Sequence[int], Sequence[int]]
"""Lines, by index, and the positive weight of each."""

NOTHING: Carriers = ((), ())


def spread(quantity: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `quantity` out over `weights` by largest remainder; ties go to the earlier place.

    Weights of 0 or less get nothing. The result has one integer per weight and sums to `quantity`; a negative
    quantity is shared out as its absolute value with the sign restored. Raises ValueError when no weight is
    positive and there is something to share.
    """
    places = [place for place, weight in enumerate(weights) if weight > 0]
    if not places:
        if not quantity:
            return (0,) * len(weights)
        raise ValueError("no line can carry the amount: give at least one positive weight")
    return shared(quantity, (places, [weights[place] for place in places]), len(weights))


def allocate(quantity: int, counted: Sequence[int], cents: Sequence[int]) -> tuple[int, ...]:
    """Share `quantity` out over the lines `counted` (indices, rising), by their positive `cents`, else equally.

    `cents` has one integer per line of the ticket, and so has the result (ledger-and-sync.md section 3).
    """
    return shared(quantity, carriers(counted, cents), len(cents))


def carriers(counted: Sequence[int], cents: Sequence[int]) -> Carriers:
    """The lines among `counted` that can carry a share, and their weights: positive cents, else 1 each."""
    places = [line for line in counted if cents[line] > 0]
    if places:
        return places, [cents[line] for line in places]
    return counted, [1] * len(counted)


def rounded(numerator: int, denominator: int, mode: str = "floor") -> int:
    """`numerator` / `denominator` (positive) rounded once: `floor` or `half_up`, on the absolute value."""
    size = abs(numerator)
    value = (2 * size + denominator) // (2 * denominator) if mode == "half_up" else size // denominator
    return value if numerator >= 0 else -value


def shared(quantity: int, over: Carriers, count: int) -> tuple[int, ...]:
    """`quantity` over the carriers `over` by largest remainder, as one integer for each of `count` lines."""
    places, weights = over
    shares = [0] * count
    if len(places) == 1:
        shares[places[0]] = quantity
        return tuple(shares)
    size, total = abs(quantity), sum(weights)
    left = size
    ranks = []
    for place, weight in zip(places, weights):  # noqa: B905 - one weight a place, and the check costs
        share = size * weight // total
        shares[place] = share
        left -= share
        # One integer carries remainder and place, so that sorting needs no key function.
        ranks.append((size * weight - share * total) * count - place)
    if left:
        ranks.sort()
        for rank in ranks[-left:]:
            shares[-rank % count] += 1
    return tuple(shares) if quantity >= 0 else tuple([-share for share in shares])

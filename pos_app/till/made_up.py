"""The five members of the training: who they are, and the digit that stands for the card of each."""

from typing import Final

from pos_app.till.parts import Parts
from sync.numbers import member_number

# What each has in points; the second has a stamp card that lacks one stamp, the last a blocked card.
POINTS_OF: Final = (0, 60, 240, 1_200, 500)
ALMOST: Final = 2
BLOCKED: Final = 5
MEMBERS: Final = tuple(str(n) for n in range(1, len(POINTS_OF) + 1))


def card_of(parts: Parts, n: int) -> str:
    """The card number of the `n`-th member, from 1."""
    return member_number(n, parts.identity.lookup_key)

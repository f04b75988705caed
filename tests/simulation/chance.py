"""A source of chance that is seeded when it is first asked: each step seeds a dozen, of which it asks some."""

import random
from typing import Any


class Chances(random.Random):
    """Draws what `random.Random` draws after the same seeds."""

    def seed(self, a: Any = None, version: int = 2) -> None:
        """From here on draw what `a` says; a number or a text."""
        self._said = a
        self.random = self._first_random  # type: ignore[method-assign]
        self.getrandbits = self._first_bits  # type: ignore[method-assign]

    def _begin(self) -> None:
        if vars(self).pop("random", None):  # the library may ask once more what it got hold of first
            del self.getrandbits
            super().seed(self._said)

    def _first_random(self) -> float:
        self._begin()
        return self.random()

    def _first_bits(self, k: int) -> int:
        self._begin()
        return self.getrandbits(k)

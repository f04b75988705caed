"""Named points in the write paths, at which a test or a simulation may end the process (docs/crash-matrix.md)."""

from collections.abc import Callable

Crash = Callable[[str], None]


def no_crash(point: str) -> None:
    """The crash points of a real till or ledger: nothing happens there."""

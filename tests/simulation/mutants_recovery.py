"""Faults of a ledger that comes back from a copy."""

from collections.abc import Callable
from typing import Any


def recovery_off() -> None:
    """A restored ledger goes on as if nothing were missing."""
    from sync.ledger import recovery, service, waits

    async def never(*_: Any) -> bool:
        return False

    async def nobody(*_: Any) -> None:
        return None

    service.recovering = recovery.recovering = waits.recovering = never
    recovery.expected = nobody


def same_numbers_again() -> None:
    """A ledger restored twice from one copy gives the same numbers twice."""
    from sync.ledger import recovery

    recovery.A_SECOND, recovery.FEW = 0, {}


def lost_shares_forgotten() -> None:
    """What a till took of a share that was lost with the ledger is nobody's."""
    from sync.ledger import shares

    shares.counter_of = lambda _: ""  # type: ignore[attr-defined]


RECOVERED: tuple[Callable[[], None], ...] = (recovery_off, same_numbers_again, lost_shares_forgotten)

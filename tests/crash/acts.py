"""All acts of a till by their names."""

from collections.abc import Callable

from tests.crash.act import Act
from tests.crash.acts_counter import (
    CloseDay,
    CloseTicket,
    CloseWithReward,
    Enrol,
    Happened,
    OpenTicket,
    Printed,
    Refund,
    Undo,
)
from tests.crash.acts_line import ChangeKey, Hold, PairAgain, PairFirst, Pull, Push, Snapshot, Stop
from tests.crash.acts_next_door import Give, Take

KINDS: tuple[Callable[[], Act], ...] = (
    PairFirst,
    OpenTicket,
    CloseTicket,
    CloseWithReward,
    Hold,
    Undo,
    Refund,
    Enrol,
    Happened,
    CloseDay,
    Printed,
    Push,
    Pull,
    Snapshot,
    Give,
    Take,
    ChangeKey,
    PairAgain,
    Stop,
)
ACTS: dict[str, Act] = {act.name: act for act in (kind() for kind in KINDS)}

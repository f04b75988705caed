"""What the client tells the till. Events are delivered from its threads, so the receiver only queues them."""

import msgspec

from sync.figures import StoreFigures
from sync.habits import HabitsAnswer
from sync.member_copy import MemberCopy
from sync.shown import ShownAnswer
from sync.till.offline import OfflineReason
from sync.wire import Disposition, Grant, HoldAnswer, MemberRow, Want


class AccountArrived(msgspec.Struct, frozen=True):
    """The ledger answered for a card token: its row, already in the cache, or None for a card it does not know.

    `own_seq` is the last entry of this till that the row includes.
    """

    token: bytes
    row: MemberRow | None
    own_seq: int


class HoldArrived(msgspec.Struct, frozen=True):
    """The ledger answered the hold of `wants` for `ticket`; its grants are already in this till's slices."""

    answer: HoldAnswer
    ticket: str
    wants: tuple[Want, ...] = ()


class Pulled(msgspec.Struct, frozen=True):
    """Changes were applied: `members` whose rows are new, whether configuration changed, what became of entries.

    `unreadable` names published files that this release cannot read, or that the ledger's key did not sign; the ones
    before them stay in use.
    """

    members: tuple[int, ...]
    config: bool
    dispositions: tuple[Disposition, ...]
    unreadable: tuple[str, ...] = ()


class Pushed(msgspec.Struct, frozen=True):
    """The ledger has all entries up to `accepted_seq`.

    `grants` were received with it: those for a ticket that is no longer open are for the till to give back.
    Birth grants of accepted tickets past their undo time may be given back from now on.
    """

    accepted_seq: int
    durable_seq: int
    sent: int
    dispositions: tuple[Disposition, ...]
    grants: tuple[Grant, ...]


class MoveArrived(msgspec.Struct, frozen=True):
    """The neighbours answered for `ticket`; what they gave is in this till's slices.

    `granted` says that it is all of `wants`, `silent` that one of them did not answer at all.
    """

    ticket: str
    wants: tuple[Want, ...]
    granted: bool
    silent: bool


class OnlineChanged(msgspec.Struct, frozen=True):
    """Contact with the ledger was made or lost; `reason` is None when online."""

    online: bool
    reason: OfflineReason | None


class FiguresArrived(msgspec.Struct, frozen=True):
    """The ledger told the figures of the store; they are kept already."""

    figures: StoreFigures


class HabitsArrived(msgspec.Struct, frozen=True):
    """The ledger told when a member came last, asked for at a scan."""

    habits: HabitsAnswer


class CodeArrived(msgspec.Struct, frozen=True):
    """The ledger told whether the code of a phone was shown at another till before."""

    shown: ShownAnswer


class CopyArrived(msgspec.Struct, frozen=True):
    """The ledger's copy of what it keeps of a member, asked for at this till; None where it has none to give."""

    member: int
    copy: MemberCopy | None


Event = (
    AccountArrived
    | HoldArrived
    | MoveArrived
    | Pulled
    | Pushed
    | OnlineChanged
    | FiguresArrived
    | HabitsArrived
    | CodeArrived
    | CopyArrived
)

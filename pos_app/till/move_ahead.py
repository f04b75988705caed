"""The move to a new programme as members meet it: which one holds now, and what it does to an account."""

from datetime import date, timedelta
from typing import Final

import msgspec

from pos_app.till.moment import now
from pos_app.till.parts import Parts
from rules.account import Account
from rules.kinds.transition import Transition, transition_of
from rules.passage import Passage, passage
from rules.programme.model import Programme
from sync.till import config

_DAY: Final = timedelta(days=1)


class Move(msgspec.Struct, frozen=True):
    """From the programme `old` to `new`, as `table` says."""

    old: Programme
    new: Programme
    table: Transition

    @property
    def day(self) -> date:
        """The first day of the new programme."""
        return self.new.header.effective_from


def move_now(parts: Parts) -> Move | None:
    """The move that members are told of today: to a programme that is published ahead, from its notice on, or to
    the present one as long as they may still answer."""
    today = now(parts).bdate
    present = parts.programme(today)
    if present is None:
        return None
    before = parts.programme(present.header.effective_from - _DAY)
    arrived = _move(before, present)
    if arrived is not None and arrived.table.accept and _open(arrived, today):
        return arrived
    for one in config.held(parts.reader):
        new = parts.programme_of(one.sha256.hex()) if one.effective_from > today else None
        coming = _move(present, new)
        if coming is not None and (coming.day - today).days <= coming.table.notice:
            return coming
    return None


class Passing(msgspec.Struct, frozen=True):
    """What the move to the programme `to` (its hash) does to one account."""

    to: str
    passed: Passage


def passing(parts: Parts, account: Account) -> Passing | None:
    """What the move that members are told of today does to `account`; None without one."""
    move = move_now(parts)
    passed = outlook(move, account, now(parts).bdate) if move is not None else None
    return Passing(move.new.sha256, passed) if move is not None and passed is not None else None


def outlook(move: Move, account: Account, today: date) -> Passage | None:
    """What the move does to what the member has now; None where the till does not know all of it."""
    if account.member is None or account.known != "full":
        return None
    day = max(move.day, today)
    accepted = {**account.state.get("transition", {}), "accepted": True}
    account = msgspec.structs.replace(account, state={**account.state, "transition": accepted})
    return passage(account, move.old, move.new, day)


def _move(old: Programme | None, new: Programme | None) -> Move | None:
    table = transition_of(new) if new is not None else None
    if old is None or new is None or table is None or table.source != old.header.id:
        return None
    return Move(old, new, table)


def _open(move: Move, today: date) -> bool:
    return move.table.deadline is None or today <= move.table.deadline

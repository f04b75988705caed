"""The move to a new programme as members meet it: which one holds now, and what it does to an account."""

from datetime import date, timedelta
from typing import Final

import msgspec

from pos_app.languages.words import Words
from pos_app.till.moment import now
from pos_app.till.parts import Parts
from rules.account import Account
from rules.passage import Move, Passage, move_between, passage
from sync.till import config

_DAY: Final = timedelta(days=1)


def move_now(parts: Parts) -> Move | None:
    """The move that members are told of today: to a programme that is published ahead, from its notice on, or to
    the present one as long as they may still answer."""
    today = now(parts).bdate
    present = parts.programme(today)
    if present is None:
        return None
    before = parts.programme(present.header.effective_from - _DAY)
    arrived = move_between(before, present)
    if arrived is not None and arrived.table.accept and _open(arrived, today):
        return arrived
    for one in config.held(parts.reader):
        new = parts.programme(one.effective_from) if one.effective_from > today else None
        coming = move_between(present, new)
        if coming is not None and (coming.day - today).days <= coming.table.notice:
            return coming
    return None


class Passing(msgspec.Struct, frozen=True):
    """What the move to the programme `to` (its hash) does to one account; `accepted` once the terms were."""

    to: str
    passed: Passage
    accepted: bool = False


def passing(parts: Parts, account: Account, answer: bool | None) -> Passing | None:
    """What the move that members are told of today does to `account`; None without one, and for who refused it."""
    move = move_now(parts)
    if move is None or answer is False:
        return None
    passed = outlook(move, account, now(parts).bdate)
    return Passing(move.new.sha256, passed, accepted=answer is True) if passed is not None else None


def outlook(move: Move, account: Account, today: date) -> Passage | None:
    """What the move does to what the member has now; None where the till does not know all of it."""
    if account.member is None or account.known != "full":
        return None
    day = max(move.day, today)
    accepted = {**account.state.get("transition", {}), "accepted": True}
    account = msgspec.structs.replace(account, state={**account.state, "transition": accepted})
    return passage(account, move.old, move.new, day)


def last_days(move: Move, words: Words, *, answered: bool = False) -> tuple[tuple[str, date], ...]:
    """What ends when: earning and using points in the old programme, accepting the terms of the new one."""
    old = move.old.header.name.get(words.language) or move.old.header.id
    days = (
        (words("Last day to earn in {old}", old=old), move.last_earn),
        (words("Last day to use points of {old}", old=old), move.last_burn),
        (
            words("Last day to accept the new terms"),
            move.table.deadline if move.table.accept and not answered else None,
        ),
    )
    return tuple((text, day) for text, day in days if day is not None)


def _open(move: Move, today: date) -> bool:
    return move.table.deadline is None or today <= move.table.deadline

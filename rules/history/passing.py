"""From one programme to the next in a history: every member makes the passage on its day (`rules.passage`).

What was converted is posted as `CONVERT`, points that it became and a bonus as `ACCRUE`, vouchers as `CONVERT`, what
lapsed as `EXPIRE`; the ticket is `passage:PROGRAMME`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from rules.account import FOREVER, POINTS
from rules.history.book import AVAILABLE, CONVERTED, EXPIRED, Lot, Why
from rules.history.member import Member
from rules.history.record import RecordError
from rules.history.versions import Version
from rules.kinds.transition import TRANSITION, transition_of
from rules.passage import Given, Moved, answer, passage
from rules.sentences import mark
from rules.ticket import Event


class Move(NamedTuple):
    """The move from the last version of a programme to the first one of another, on its first day."""

    day: date
    old: Version
    new: Version


def moves_of(versions: Sequence[Version]) -> tuple[Move, ...]:
    """The moves among versions in the order of their days: those whose `[transition]` names a programme before."""
    moves = []
    for place, new in enumerate(versions):
        table = transition_of(new.programme)
        before = versions[:place]
        if table is None or any(one.header.id == new.header.id for one in before):
            continue
        old = [one for one in before if one.header.id == table.source]
        if old:
            moves.append(Move(new.header.effective_from, old[-1], new))
    return tuple(moves)


def accepted_by(event: Event) -> bool:
    """The answer to new terms in an event `terms`. Raises RecordError when it gives none."""
    accepted = event.fields.get("accepted")
    if not isinstance(accepted, bool):
        raise RecordError(mark("say whether the terms were accepted: accepted is true or false"))
    return accepted


def bring(member: Member, moves: Sequence[Move], day: date) -> None:
    """Make the passages that lie before `member` by `day`; who has still to accept new terms waits."""
    while member.moved < len(moves) and moves[member.moved].day <= day:
        move = moves[member.moved]
        when, accepted = _when(member, move)
        if when > day:
            return
        _pass(member, move, when, accepted)
        member.moved += 1
        member.answered = None


def _when(member: Member, move: Move) -> tuple[date, bool | None]:
    """The day of the passage as far as anybody knows, and the answer to new terms that was given in time."""
    table = transition_of(move.new.programme)
    if table is None or not table.accept:
        return move.day, None
    end = table.deadline or FOREVER
    if member.answered is not None and member.answered[1] <= end:
        return max(move.day, member.answered[1]), member.answered[0]
    return (end + timedelta(days=1) if end < FOREVER else end), None


def _pass(member: Member, move: Move, when: date, accepted: bool | None) -> None:
    old, new, book = move.old.programme, move.new.programme, member.book
    member.lapse(move.old, when)
    account = member.account()
    mine = tuple([one for one in account.holdings if one.earned_on < move.day])
    account = msgspec.structs.replace(account, holdings=mine)
    if accepted is not None:
        account = answer(account, accepted)
    passed = passage(account, old, new, when)
    name = f"passage:{new.header.id}"
    _take(member, passed.converted, CONVERTED, Why("CONVERT", when, name, TRANSITION))
    _take(member, passed.lapsed, EXPIRED, Why("EXPIRE", when, name, TRANSITION))
    for n, one in enumerate(passed.given):
        lot = Lot(f"{name}:{n}", one.asset, when, one.available_on, one.last_day, name, TRANSITION)
        book.issue(lot, one.quantity, Why(_cause(one), when, name, TRANSITION))
        if one.asset == POINTS:
            member.figures.earned[TRANSITION] = member.figures.earned.get(TRANSITION, 0) + one.quantity
    book.tidy()
    member.close(move.new, name, when)


def _cause(given: Given) -> str:
    """Points count as earned once more: the old ones are in `converted`."""
    return "ACCRUE" if given.bonus or given.asset == POINTS else "CONVERT"


def _take(member: Member, moved: Iterable[Moved], target: str, why: Why) -> None:
    book = member.book
    lots = {lot.lot: lot for some in book.open.values() for lot in some}
    for one in moved:
        book.move(lots[one.lot], AVAILABLE, target, one.quantity)
        book.note(why, one.asset, one.lot, -one.quantity)

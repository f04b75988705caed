"""One line worth saying aloud to the member, another one than was said last time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from pos_app.till.memories import memories
from pos_app.till.parts import Parts
from pos_app.till.reached import reached, takes_points
from pos_app.till.state import Basket
from pos_app.till.ways import nearest
from rules.account import POINTS, Account
from rules.decision import Decision, Progress
from rules.lifetime import lapsing
from rules.programme.model import Programme
from sync.answered import last_said
from sync.entry import EntryKind
from sync.till import members
from sync.till.journal import entries_after

EXPIRING_DAYS: Final = 60
READY: Final = "ready"  # a reward that the balance pays for now
EXPIRING: Final = "expiring"  # points that end soon


def to_say(
    parts: Parts, basket: Basket, usable: Mapping[str, int], decision: Decision, programme: Programme
) -> str:
    """What is said on this ticket, chosen as the member arrives: a topic, or "" where there is nothing to say."""
    who = basket.who
    if who is None or basket.said:
        return basket.said
    account = who.account
    last = _last(parts, who.member, account) if who.member is not None else ""
    day = decision.bdate
    topics = [EXPIRING] if soon_gone(account, programme, day) else []
    points = who.spendable(usable.get(POINTS, 0), day, online=parts.online)
    if not basket.shown and takes_points(programme, day) and reached(programme, points, decision.outcomes):
        topics.append(READY)
    topics += [topic_of(one) for one in nearest(decision.progress) if one.have < one.need]
    return _turn(topics, last, account.visits)


def _last(parts: Parts, member: int, account: Account) -> str:
    """What was said last: here, where a ticket of this till is not in the member's row yet, else as the row has it."""
    here, told = memories(parts.reader, member).said, last_said(account.fields)
    if not told:
        return here
    found = members.load(parts.reader, parts.identity, member)
    since = entries_after(parts.reader, member, found.own_seq) if found is not None else ()
    return here if any(entry.kind == EntryKind.TICKET for entry in since) else told


def topic_of(one: Progress) -> str:
    """The name of a way, whatever is left of it."""
    return f"{one.what} {one.rule} {one.goal}"


def soon_gone(account: Account, programme: Programme | None, today: date) -> tuple[date, int] | None:
    """The points that end first, and their last day, where that is near."""
    found = lapsing(account, programme, today, EXPIRING_DAYS) if programme is not None else ()
    return found[0] if found else None


def _turn(topics: Sequence[str], last: str, visits: int) -> str:
    """The two that matter most take turns; where nothing is known of the last time, by the number of visits.

    What was said last time and is the only one rests for a visit.
    """
    best = topics[:2]
    if last in best:
        return next((one for one in best if one != last), "")
    return best[visits % len(best)] if best else ""

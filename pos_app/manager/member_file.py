"""The member of the begun ticket for the manager: what is held and why, and the moves of the account line by line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from pos_app.languages.words import Words
from pos_app.till.labels import label, signed
from pos_app.till.parts import Parts
from pos_app.till.record import unpack
from pos_app.till.view import MemberView
from rules.programme.model import Programme
from rules.sentences import mark
from sync.history import HistoryLine
from sync.till import tickets

if TYPE_CHECKING:
    from pos_app.till.till import Till

OWN = 40
BY_HAND = "adjust"  # what stands for a rule where none gave it
_CAUSES = {
    "BURN": mark("used"),
    "EXPIRE": mark("lapsed"),
    "CLAWBACK": mark("taken back with a return"),
    "VOID": mark("undone"),
    "HONOUR": mark("a promise that was kept"),
    "TOP_UP": mark("added later"),
    "ADJUST": mark("by hand, or brought along"),
    "CONVERT": mark("a full card"),
    "RESTORE": mark("given back with a return"),
}


class FileLine(msgspec.Struct, frozen=True):
    """A line, and what led to it, or the `reference` of the ticket that tells it, with what its `till` wrote of it."""

    text: str
    detail: tuple[str, ...] = ()
    reference: str = ""
    till: str = ""
    entry: bytes = b""


class MemberFile(msgspec.Struct, frozen=True):
    """Who it is, and the lines: lots held, then the account's moves, the latest first."""

    head: tuple[str, ...]
    lines: tuple[FileLine, ...]


def member_file(till: "Till", shown: MemberView, words: Words) -> MemberFile | None:
    """All of it; None where no member is on the begun ticket. The ledger is asked, and its answer used once it came."""
    basket = till.state.basket
    if basket is None or basket.who is None or basket.who.member is None:
        return None
    parts, member = till.parts, basket.who.member
    told = till.why()
    held = [FileLine(one.text, one.detail) for one in (told.balance if told is not None else ())]
    answer = parts.network.history(member) if parts.network is not None else None
    programme = parts.programme_of(basket.programme)
    if answer is None:
        source = words("The tickets of this till alone, the latest first:")
        return MemberFile(_head(shown, words), (*held, FileLine(source), *_own(parts, member, words)))
    source = words("What the ledger tells of the account, the latest first:")
    moves = [_move(one, answer.entries, programme, words) for one in answer.lines]
    return MemberFile(_head(shown, words), (*held, FileLine(source), *moves))


def _head(shown: MemberView, words: Words) -> tuple[str, ...]:
    parts = (
        shown.name,
        shown.card,
        shown.tier,
        words("since {year}", year=shown.member_since) if shown.member_since else "",
        shown.visits,
        words("last visit {day}", day=shown.last_visit) if shown.last_visit else "",
    )
    balance = f"{words.number(shown.balance)} {shown.unit}" if shown.has_points else ""
    rest = (balance, shown.expiring, shown.incident)
    return tuple(" · ".join(one for one in line if one) for line in (parts, rest, (shown.freshness,)))


def _move(
    one: HistoryLine, entries: Mapping[str, bytes], programme: Programme | None, words: Words
) -> FileLine:
    what = signed(programme, one.asset, one.quantity, words)
    cause = words(_CAUSES[one.cause]) if one.cause in _CAUSES else ""
    name = label(programme, one.rule, words) if one.rule not in ("", BY_HAND) else ""
    place = " ".join(part for part in (one.store, one.till) if part)
    text = " · ".join(part for part in (words.date(one.day), what, name, cause, one.reference, place) if part)
    return FileLine(text, (), one.reference, one.till, entries.get(one.reference, b""))


def _own(parts: Parts, member: int, words: Words) -> list[FileLine]:
    found = []
    for one in tickets.of_member(parts.reader, member, OWN):
        what = unpack(one.result)
        amount = words.paying(what.currency).money(what.paid)
        when = f"{words.date(what.at.date())} {words.time(what.at)}"
        text = " · ".join(part for part in (when, one.reference, amount) if part)
        found.append(FileLine(text, reference=one.reference))
    return found


def detail_of(till: "Till", line: FileLine, words: Words) -> tuple[str, ...]:
    """What led to a line: of a ticket its whole explanation, as far as this till has the rules it was sold under."""
    told = till.why(line.reference) if line.reference else None
    if told is None and line.entry:
        told = till.why_elsewhere(line.entry, line.till)
    if told is not None:
        return (*told.heading, *(one.text for one in told.all))
    if line.reference:
        return (words("Its rules are not at this till: the till that sold it explains it, by its number."),)
    return line.detail

"""Booking what sources tell: once by source and id, judged by the rules like everything else.

A line of a member whom nobody knows yet is kept under the keyed hash of card or contact, and booked on its own day
when that card or contact is enrolled.
"""

import logging
from collections.abc import Mapping, Sequence

import msgspec

from rules.sentences import mark
from sync.entry import reference
from sync.ledger.accept import Refused
from sync.ledger.outbound import book_outside, event_ticket
from sync.ledger.records import MemberRecord
from sync.ledger.told import (
    BOOKED,
    WAITING,
    Fact,
    LineAnswer,
    Told,
    moment_ms,
    refused,
)
from sync.ledger.told_rows import ToldRow, WaitingRow
from sync.ledger.touched import Touched
from sync.ledger.work import Quarantined, Work

_answers = msgspec.json.Decoder(LineAnswer)
_facts = msgspec.json.Decoder(Fact)
UNCOUNTED = mark("The ledger cannot count this line: send it again later.")
_log = logging.getLogger("assidu.ledger")


async def tell(work: Work, source: str, lines: Sequence[Told]) -> list[LineAnswer]:
    """Take lines one by one: one that cannot be taken is named, and the next goes on."""
    await _hold(work, lines)
    found = []
    for one in lines:
        work.sending.clear()
        try:
            async with work.tx.savepoint():
                found.append(await _take(work, source, one))
        except Refused as bad:
            found.append(refused(one.line, one.fact.id, bad.code, str(bad)))
        except Quarantined as aside:
            found.append(refused(one.line, one.fact.id, aside.code, UNCOUNTED))
        except Exception as error:  # noqa: BLE001 - a fault of ours in one line must not stop its source
            found.append(refused(one.line, one.fact.id, "failed", UNCOUNTED))
            _log.error("a line of source %s: %s", source, type(error).__name__)
    return found


async def _hold(work: Work, lines: Sequence[Told]) -> None:
    """Hold the members that lines name; a card or contact that nobody has yet is held by its name."""
    members = {one.fact.member for one in lines if one.fact.member is not None}
    for one in lines:
        members |= set(await work.tx.members_of_contact(one.contact)) if one.contact else set()
    keys = {one.key for one in lines if one.key}
    await work.tx.lock(Touched(members=tuple(sorted(members)), cards=tuple(sorted(keys))))


async def _take(work: Work, source: str, told: Told) -> LineAnswer:
    fact = told.fact
    known = await work.tx.told(source, fact.id)
    if known is not None:
        if known.digest != told.digest:
            raise Refused("id_taken", mark("Another line came under this id before: give each its own."))
        answer = msgspec.structs.replace(_answers.decode(known.answer), line=told.line)
        return answer if answer.state != WAITING else await _again(work, source, told, answer)
    at_ms = work.now_ms if fact.at is None else moment_ms(fact.at)
    member = await _member(work, told)
    if member is None:
        kept = WaitingRow(told.key, source, fact.id, at_ms, msgspec.json.encode(fact))
        await work.tx.keep_waiting(kept)
        answer = LineAnswer(told.line, fact.id, WAITING)
    else:
        answer = LineAnswer(told.line, fact.id, BOOKED, await _book(work, source, fact, member, at_ms))
    row = ToldRow(source, fact.id, told.digest, msgspec.json.encode(answer), work.now_ms)
    await work.tx.save_told(row)
    return answer


async def _again(work: Work, source: str, told: Told, answer: LineAnswer) -> LineAnswer:
    """A line that waited is sent once more: booked now, if its member is known. Raises Refused where it cannot."""
    kept = [
        row for row in await work.tx.waiting((told.key,)) if (row.source, row.id) == (source, told.fact.id)
    ]
    member = await _member(work, told) if kept else None
    if member is None:
        return answer
    return msgspec.structs.replace(await _book_kept(work, kept[0], member), line=told.line)


async def _book_kept(work: Work, row: WaitingRow, member: MemberRecord) -> LineAnswer:
    """Book what waited for `member`; its source is answered so from now on. Raises Refused."""
    booked = await _book(work, row.source, _facts.decode(row.body), member, row.at_ms)
    await work.tx.drop_waiting(row)
    known = await work.tx.told(row.source, row.id)
    assert known is not None, "what waits was told"
    answer = msgspec.structs.replace(_answers.decode(known.answer), state=BOOKED, reference=booked)
    await work.tx.save_told(msgspec.structs.replace(known, answer=msgspec.json.encode(answer)))
    return answer


async def _member(work: Work, told: Told) -> MemberRecord | None:
    """Whom a line names; None for a card or contact that nobody has. Raises Refused."""
    if told.fact.member is not None:
        known = await work.tx.member(told.fact.member)
        if known is None:
            raise Refused("unknown_member", mark("The ledger does not know this member: enrol them first."))
        return known
    if told.card:
        owner = await work.tx.member_of_card(told.card)
        return None if owner is None else await work.tx.member(owner)
    owners = await work.tx.members_of_contact(told.contact)
    if len(owners) > 1:
        raise Refused("ambiguous", mark("Several members have this contact: name the card instead."))
    return await work.tx.member(owners[0]) if owners else None


async def _book(work: Work, source: str, fact: Fact, record: MemberRecord, at_ms: int) -> str:
    """Book a fact; the reference of an order. Raises Refused."""
    await work.tx.touch_scope(record.member, fact.store or record.store, at_ms)
    sale = await book_outside(
        work,
        record,
        event_ticket(f"source/{source}/{fact.id}"),
        at_ms,
        store=fact.store,
        event=fact.event,
        lines=fact.lines,
        channel=fact.channel,
    )
    return reference(sale.dev, sale.inc, sale.seq) if fact.lines else ""


async def book_waiting(work: Work, owners: Mapping[bytes, int]) -> None:
    """Book what waited for cards and contacts that have a member now (`owners`), each on its own day.

    What cannot be booked, since no programme held then, stays where it is; its source may send it once more.
    """
    for row in await work.tx.waiting(tuple(owners)):
        record = await work.tx.member(owners[row.key])
        assert record is not None, "the member was enrolled just now"
        sending, work.sending = work.sending, []
        try:
            async with work.tx.savepoint():
                await _book_kept(work, row, record)
        except (Refused, Quarantined) as bad:
            _log.warning("a line of source %s still waits: %s", row.source, bad.code)
        finally:
            work.sending = sending

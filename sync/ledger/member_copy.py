"""What the ledger keeps of one member, for the member; the log of effects has which till asked and who allowed it."""

from datetime import UTC, datetime
from functools import partial

import msgspec

from rules.kinds.consent import shown
from rules.programme.model import Programme
from rules.sentences import mark
from sync.entry import reference
from sync.ledger.account_view import complaint_for, display_for, note_for
from sync.ledger.caller import DeviceId, LedgerRefusal
from sync.ledger.effect import Effect
from sync.ledger.given_rows import PROGRAMME
from sync.ledger.records import Lot, MemberRecord, Posting, Sale
from sync.ledger.service import Ledger
from sync.ledger.settle import body_of, settled_contributions
from sync.ledger.work import Work
from sync.member_copy import (
    CopiedConsent,
    CopiedLot,
    CopiedMove,
    CopiedTicket,
    CopyAnswer,
    CopyRequest,
    MemberCopy,
    Used,
)

COPIED = "copied"


async def copy_of(ledger: Ledger, device: DeviceId, request: CopyRequest) -> CopyAnswer:
    """The copy of a member. Raises LedgerRefusal where there is no such member, or nothing personal is left of it."""
    return await ledger.write(partial(_copy, device=device, request=request))


async def _copy(work: Work, device: DeviceId, request: CopyRequest) -> CopyAnswer:
    till = await work.tx.incarnation(device.dev, device.inc)
    record = await work.tx.member(request.member)
    if till is None or record is None or record.erased:
        raise LedgerRefusal("no_member", mark("The ledger knows no such member: scan the card again."))
    member = record.member
    day = await work.today(record.store, record.programme)
    name = f"{member}.{COPIED}.{work.now_ms}"
    who = f"{device.dev}-{device.inc} {request.by}".rstrip()
    await work.tx.add_effects([Effect(member, name, COPIED, day, work.now_ms, detail=who)])
    copy = await _gathered(work, record)
    return CopyAnswer(
        msgspec.json.encode(copy),
        await display_for(work, record, till.store),
        await note_for(work, record, till.store),
        await complaint_for(work, record, till.store),
    )


async def _gathered(work: Work, record: MemberRecord) -> MemberCopy:
    tx, member = work.tx, record.member
    taken_away = {what for what, text in (("note", record.note), ("incident", record.complaint)) if not text}
    [(data, keys)] = await tx.views((member,))
    programmes = await _published(work)
    balance: dict[str, int] = {}
    for lot in data.lots:
        balance[lot.asset] = balance.get(lot.asset, 0) + lot.available + lot.granted
    return MemberCopy(
        source="ledger",
        member=member,
        made_ms=work.now_ms,
        birthday=record.birthday,
        since=record.since,
        store=record.store,
        level=record.tier,
        sponsor=record.sponsor,
        fields=msgspec.json.decode(record.fields, type=dict[str, object]),
        cards=len(keys.cards),
        contacts=len(keys.contacts),
        sealed=tuple([what for what in await tx.pii(member) if what not in taken_away]),
        balance=dict(sorted(balance.items())),
        lots=tuple(map(_lot, await tx.all_lots(member))),
        consents=tuple(
            [
                CopiedConsent(
                    one.purpose,
                    bool(one.given),
                    one.wording,
                    one.sold_ms,
                    shown(programmes, one.purpose, one.wording),
                )
                for one in await tx.consents(member)
            ]
        ),
        visits={
            row.store: datetime.fromtimestamp(row.last_ms / 1000, UTC).date()
            for row in await tx.visits(member)
        },
        tickets=tuple(map(_ticket, await tx.sales_from(member, ""))),
        moves=tuple(map(_move, await tx.postings(member))),
    )


async def _published(work: Work) -> list[Programme]:
    """Every programme that was ever published, the newest first: one of them has the words that were shown."""
    rows = [row for row in await work.tx.published() if row.what == PROGRAMME]
    found = [await work.programme(row.sha256.hex()) for row in reversed(rows)]
    return [one for one in found if one is not None]


def _lot(lot: Lot) -> CopiedLot:
    left = lot.available + lot.granted
    return CopiedLot(lot.asset, lot.quantity, left, lot.earned_on, lot.last_day, lot.rule)


def _ticket(sale: Sale) -> CopiedTicket:
    body = body_of(sale)
    return CopiedTicket(
        reference(sale.dev, sale.inc, sale.seq),
        sale.bdate,
        sale.store,
        sale.state,
        body.lines,
        settled_contributions(sale),
        tuple([Used(one.rule, one.asset, one.quantity, one.cents) for one in body.burns]),
        body.event,
    )


def _move(one: Posting) -> CopiedMove:
    return CopiedMove(
        one.day, one.cause, one.asset, one.quantity, one.source, one.target, one.rule, one.ticket
    )

"""MERGE: two accounts of one person become one, by a manager's word (ledger-and-sync.md section 3).

Lots, debts, tickets, grants, cards, contacts and consents move; the former number leads to the account that stays, so
that whatever tills write under it later is booked there. All tickets are then settled in their order of sale, as if
they had been one person's from the first: what two accounts were promised twice is honoured.
"""

from typing import Final

import msgspec

from rules.account import Account
from rules.kinds.tiers import higher
from sync.answered import joined
from sync.card_marks import phone_mark
from sync.entry import MergeBody
from sync.field import DISPLAY, INCIDENT, NOTE, decrypt, encrypt
from sync.ledger.books import Origin, replace
from sync.ledger.erase import ERASED
from sync.ledger.grants import recall
from sync.ledger.members import merge
from sync.ledger.records import MemberRecord
from sync.ledger.task import Task
from sync.ledger.work import Quarantined, Work, history_of
from sync.person import MEMBER_BITS, PROVISIONAL_FROM
from sync.shares import allowance_account
from sync.thin import THIN, card_key

SAME: Final = "same_member"


async def apply_merge(work: Work, task: Task, body: MergeBody) -> str:
    """Let `body.other`, maybe a card that nobody has enrolled, be `body.member` from now on; "" or a remark.

    Raises Quarantined for numbers that no member can have.
    """
    if body.member >= PROVISIONAL_FROM:
        raise Quarantined("member")
    stays, goes = [await _numbered(work, task, number) for number in (body.member, body.other)]
    if stays.member == goes.member:
        return SAME
    if stays.erased or goes.erased:
        return ERASED
    origin = await task.origin(work)
    knew = await work.tx.scopes(goes.member)
    await _ask_back(work, goes.member, origin)
    await _one_beginning(work, stays, goes)
    stays = await work.tx.member(stays.member) or stays
    await work.tx.save_member(await _joined(work, stays, goes))
    cards = [token for _, known in await work.tx.lines([goes.member]) for token in known.cards]
    await merge(work, goes, stays.member, origin)
    await _move_person(work, stays, goes)
    for store in knew:
        await work.tx.log(f"store:{store}", str(goes.member))
    for key in (str(goes.member), *map(card_key, cards)):
        await work.tx.log(THIN, key)
    await work.tx.touch_scope(stays.member, task.store, task.row.sold_ms)
    await work.close(await work.books(stays.member, origin), task.store)
    return ""


async def _numbered(work: Work, task: Task, number: int) -> MemberRecord:
    """The member with this number, one that is heard of later included."""
    if not 0 < number < 1 << MEMBER_BITS:
        raise Quarantined("member")
    return await work.tx.member(number) or await work.new_member(number, task.store, "provisional", None)


async def _ask_back(work: Work, member: int, origin: Origin) -> None:
    """Tills look for grants under the number that stays: those of the other come back, shares of its limits too."""
    shares = await work.tx.views([allowance_account(member)])
    lent = [grant for data, _ in shares for grant in data.grants]
    for grant in [*(await work.books(member, origin)).grants.values(), *lent]:
        await recall(work, grant)


async def _one_beginning(work: Work, stays: MemberRecord, goes: MemberRecord) -> None:
    """What either had before its first ticket (a level of an old programme) is there before the first one of both."""
    firsts = [(await work.tx.sales_from(one.member, ""))[:1] for one in (stays, goes)]
    begun = [
        msgspec.json.decode(first[0].before or one.history if first else one.history, type=Account)
        for one, first in zip((stays, goes), firsts, strict=True)
    ]
    beginning = history_of(replace(begun[0], state=higher(begun[0].state, begun[1].state)))
    for sale in [sale for first in firsts for sale in first]:
        await work.tx.save_sale(replace(sale, before=beginning))
    if not firsts[0]:
        await work.tx.save_member(replace(stays, history=beginning))


async def _joined(work: Work, stays: MemberRecord, goes: MemberRecord) -> MemberRecord:
    """The row of both: the one that stays says who it is, the other what is not known of it; of notes the later."""
    sponsor = next(
        (one for one in (stays.sponsor, goes.sponsor) if one not in (None, stays.member, goes.member)), None
    )
    fields = joined(msgspec.json.decode(stays.fields), msgspec.json.decode(goes.fields))
    row = replace(
        stays,
        state="active" if "active" in (stays.state, goes.state) else stays.state,
        since=min((one.since for one in (stays, goes) if one.since is not None), default=None),
        display=stays.display or await _moved(work, stays, goes, DISPLAY, goes.display),
        birthday=stays.birthday or goes.birthday,
        sponsor=sponsor,
        fields=msgspec.json.encode(fields, order="sorted").decode(),
    )
    if goes.note_at > stays.note_at:
        row = replace(row, note=await _moved(work, stays, goes, NOTE, goes.note), note_at=goes.note_at)
    if goes.complaint_at > stays.complaint_at:
        complaint = await _moved(work, stays, goes, INCIDENT, goes.complaint)
        row = replace(row, complaint=complaint, complaint_at=goes.complaint_at)
    if goes.amends_on > stays.amends_on:
        row = replace(row, amends=goes.amends, amends_on=goes.amends_on)
    return row


async def _moved(work: Work, stays: MemberRecord, goes: MemberRecord, purpose: bytes, sealed: bytes) -> bytes:
    """A field of the one as a field of the other, whose number and store it is encrypted for."""
    if not sealed:
        return b""
    text = decrypt((await work.store(goes.store)).scope_key, purpose, goes.member, sealed)
    return encrypt((await work.store(stays.store)).scope_key, purpose, stays.member, text)


async def _move_person(work: Work, stays: MemberRecord, goes: MemberRecord) -> None:
    """Cards, codes and the phone, where there is no other; what only told who the other was is dropped."""
    if await work.tx.move_person(goes.member, stays.member):
        await work.tx.bind_card(phone_mark(work.keys.lookup, stays.member), stays.member)
        await work.tx.log(THIN, card_key(phone_mark(work.keys.lookup, stays.member)))
    gone = phone_mark(work.keys.lookup, goes.member)
    await work.tx.unbind_card(gone)
    await work.tx.log(THIN, card_key(gone))
    emptied = replace(
        goes,
        state="merged",
        alias=stays.member,
        since=None,
        display=b"",
        birthday="",
        sponsor=None,
        fields="{}",
        tier="",
        note=b"",
        complaint=b"",
        history=b"{}",
    )
    await work.tx.save_member(emptied)

"""CARD_BLOCK and PHONE_KEY: which cards of a member are taken, and which phone stands for it.

Entries may come in any order: the latest in order of sale counts. Points are never touched, and tickets that a till
sold for a blocked card before it heard of that are booked as ever.
"""

from sync.card_code import LAST_KID, PUBLIC_BYTES
from sync.card_marks import Blocked, BlockReason, PhoneKey, blocked_mark, phone_mark
from sync.entry import CardBlockBody, EventBody, PhoneKeyBody, TicketBody
from sync.ledger.effect import CODE_TWICE, Effect
from sync.ledger.erase import ERASED
from sync.ledger.records import MemberRecord
from sync.ledger.shown import ShownCode
from sync.ledger.task import Task
from sync.ledger.work import Quarantined, Work
from sync.thin import THIN, card_key

MOST_CARDS = 1000
_REASONS = frozenset(reason.value for reason in BlockReason)


async def apply_block(work: Work, task: Task, body: CardBlockBody) -> str:
    """Block cards of a member, or take them again; "card_taken" where one is another member's, which stays as it is."""
    if body.why not in _REASONS or not 0 < len(body.cards) <= MOST_CARDS:
        raise Quarantined("card")
    record = await _member(work, body.member)
    if record.erased:
        return ERASED
    remark = ""
    for card in body.cards:
        owner = await work.tx.member_of_card(card)
        if owner is not None and owner != record.member:
            remark = "card_taken"
            continue
        row = Blocked(card, body.why, task.entry.bdate)
        if await work.tx.save_blocked(record.member, row, task.order):
            mark = blocked_mark(work.keys.lookup, card)
            await _mark(work, mark, 0 if body.why == BlockReason.FOUND else record.member)
    await work.announce(record.member)
    return remark


async def apply_phone(work: Work, task: Task, body: PhoneKeyBody) -> str:
    """From now on this phone stands for the member, in place of the one before."""
    if body.public and (len(body.public) != PUBLIC_BYTES or not 0 < body.kid <= LAST_KID):
        raise Quarantined("phone_key")
    record = await _member(work, body.member)
    if record.erased:
        return ERASED
    key = PhoneKey(body.kid, body.public) if body.public else PhoneKey(0, b"")
    if await work.tx.save_phone(record.member, key, task.order):
        mark = phone_mark(work.keys.lookup, record.member)
        await _mark(work, mark, record.member if body.public else 0)
    await work.announce(record.member)
    return ""


async def note_code(work: Work, task: Task, body: TicketBody | EventBody) -> None:
    """Remember the phone's code that a ticket or a check-in was shown; one that another till was shown, too, is told.

    A till takes a code once: what it sells and notes for the member who stands there is one showing (row 25).
    """
    owner = task.entry.member
    if not body.code or not isinstance(owner, int):
        return
    row = task.row
    shown = ShownCode(body.code, task.ticket, owner, row.dev, row.inc, task.entry.bdate)
    others = await work.tx.add_shown(shown)
    if others:
        tickets = " ".join(one.ticket for one in others)
        name = f"{owner}.code-{task.ticket}"
        told = Effect(owner, name, CODE_TWICE, shown.day, work.now_ms, ticket=task.ticket, detail=tickets)
        await work.tx.add_effects([told])


async def _member(work: Work, member: int) -> MemberRecord:
    record = await work.tx.member(member)
    if record is None:
        raise Quarantined("member")
    return record


async def _mark(work: Work, mark: bytes, member: int) -> None:
    if member:
        await work.tx.bind_card(mark, member)
    else:
        await work.tx.unbind_card(mark)
    await work.tx.log(THIN, card_key(mark))

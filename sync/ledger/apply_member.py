"""ENROL, LINK, CONSENT, NOTE: who a member is, never what they are called."""

from collections.abc import Sequence

from sync import complaint, field
from sync.entry import ConsentBody, EnrolBody, LinkBody, NoteBody
from sync.field import encrypt_note
from sync.ledger.books import replace
from sync.ledger.effect import Effect
from sync.ledger.erase import ERASED, keep_erased
from sync.ledger.members import bind, member_for, profile, settle_again, with_profile
from sync.ledger.records import ConsentRow, MemberRecord
from sync.ledger.task import Task
from sync.ledger.told_apply import book_waiting
from sync.ledger.work import Quarantined, Work
from sync.person import LONGEST_NOTE, MEMBER_BITS, PROVISIONAL_FROM
from sync.wire import SAME_CONTACT


async def apply_enrol(work: Work, task: Task, body: EnrolBody) -> str:
    """A new member with its cards; "card_taken" when another member has one of them already, else SAME_CONTACT when
    another one has the phone or e-mail.
    """
    if not 0 < body.member < 1 << MEMBER_BITS:
        raise Quarantined("member")
    record = await work.tx.member(body.member)
    if await keep_erased(work, body.member, body):
        return ERASED
    if record is None:
        record = await work.new_member(body.member, task.store, "active", body.since)
    await work.tx.save_member(await _told(work, record, body))
    origin = await task.origin(work)
    shared = await _add_contacts(work, task, record, body.contacts)
    remarks = [*[await bind(work, record, token, origin) for token in body.cards], shared]
    await settle_again(work, record.member, origin)
    free = [token for token, remark in zip(body.cards, remarks, strict=False) if not remark]
    await book_waiting(work, dict.fromkeys((*free, *body.contacts), record.member))
    await work.tx.touch_scope(record.member, task.store, task.row.sold_ms)
    await work.announce(record.member)
    return next(filter(None, remarks), "")


async def _told(work: Work, record: MemberRecord, body: EnrolBody) -> MemberRecord:
    """`record` with what was told at the enrolment.

    Of one who was merged before this was heard only what is not known of the account that stays is taken.
    """
    merged = record.member != body.member
    known = await work.tx.pii(record.member) if merged else ()
    await work.tx.drop_sealed([ref.sha256 for ref in body.sealed if ref.what in known])
    facts: dict[str, str] = {}
    for ref in [ref for ref in body.sealed if ref.what not in known]:
        fact = await profile(work, record.member, ref.what, ref.sha256)
        facts |= dict([fact]) if fact else {}
    if body.sponsor is not None and body.sponsor != record.member and not (merged and record.sponsor):
        record = replace(record, sponsor=body.sponsor)
    return await with_profile(work, record, facts, record.since if merged else body.since)


async def _add_contacts(work: Work, task: Task, record: MemberRecord, contacts: Sequence[bytes]) -> str:
    """Let the member be found by its contacts; whoever has one already is told of: SAME_CONTACT, or "".

    A second enrolment of one member may share another contact with the same one: each entry has effects of its own.
    """
    row, day = task.row, task.entry.bdate
    found = [await work.tx.members_of_contact(key) for key in contacts]
    others = sorted({member for some in found if record.member not in some for member in some})
    await work.tx.add_contacts(record.member, contacts)
    told = [
        Effect(
            record.member,
            f"{record.member}.contact-{other}-{row.dev}-{row.inc}-{row.seq}",
            SAME_CONTACT,
            day,
            work.now_ms,
            detail=str(other),
        )
        for other in others
    ]
    await work.tx.add_effects(told)
    return SAME_CONTACT if others else ""


async def apply_link(work: Work, task: Task, body: LinkBody) -> str:
    """One more card for a member; what was earned with it before comes along."""
    record = await work.tx.member(body.member)
    if record is None:
        raise Quarantined("member")
    if record.erased:
        return ERASED
    remark = await bind(work, record, body.card, await task.origin(work))
    if not remark:
        await book_waiting(work, {body.card: record.member})
    await work.tx.touch_scope(record.member, task.store, task.row.sold_ms)
    await work.announce(record.member)
    return remark


async def apply_consent(work: Work, task: Task, body: ConsentBody) -> str:
    """Consent to one purpose, given or withdrawn; the latest by time of sale counts."""
    if task.entry.member is None:
        raise Quarantined("member")
    record = await member_for(work, task)
    if await keep_erased(work, record.member, body):
        return ERASED
    row = task.row
    for ref in body.sealed:
        fact = await profile(work, record.member, ref.what, ref.sha256)
        if fact is not None:
            record = await with_profile(work, record, dict([fact]), None)
            await work.tx.save_member(replace(record))
    await work.tx.add_consent(
        ConsentRow(
            record.member, body.purpose, row.sold_ms, row.dev, row.inc, row.seq, int(body.given), body.wording
        )
    )
    return ""


async def apply_note(work: Work, task: Task, body: NoteBody) -> str:
    """What the shop notes about a member, or about what went wrong; the latest of each by time of sale counts.

    An older one is not kept. One on a card that nobody has enrolled waits until somebody has: no erasure would find it
    before. One whose box was lost with a ledger that came back from a copy changes nothing: its till keeps boxes until
    they are accepted. Of the member the tills are told in any case: the one that wrote it shows its own until then.
    """
    record = await member_for(work, task)
    if record.member >= PROVISIONAL_FROM:
        raise Quarantined("member")
    if await keep_erased(work, record.member, body):
        return ERASED
    await work.tx.touch_scope(record.member, task.store, task.row.sold_ms)
    await work.announce(record.member)
    if task.order <= (record.complaint_at if body.about else record.note_at):
        await work.tx.drop_sealed([ref.sha256 for ref in body.sealed])
        return "older"
    for ref in body.sealed:
        if await work.tx.sealed(ref.sha256) is None:
            return "box_lost"
        _, text = await profile(work, record.member, ref.what, ref.sha256) or ("", "")
        store = await work.store(record.store)
        await work.tx.save_member(_noted(record, store.scope_key, task, body.about, text[:LONGEST_NOTE]))
    return ""


def _noted(record: MemberRecord, scope_key: bytes, task: Task, about: str, text: str) -> MemberRecord:
    if about:
        said = complaint.written(task.entry.bdate, about, text)
        sealed = encrypt_note(scope_key, record.member, said, field.INCIDENT)
        return replace(record, complaint=sealed, complaint_at=task.order)
    return replace(record, note=encrypt_note(scope_key, record.member, text), note_at=task.order)

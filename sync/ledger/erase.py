"""Erasing a member (GDPR article 17): what tells who it is goes, the books stay and belong to nobody.

The order stands in a till's journal, so that a ledger that comes back from an older copy hears it again and carries it
out again; what the day job erased it finds again by the day. Whatever arrives late is booked under the number, and
lapses there. What a member's keyed hashes were stays in the entries that wrote them, since a journal only grows.
"""

from datetime import date

import msgspec

from rules.account import Account
from sync.entry import Body, ConsentBody, EnrolBody, EraseBody, NoteBody
from sync.ledger.books import Origin, replace
from sync.ledger.grants import recall
from sync.ledger.records import MemberRecord
from sync.ledger.task import Task
from sync.ledger.work import Quarantined, Work
from sync.person import MEMBER_BITS
from sync.thin import THIN, card_key

ERASED = "erased"
"""The remark on an entry of a member who is gone, the effect that others are told, and how the day job counts it."""


async def apply_erase(work: Work, task: Task, body: EraseBody) -> str:
    """ERASE: carried out once; a number that is not known yet is that of nobody from now on."""
    if not 0 < body.member < 1 << MEMBER_BITS:
        raise Quarantined("member")
    record = await work.tx.member(body.member)
    if record is None:
        record = await work.new_member(body.member, task.store, "provisional", None)
    if record.erased:
        return ERASED
    origin = await task.origin(work)
    await erase(work, record, origin, origin.day)
    return ""


async def erase(work: Work, record: MemberRecord, origin: Origin, day: date) -> None:
    """Take the person out of everything the ledger has of `record`, as of `day`, and let what is left lapse."""
    cards = await work.tx.drop_person(record.member)
    await _forget_birthday(work, record)
    books = await work.books(record.member, origin)
    books.record = replace(
        books.record,
        state="provisional",
        display=b"",
        birthday="",
        fields="{}",
        tier="",
        note=b"",
        complaint=b"",
        amends=0,
        amends_on="",
        history=_nameless(record.history),
        erased=day.isoformat(),
    )
    for grant in list(books.grants.values()):
        await recall(work, grant)
    books.tell(ERASED, day)
    await work.close(books, record.store)
    for token in cards:
        await work.tx.log(THIN, card_key(token))


async def keep_erased(work: Work, member: int, body: Body) -> bool:
    """Whether `member` is erased already; then what came sealed with `body` is dropped."""
    record = await work.tx.member(member) if member else None
    if record is None or not record.erased:
        return False
    if isinstance(body, EnrolBody | ConsentBody | NoteBody):
        await work.tx.drop_sealed([ref.sha256 for ref in body.sealed])
    return True


async def _forget_birthday(work: Work, record: MemberRecord) -> None:
    """The account before each ticket says when the birthday is."""
    for sale in await work.tx.sales_from(record.member, ""):
        before = _nameless(sale.before)
        if before != sale.before:
            await work.tx.save_sale(replace(sale, before=before))


def _nameless(history: bytes) -> bytes:
    if not history:
        return history
    account = msgspec.json.decode(history, type=Account)
    if account.birthday is None and not account.household:
        return history
    return msgspec.json.encode(replace(account, birthday=None, household=""), order="sorted")

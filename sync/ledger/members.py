"""Whose entry it is: members by number, cards by keyed hash, and cards that nobody has enrolled yet."""

from datetime import date

from sync.field import encrypt_display
from sync.ledger.books import Origin, replace
from sync.ledger.effect import Effect
from sync.ledger.net import net
from sync.ledger.records import MemberRecord
from sync.ledger.settle import replay
from sync.ledger.task import Task
from sync.ledger.work import Quarantined, Work
from sync.person import MEMBER_BITS, PROVISIONAL_FROM, waiting_number
from sync.seal import SealBroken, unseal
from sync.thin import THIN, card_key

_NAMES = ("display", "first_name", "name")
_AS_THEY_ARE = ("birthday", "note", "incident")


async def member_for(work: Work, task: Task) -> MemberRecord:
    """The member an entry names; a card or number never seen before becomes a provisional account."""
    named = task.entry.member
    if isinstance(named, int):
        if not 0 < named < 1 << MEMBER_BITS:
            raise Quarantined("member")
        known = await work.tx.member(named)
        return known or await work.new_member(named, task.store, "provisional", None)
    token = _token(named)
    owner = await work.tx.member_of_card(token)
    if owner is not None:
        found = await work.tx.member(owner)
        assert found is not None, "a card belongs to a member"
        return found
    number = waiting_number(token)
    row = await work.tx.member(number) or await work.new_member(number, task.store, "provisional", None)
    await work.tx.bind_card(token, row.member)
    await work.tx.log(THIN, card_key(token))
    return row


def _token(named: str | None) -> bytes:
    try:
        token = bytes.fromhex(named or "")
    except ValueError:
        token = b""
    if not 8 <= len(token) <= 64:
        raise Quarantined("member")
    return token


async def bind(work: Work, record: MemberRecord, token: bytes, origin: Origin) -> str:
    """Give a card to a member; what it earned before it was known comes with it. "" or a remark.

    A card of another member stays theirs, also where a restored ledger has not heard yet who that number is, or knows
    its holder by another card alone. It finds this one, too, as a phone number does: the tills ask who it is.
    """
    owner = await work.tx.member_of_card(token)
    held = None if owner is None else await work.tx.member(owner)
    if held is not None and held.member == record.member:
        return ""
    if held is not None and (held.state != "provisional" or held.member != waiting_number(token)):
        await work.tx.add_contacts(record.member, (token,))
        return "card_taken"
    if held is None:  # what tills sold under the number of its account may have come before the card itself
        found = await work.tx.member(waiting_number(token))
        if found is None and await work.hears_tills():  # or may come yet: the number was lost with the ledger
            found = await work.new_member(waiting_number(token), record.store, "provisional", None)
        held = found if found is not None and found.member >= PROVISIONAL_FROM else None
    if held is not None:
        await merge(work, held, record.member, origin)
    await work.tx.bind_card(token, record.member)
    await work.tx.log(THIN, card_key(token))
    return ""


async def merge(work: Work, old: MemberRecord, into: int, origin: Origin) -> None:
    """Move a provisional account into a member and settle all its tickets in their order of sale."""
    target = await work.tx.member(into)
    assert target is not None, "the member was made before its card"
    await work.tx.merge(old.member, into, target.next_posting - 1, target.next_owed - 1)
    moved = Effect(old.member, f"{old.member}.merged", "merged", origin.day, work.now_ms, detail=str(into))
    await work.tx.add_effects([moved])
    postings = target.next_posting + old.next_posting - 1
    debts = target.next_owed + old.next_owed - 1
    await work.tx.save_member(replace(target, next_posting=postings, next_owed=debts))
    await settle_again(work, into, origin)


async def settle_again(work: Work, member: int, origin: Origin) -> None:
    """Settle all tickets of a member, whose profile or tickets have changed."""
    books = await work.books(member, origin)
    await net(work, books, await replay(work, books, "", whole=True))
    await work.save(books)


async def profile(work: Work, member: int, what: str, sha256: bytes) -> tuple[str, str] | None:
    """Keep a sealed blob for the member; what tills may know of it: (one of `display` and _AS_THEY_ARE, text)."""
    await work.tx.add_pii(member, what, sha256)
    blob = await work.tx.sealed(sha256)
    if blob is None or what not in (*_NAMES, *_AS_THEY_ARE):
        return None
    try:
        text = unseal(work.keys.sealing, blob).decode()
    except (SealBroken, UnicodeDecodeError):
        return None
    return (what if what in _AS_THEY_ARE else "display"), text


async def with_profile(
    work: Work, record: MemberRecord, facts: dict[str, str], since: date | None
) -> MemberRecord:
    """`record` as an enrolled member: name encrypted for the tills of its store, birthday as month and day."""
    store = await work.store(record.store)
    display = record.display
    if facts.get("display"):
        display = encrypt_display(store.scope_key, record.member, facts["display"])
    birthday = month_day(facts.get("birthday", "")) or record.birthday
    return replace(record, state="active", since=since or record.since, display=display, birthday=birthday)


def month_day(text: str) -> str:
    """ "MM-DD" of a birthday written so, with or without a year before it; "" when it is none."""
    parts = text.split("-")[-2:]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        return ""
    try:
        day = date(2000, int(parts[0]), int(parts[1]))  # a leap year, so that 02-29 is a day
    except ValueError:
        return ""
    return f"{day:%m-%d}"

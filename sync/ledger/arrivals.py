"""Members from the shop's own list: many at once, with opening balances as lots."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from rules.account import FOREVER
from rules.sentences import said
from sync.answered import at_counter
from sync.field import encrypt_display
from sync.ledger.accept import Refused
from sync.ledger.books import AVAILABLE, Origin, replace
from sync.ledger.effect import effects_of
from sync.ledger.members import settle_again
from sync.ledger.records import Arrival, Lot, MemberRecord, Posting, StoreRow
from sync.ledger.told_apply import book_waiting
from sync.ledger.touched import Touched
from sync.ledger.work import Work, history_of, new_account
from sync.person import MEMBER_BITS
from sync.thin import THIN, card_key


class OpeningLot(msgspec.Struct, frozen=True):
    """What a member brings along: `quantity` of `asset`, usable up to and with `last_day`."""

    asset: str
    quantity: int
    last_day: date = FOREVER


class NewMember(msgspec.Struct, frozen=True):
    """A member brought in by the shop's own list: keyed hashes of the cards, the name in clear to be encrypted.

    `birthday` is (month, day). `opening` is a starting balance per asset, booked as opening lots. `fields` are
    declared profile fields by their name without `member.`: whole numbers, cents, truth, ISO dates, names. `since` says
    how long the customer is a member; the opening lots are as old as their booking. `lots` are more of them, which end;
    `counters` are what rules of `programme` (its hash in hex) count, by the rule.
    """

    member: int
    cards: tuple[bytes, ...]
    store: str
    since: date
    display: str = ""
    birthday: tuple[int, int] | None = None
    contacts: tuple[bytes, ...] = ()
    opening: dict[str, int] = {}
    fields: dict[str, str | int | bool] = {}
    lots: tuple[OpeningLot, ...] = ()
    programme: str = ""
    counters: dict[str, Any] = {}


async def add_members(work: Work, rows: Sequence[NewMember]) -> int:
    """Add those that are not known yet; how many. Of those that are, the profile fields of the list are taken over.

    What the member answered at a counter stays, unless the list has another value of that very field.

    Raises Refused for a member nobody could have.
    """
    await work.tx.lock(Touched(members=tuple(row.member for row in rows)))
    known = await work.tx.known([row.member for row in rows])
    fresh = [row for row in rows if row.member not in known]
    for row in rows:
        if row.fields and row.member in known:
            await _take_fields(work, row)
    arrivals = []
    by_store: dict[str, list[str]] = {}
    days: dict[str, date] = {}
    for row in fresh:
        store = await work.tx.store(row.store)
        if store is None or not 0 < row.member < 1 << MEMBER_BITS:
            raise Refused(
                "unknown_store",
                said("Member {member} names no store of this shop: correct the list.", member=row.member),
            )
        if row.store not in days:
            days[row.store] = (await work.moment(row.store, work.now_ms)).bdate
        arrivals.append(await _arrival(work, row, store, days[row.store]))
        by_store.setdefault(row.store, []).append(str(row.member))
    await work.tx.add_members(arrivals, work.now_ms)
    opened = [one for row in arrivals for one in effects_of(row.record.member, row.postings)]
    await work.tx.add_effects([replace(one, at_ms=work.now_ms) for one in opened])
    for name, members in by_store.items():
        await work.tx.log_many(f"store:{name}", members)
    cards = [card_key(card) for row in fresh for card in row.cards]
    await work.tx.log_many(THIN, [*(str(row.member) for row in fresh), *cards])
    await book_waiting(work, {key: row.member for row in fresh for key in (*row.cards, *row.contacts)})
    return len(fresh)


async def _take_fields(work: Work, row: NewMember) -> None:
    """Fields that changed hold for every ticket that is settled from now on, old ones with them."""
    record = await work.tx.member(row.member)
    if record is None:
        return
    fields = _json({**at_counter(msgspec.json.decode(record.fields)), **row.fields})
    if fields != record.fields:
        await work.tx.save_member(replace(record, fields=fields))
        moment = await work.moment(record.store, work.now_ms)
        await settle_again(work, record.member, Origin(0, 0, 0, moment.bdate))
        await work.announce(record.member)


def _json(fields: Mapping[str, object]) -> str:
    return msgspec.json.encode(fields, order="sorted").decode()


async def _arrival(work: Work, row: NewMember, store: StoreRow, day: date) -> Arrival:
    account = replace(new_account(work.keys, row.member, row.since), state=row.counters)
    lots, postings = [], []
    opening = (*[OpeningLot(asset, quantity) for asset, quantity in sorted(row.opening.items())], *row.lots)
    for n, one in enumerate(opening, 1):
        if one.quantity <= 0:
            continue
        name = f"o-{row.member}-{n}"
        first = min(row.since, day)
        # Points that count from `since` would lapse unseen where a programme looks at inactivity.
        lots.append(
            Lot(name, one.asset, one.quantity, day, first, one.last_day, "ADJUST", available=one.quantity)
        )
        postings.append(
            Posting(n, "ADJUST", one.asset, name, "", AVAILABLE, one.quantity, "", "", 0, day, 0, 0, 0)
        )
    record = MemberRecord(
        row.member,
        "active",
        None,
        row.store,
        row.since,
        encrypt_display(store.scope_key, row.member, row.display),
        history_of(account),
        f"{row.birthday[0]:02d}-{row.birthday[1]:02d}" if row.birthday else "",
        account.bucket,
        programme=row.programme,
        next_posting=len(opening) + 1,
        fields=_json(row.fields),
    )
    return Arrival(record, row.cards, row.contacts, tuple(lots), tuple(postings))

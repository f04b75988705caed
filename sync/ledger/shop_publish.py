"""Publishing a shop folder to the ledger: what is there already, by hash or by id, is left as it is."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from rules.programme.load import load_programme
from sync.ledger.arrivals import NewMember
from sync.ledger.overruns import Bound, bounds
from sync.ledger.scope import keep_months
from sync.ledger.service import Ledger
from sync.ledger.shop import Shop, ShopMember, Staff
from sync.ledger.staff import take_shop_staff
from sync.lists import StaffMember
from sync.tokens import card_token, contact_key, normal_contact
from sync.wire import pack

IMPORTED = 1 << 46  # first member id of listed members: far above the blocks that tills enrol from
MEMBERS_AT_ONCE = 500


class Published(msgspec.Struct, frozen=True):
    """What a shop folder holds, and how many of its members were new to the ledger."""

    stores: int
    programmes: int
    products: int
    staff: int
    members: int
    new_members: int


async def publish_shop(ledger: Ledger, shop: Shop) -> Published:
    """Make `ledger` know `shop`: stores, programmes, catalogue, staff, members."""
    await ledger.set_card_prefix(shop.card_prefix)
    await ledger.write(lambda work: keep_months(work, shop.scope_months))
    for store in shop.stores:
        await ledger.add_store(store.id, store.name, store.timezone or shop.timezone, store.region)
    for programme in shop.programmes:
        await ledger.publish("programme", programme.name, programme.data, programme.effective_from)
    key = await ledger.lookup_key()
    await ledger.publish("catalogue", shop.chain, pack(shop.products))
    people = [_staff_member(person, key) for person in shop.staff]
    await ledger.write(lambda work: take_shop_staff(work, people))
    new = 0
    rows = (_new_member(member, shop, key, _today(ledger, shop)) for member in shop.members)
    for batch in _batches(rows):
        new += await ledger.add_members(batch)
    return Published(
        stores=len(shop.stores),
        programmes=len(shop.programmes),
        products=len(shop.products),
        staff=len(shop.staff),
        members=len(shop.members),
        new_members=new,
    )


async def worst_cases(ledger: Ledger, shop: Shop) -> list[str]:
    """What the folder's programmes let tills give beyond budgets, stocks and daily limits, a sentence each.

    `assidu programme publish` asks before it publishes such a programme; of a folder nobody is asked.
    """
    found = []
    for file in shop.programmes:
        programme = load_programme(file.data, file.name)
        header = programme.header
        for one in await ledger.read(partial(bounds, programme=programme)):
            found.append(f"{header.id} version {header.version}: {_bound_text(one, header.currency)}")
    return found


def _bound_text(one: Bound, currency: str) -> str:
    def amount(units: int) -> str:
        return f"{units / 100:.2f} {currency}" if one.overrun.money else str(units)

    each = f"a till without a line may give {amount(one.overrun.units)} beyond {one.overrun.counter}"
    often = " a day" if one.overrun.daily else ""
    return f"{each}{often}, all {one.tills} tills of today {amount(one.total)}: remove overrun if that is too much."


def member_id(number: str) -> int:
    """The member id of a listed card number: its ten free digits, so the same list gives the same ids."""
    return IMPORTED + int(number[2:12])


def _batches(rows: Iterator[NewMember]) -> Iterator[tuple[NewMember, ...]]:
    while batch := tuple(islice(rows, MEMBERS_AT_ONCE)):
        yield batch


def _today(ledger: Ledger, shop: Shop) -> date:
    return datetime.fromtimestamp(ledger.now_ms() / 1000, ZoneInfo(shop.timezone)).date()


def _staff_member(person: Staff, key: bytes) -> StaffMember:
    return StaffMember(
        id=person.id,
        name=person.name,
        role=person.role,
        badge=card_token(key, person.badge),
        pin=person.pin,
    )


def _new_member(member: ShopMember, shop: Shop, key: bytes, today: date) -> NewMember:
    initial = f" {member.last_name[0]}." if member.last_name else ""
    return NewMember(
        member=member_id(member.number),
        cards=(card_token(key, member.number),),
        store=member.store or shop.stores[0].id,
        since=member.since or today,
        display=member.first_name + initial,
        birthday=member.birthday,
        contacts=tuple(
            contact_key(key, normal_contact(value)) for value in (member.phone, member.email) if value
        ),
        opening=dict(member.start),
        fields=dict(member.fields),
    )

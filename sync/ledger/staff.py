"""Who may sign in at which tills; a revocation travels before anything else (ledger-and-sync.md section 5.1)."""

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec

from rules.sentences import mark, said
from sync.ledger.accept import Refused
from sync.ledger.books import replace
from sync.ledger.given_rows import EVERYWHERE, STAFF, StaffRow, json_list, list_json
from sync.ledger.operation import Operation
from sync.ledger.publications import PUBLICATIONS, next_number, put
from sync.ledger.pull import HOTLIST
from sync.ledger.service import Ledger
from sync.ledger.work import Work
from sync.lists import StaffMember
from sync.tokens import card_token
from sync.wire import pack

LIST = "staff"
OWNER, SHOP = "owner", "shop"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_BADGE = re.compile(r"[!-~]{1,64}")
LONGEST_NAME = 60
PIN_START = "$argon2id$"


async def publish_staff(work: Work) -> None:
    """Tell each store who may sign in there: one list where all stores have the same people, else one a store."""
    people = await work.tx.staff()
    lists = {
        store.store: pack(tuple(_told(one) for one in people if one.works_at(store.store)))
        for store in await work.tx.stores()
    }
    wanted: dict[tuple[str, ...], bytes]
    if len(set(lists.values())) == 1:
        wanted = {(): next(iter(lists.values()))}
    else:
        wanted = {(store,): data for store, data in lists.items()}
    places = {list_json(stores) for stores in wanted}
    for row in await work.tx.published():
        if row.what == STAFF and (row.name != LIST or row.stores not in places):
            await work.tx.drop_published(row.number)
    for stores, data in wanted.items():
        await put(work, STAFF, LIST, data, stores=stores)


def _told(row: StaffRow) -> StaffMember:
    return StaffMember(row.id, row.name, row.role, row.badge, row.pin)


async def take_shop_staff(work: Work, people: Sequence[StaffMember]) -> None:
    """The staff of a shop folder: takes the place of those it named before; who was revoked stays so."""
    await work.tx.alone(PUBLICATIONS)
    known = {row.id: row for row in await work.tx.staff()}
    named = {one.id for one in people}
    for row in known.values():
        if row.source == SHOP and row.id not in named and not row.revoked:
            await work.tx.drop_staff(row.id)
    for one in people:
        before = known.get(one.id)
        if before is None or (before.source == SHOP and not before.revoked):
            await work.tx.save_staff(
                StaffRow(one.id, one.name, one.role, one.badge, one.pin, EVERYWHERE, SHOP)
            )
    await publish_staff(work)


class StaffAdded(msgspec.Struct, frozen=True):
    """Whether somebody `new` may sign in; false when what is known of somebody has changed."""

    new: bool


class AddStaff(Operation[StaffAdded], frozen=True):
    """Somebody who may sign in at `stores` (() for all): `badge` is the code on the badge, `pin` an argon2id hash."""

    id: str
    person: str
    role: Literal["cashier", "manager"]
    badge: str
    pin: str
    stores: tuple[str, ...] = ()

    name: ClassVar[str] = "add-staff"
    answer: ClassVar[type[msgspec.Struct]] = StaffAdded

    async def run(self, ledger: Ledger) -> StaffAdded:
        """Add them, or change what is known of them. Raises LedgerRefusal."""
        return await ledger.write(lambda work: _add(work, self))


async def _add(work: Work, one: AddStaff) -> StaffAdded:
    _check(one)
    for store in one.stores:
        if await work.tx.store(store) is None:
            raise Refused(
                "unknown_store", said("There is no store {store}: name stores of this chain.", store=store)
            )
    badge = card_token(work.keys.lookup, one.badge)
    await work.tx.alone(PUBLICATIONS)
    people = await work.tx.staff()
    if any(row.badge == badge and row.id != one.id and not row.revoked for row in people):
        raise Refused("badge_taken", mark("This badge is somebody else's: give another one."))
    known = any(row.id == one.id and not row.revoked for row in people)
    await work.tx.save_staff(
        StaffRow(one.id, one.person, one.role, badge, one.pin, list_json(one.stores), OWNER)
    )
    await publish_staff(work)
    return StaffAdded(not known)


def _check(one: AddStaff) -> None:
    """Raises Refused."""
    if not _ID.fullmatch(one.id):
        raise Refused(
            "bad_staff", mark("An id has letters, digits, - . and _, at most 32: write another one.")
        )
    if not (0 < len(one.person.strip()) <= LONGEST_NAME and one.person.isprintable()):
        raise Refused(
            "bad_staff", mark("A name has 1 to 60 characters that can be printed: write another one.")
        )
    if not _BADGE.fullmatch(one.badge):
        raise Refused("bad_staff", mark("A badge's code has digits and plain letters: scan it once more."))
    if not one.pin.startswith(PIN_START):
        raise Refused("bad_staff", mark("A PIN travels as an argon2id hash only: use `assidu staff add`."))


class Person(msgspec.Struct, frozen=True):
    """Somebody on the list. `source` is shop for those of the shop folder, else owner."""

    id: str
    name: str
    role: str
    stores: tuple[str, ...]
    source: str
    revoked: bool


class People(msgspec.Struct, frozen=True):
    """Everybody, by id; those who were revoked too."""

    people: tuple[Person, ...]


class ListStaff(Operation[People], frozen=True):
    """Who may sign in, and who may no longer."""

    name: ClassVar[str] = "list-staff"
    answer: ClassVar[type[msgspec.Struct]] = People

    async def run(self, ledger: Ledger) -> People:
        """Everybody."""
        rows = await ledger.read(lambda work: work.tx.staff())
        return People(
            tuple(
                Person(row.id, row.name, row.role, json_list(row.stores), row.source, bool(row.revoked))
                for row in rows
            )
        )


class StaffRevoked(msgspec.Struct, frozen=True):
    """The `number` of the revocation, 0 where they had been revoked before."""

    number: int


class RevokeStaff(Operation[StaffRevoked], frozen=True):
    """Somebody may not sign in any more, wherever they could."""

    id: str

    name: ClassVar[str] = "revoke-staff"
    answer: ClassVar[type[msgspec.Struct]] = StaffRevoked

    async def run(self, ledger: Ledger) -> StaffRevoked:
        """Raises LedgerRefusal for somebody nobody knows."""
        return await ledger.write(lambda work: _revoke(work, self.id))


async def _revoke(work: Work, staff: str) -> StaffRevoked:
    await work.tx.alone(PUBLICATIONS)
    row = next((row for row in await work.tx.staff() if row.id == staff), None)
    if row is None:
        raise Refused("unknown_staff", mark("Nobody has this id: look at `assidu staff list`."))
    if row.revoked:
        return StaffRevoked(0)
    number = await next_number(work)
    await work.tx.save_staff(replace(row, revoked=number))
    await work.tx.log(HOTLIST, staff)
    await publish_staff(work)
    return StaffRevoked(number)

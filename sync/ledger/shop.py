"""The shop folder: a chain's programme, catalogue, staff and members as files (docs/shop-folder.md).

`read_shop` reads and checks everything before anything is published: a broken file changes nothing.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from rules.language.tree import Type
from rules.sentences import mark, said
from sync.ledger.cells import birthday, day, whole
from sync.ledger.products import CATALOGUE_COLUMNS, product_of
from sync.ledger.scope import MONTHS
from sync.ledger.shop_fields import FIELD, read_fields
from sync.ledger.shop_files import ShopFault, at_line, clean, read_csv, read_toml
from sync.ledger.shop_programmes import ProgrammeFile, read_programmes
from sync.lists import Product
from sync.numbers import is_member_number

MEMBER_NEEDED = ("number", "first_name")
ASSETS = ("points", "stamp:", "reward:", "voucher:")
MEMBER_ALLOWED = ("last_name", "birthday", "since", "store", "phone", "email", *ASSETS, FIELD)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}\Z")


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[store]]` table; `timezone` "" means the chain's, `region` "" that it belongs to no set of stores."""

    id: str
    name: str
    timezone: str = ""
    region: str = ""


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shop.toml`."""

    chain: str
    timezone: str
    store: tuple[Store, ...]
    card_prefix: str = "29"
    scope_months: Annotated[int, msgspec.Meta(ge=1, le=120)] = MONTHS


class Staff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[staff]]` table: `badge` is the code on the badge, `pin` an argon2id hash string."""

    id: str
    name: str
    role: Literal["cashier", "manager"]
    badge: str
    pin: str


class StaffFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`staff.toml`."""

    staff: tuple[Staff, ...]


class ShopMember(msgspec.Struct, frozen=True):
    """A line of `members.csv`. `birthday` is (month, day); `start` maps an asset to the quantity held at start;
    `store` "" means the first store; `fields` are declared profile fields by their name without `member.`."""

    number: str
    first_name: str
    last_name: str = ""
    birthday: tuple[int, int] | None = None
    since: date | None = None
    store: str = ""
    phone: str = ""
    email: str = ""
    start: Mapping[str, int] = {}
    fields: Mapping[str, str | int | bool] = {}


class Shop(msgspec.Struct, frozen=True):
    """A whole checked shop folder."""

    chain: str
    timezone: str
    card_prefix: str
    scope_months: int
    stores: tuple[Store, ...]
    programmes: tuple[ProgrammeFile, ...]
    products: tuple[Product, ...]
    staff: tuple[Staff, ...]
    members: tuple[ShopMember, ...]


def read_shop(folder: Path) -> Shop:
    """The shop in `folder`. Raises ShopFault with one sentence that names file and line."""
    if not folder.is_dir():
        raise ShopFault(folder, 0, mark("there is no such shop folder: check the path after --shop."))
    chain = _read_chain(folder / "shop.toml")
    stores = {store.id for store in chain.store}
    programmes = read_programmes(folder)
    return Shop(
        chain=chain.chain,
        timezone=chain.timezone,
        card_prefix=chain.card_prefix,
        scope_months=chain.scope_months,
        stores=chain.store,
        programmes=programmes,
        products=_read_catalogue(folder / "catalogue.csv", chain.card_prefix),
        staff=_read_staff(folder / "staff.toml"),
        members=_read_members(folder / "members.csv", chain.card_prefix, stores, _declared(programmes)),
    )


def _read_chain(path: Path) -> Chain:
    chain = read_toml(path, Chain)
    if not NAME.match(chain.chain):
        raise ShopFault(path, 1, mark('"chain" must be lower-case letters, digits, - and _, at most 32.'))
    if not (len(chain.card_prefix) == 2 and chain.card_prefix.isascii() and chain.card_prefix.isdigit()):
        raise ShopFault(path, 1, mark('"card_prefix" must be two digits in quotes, like "29".'))
    if not chain.store:
        raise ShopFault(path, 1, mark("no [[store]] table: name at least one store."))
    seen: set[str] = set()
    for store in chain.store:
        if not NAME.match(store.id) or store.id in seen:
            raise ShopFault(
                path,
                1,
                said(
                    'store id "{store}" is not lower-case letters and digits, or is there twice.',
                    store=store.id,
                ),
            )
        seen.add(store.id)
        if store.region and not NAME.match(store.region):
            raise ShopFault(
                path,
                1,
                said('region "{region}" must be lower-case letters, digits, - and _.', region=store.region),
            )
        clean(path, 1, store.name)
    for zone in (chain.timezone, *(store.timezone for store in chain.store if store.timezone)):
        _check_zone(path, zone)
    return chain


def _check_zone(path: Path, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        raise ShopFault(
            path, 1, said('no time zone "{zone}": write it like "Europe/Paris".', zone=zone)
        ) from None


def _read_catalogue(path: Path, card_prefix: str) -> tuple[Product, ...]:
    if not path.exists():
        return ()
    products: dict[str, Product] = {}
    for line, row in read_csv(path, CATALOGUE_COLUMNS, ()):
        with at_line(path, line):
            product = product_of(row, products, card_prefix)
        products[product.code] = product
    return tuple(products.values())


def _read_staff(path: Path) -> tuple[Staff, ...]:
    if not path.exists():
        return ()
    staff = read_toml(path, StaffFile).staff
    seen: set[str] = set()
    for person in staff:
        for text in (person.id, person.name, person.badge):
            clean(path, 1, text)
        if not person.pin.startswith("$argon2id$"):
            raise ShopFault(
                path,
                1,
                said(
                    'the pin of "{person}" must be an argon2id hash, never the PIN itself.', person=person.id
                ),
            )
        if person.id in seen or person.badge in seen:
            raise ShopFault(path, 1, said('the id or badge of "{person}" is there twice.', person=person.id))
        seen |= {person.id, person.badge}
    return staff


def _declared(programmes: tuple[ProgrammeFile, ...]) -> dict[str, Type]:
    """The profile fields that a programme declares, the newest programme's type of each."""
    found: dict[str, Type] = {}
    for one in sorted(programmes, key=lambda one: one.effective_from):
        found |= one.fields
    return found


def _read_members(
    path: Path, prefix: str, stores: set[str], declared: Mapping[str, Type]
) -> tuple[ShopMember, ...]:
    if not path.exists():
        return ()
    members: dict[str, ShopMember] = {}
    for line, row in read_csv(path, MEMBER_NEEDED, MEMBER_ALLOWED):
        number = row["number"]
        if not is_member_number(number, prefix):
            raise ShopFault(
                path,
                line,
                said(
                    '"{number}" is no card number: 13 digits from {prefix} with a check digit.',
                    number=number,
                    prefix=prefix,
                ),
            )
        if number in members:
            raise ShopFault(path, line, said("card number {number} is there twice.", number=number))
        if row.get("store", "") and row["store"] not in stores:
            raise ShopFault(path, line, said('store "{store}" is not in shop.toml.', store=row["store"]))
        with at_line(path, line):
            members[number] = ShopMember(
                number=number,
                first_name=row["first_name"],
                last_name=row.get("last_name", ""),
                birthday=birthday(row.get("birthday", "")),
                since=day("since", row.get("since", "")),
                store=row.get("store", ""),
                phone=row.get("phone", ""),
                email=row.get("email", ""),
                start=_start(row),
                fields=read_fields(path, line, row, declared),
            )
    return tuple(members.values())


def _start(row: Mapping[str, str]) -> dict[str, int]:
    cells = {title: cell for title, cell in row.items() if title.startswith(ASSETS) and cell}
    return {asset: whole(asset, cell) for asset, cell in cells.items()}

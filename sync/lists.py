"""What the files hold that a ledger gives to its tills: lines of the catalogue and of the staff list (msgpack)."""

from collections.abc import Mapping

import msgspec


class Product(msgspec.Struct, frozen=True, array_like=True):
    """A line of the catalogue blob (msgpack list): `code` is what its bar code says, `cents` its price."""

    code: str
    sku: str
    name: Mapping[str, str]
    category: str
    subcategory: str
    cents: int


class StaffMember(msgspec.Struct, frozen=True, array_like=True):
    """A line of the staff blob: `badge` is the keyed hash of the badge, `pin` an argon2id hash string."""

    id: str
    name: str
    role: str
    badge: bytes
    pin: str

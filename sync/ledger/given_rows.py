"""Rows of what shops are given: what is published, who works at tills, what tills hold."""

from collections.abc import Iterable
from datetime import date

import msgspec

EVERYWHERE = "[]"
PROGRAMME, CATALOGUE, STAFF = "programme", "catalogue", "staff"


class Published(msgspec.Struct, frozen=True):
    """Something published, by content. `effective_from` is ISO text, "" when it does not matter.

    `number` rises with everything the ledger says of what it publishes. `stores` is a JSON list of those it is for,
    "[]" for all; what is `withdrawn` (1) no longer holds.
    """

    number: int
    what: str
    name: str
    effective_from: str
    stores: str
    sha256: bytes
    withdrawn: int
    at_ms: int

    def is_for(self, store: str) -> bool:
        """Whether the tills of `store` get it."""
        return self.stores == EVERYWHERE or store in json_list(self.stores)


def in_force(rows: Iterable[Published], day: date, store: str) -> Published | None:
    """The programme that holds on `day` at `store`: the one that took effect last, and of those the newest."""
    held = [row for row in rows if row.what == PROGRAMME and not row.withdrawn and row.is_for(store)]
    begun = [row for row in held if row.effective_from <= day.isoformat()]
    return max(begun, key=lambda row: (row.effective_from, row.number), default=None)


class HoldingRow(msgspec.Struct, frozen=True):
    """A till in use: `data` is the msgpack of the programmes it said at `at_ms` it holds, `seen_ms` the last word."""

    dev: int
    inc: int
    store: str
    till: str
    data: bytes
    at_ms: int
    seen_ms: int


class StaffRow(msgspec.Struct, frozen=True):
    """Somebody who works at tills. `badge` is a keyed hash, `pin` an argon2id hash; `stores` as in Published.

    `source` says who named them: shop (the shop folder) or owner. `revoked` is the number of the revocation, 0 where
    there is none.
    """

    id: str
    name: str
    role: str
    badge: bytes
    pin: str
    stores: str
    source: str
    revoked: int = 0

    def works_at(self, store: str) -> bool:
        """Whether they may sign in at the tills of `store`."""
        return not self.revoked and (self.stores == EVERYWHERE or store in json_list(self.stores))


def json_list(text: str) -> tuple[str, ...]:
    """The names in a JSON list."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def list_json(names: Iterable[str]) -> str:
    """A JSON list of names, each once, in order."""
    return msgspec.json.encode(sorted(set(names))).decode()

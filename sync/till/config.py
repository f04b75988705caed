"""What the chain publishes, as this till holds it: programmes, catalogue, staff (ledger-and-sync.md 5.1, `config`)."""

from datetime import date
from typing import TypeVar

import msgspec

from sync.sqlite_driver import Connection
from sync.wire import ConfigItem, Product, StaffMember

PROGRAMME, CATALOGUE, STAFF = "programme", "catalogue", "staff"
T = TypeVar("T", Product, StaffMember)


class Tries(msgspec.Struct, frozen=True):
    """Wrong PINs in a row of one person, and the till's wall clock (ms) at the last one."""

    failed: int
    wall_ms: int


class ConfigUnreadable(ValueError):
    """A published file cannot be read: publish it again; the one before stays in use."""


def store_item(connection: Connection, item: ConfigItem, data: bytes) -> None:
    """Keep a published file. `data` is what its hash names; a catalogue or staff list replaces the one of its name.

    Raises ConfigUnreadable, and then the job changes nothing.
    """
    connection.execute("INSERT OR IGNORE INTO config_data VALUES (?, ?)", (item.sha256, data))
    since = item.effective_from or date.min
    connection.execute(
        "INSERT OR REPLACE INTO config_item VALUES (?, ?, ?, ?, ?)",
        (item.what, item.name, item.sha256, since.isoformat(), item.pos),
    )
    if item.what == CATALOGUE:
        _replace_products(connection, item.name, _read(data, Product))
    elif item.what == STAFF:
        _replace_staff(connection, item.name, _read(data, StaffMember))


def programme_for(connection: Connection, day: date, before: int = 0) -> bytes | None:
    """The programme file in force on `day`: the one that took effect last, and of those the one published last.

    With `before` the one that many places before it, for a till that cannot read those after it.
    """
    row = connection.execute(
        "SELECT data FROM config_item JOIN config_data USING (sha256) WHERE what = ? AND effective_from <= ?"
        " ORDER BY effective_from DESC, pos DESC LIMIT 1 OFFSET ?",
        (PROGRAMME, day.isoformat(), before),
    ).fetchone()
    return None if row is None else bytes(row[0])


def programme_by_hash(connection: Connection, sha256: bytes) -> bytes | None:
    """A programme file by the SHA-256 of its bytes: a refund is worked out under the ticket's own."""
    row = connection.execute("SELECT data FROM config_data WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else bytes(row[0])


def product(connection: Connection, code: str) -> Product | None:
    """The product behind a bar code."""
    row = connection.execute("SELECT data FROM product WHERE code = ?", (code,)).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=Product)


def staff_by_badge(connection: Connection, token: bytes) -> StaffMember | None:
    """The person whose badge has this keyed hash."""
    row = connection.execute("SELECT data FROM staff WHERE badge = ?", (token,)).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=StaffMember)


def staff(connection: Connection) -> tuple[StaffMember, ...]:
    """Everyone who may sign in here, by id."""
    rows = connection.execute("SELECT data FROM staff ORDER BY id")
    return tuple(msgspec.msgpack.decode(row[0], type=StaffMember) for row in rows)


def tries(connection: Connection, person: str) -> Tries:
    """Wrong PINs of `person` since the last right one: kept over a restart."""
    row = connection.execute("SELECT failed, wall_ms FROM staff_try WHERE staff = ?", (person,)).fetchone()
    return Tries(0, 0) if row is None else Tries(*row)


def record_try(connection: Connection, person: str, wall_ms: int, *, right: bool) -> None:
    """Note a PIN that was typed: a right one forgets the wrong ones before it."""
    if right:
        connection.execute("DELETE FROM staff_try WHERE staff = ?", (person,))
        return
    connection.execute(
        "INSERT INTO staff_try VALUES (?, 1, ?)"
        " ON CONFLICT(staff) DO UPDATE SET failed = failed + 1, wall_ms = excluded.wall_ms",
        (person, wall_ms),
    )


def _read(data: bytes, of: type[T]) -> list[T]:
    try:
        return msgspec.msgpack.decode(data, type=list[of])  # type: ignore[valid-type]
    except msgspec.DecodeError as error:
        raise ConfigUnreadable(f"a published list cannot be read ({error}): publish it again") from error


def _replace_products(connection: Connection, source: str, products: list[Product]) -> None:
    connection.execute("DELETE FROM product WHERE source = ?", (source,))
    connection.executemany(
        "INSERT OR REPLACE INTO product VALUES (?, ?, ?)",
        [(one.code, source, msgspec.msgpack.encode(one)) for one in products],
    )


def _replace_staff(connection: Connection, source: str, people: list[StaffMember]) -> None:
    connection.execute("DELETE FROM staff WHERE source = ?", (source,))
    connection.executemany(
        "INSERT OR REPLACE INTO staff VALUES (?, ?, ?, ?)",
        [(one.id, one.badge, source, msgspec.msgpack.encode(one)) for one in people],
    )

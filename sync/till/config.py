"""What the chain publishes, as this till holds it: programmes, catalogue, staff (ledger-and-sync.md 5.1, `config`)."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

import msgspec

from sync.lists import Product, StaffMember
from sync.publication import ConfigItem, Revocation
from sync.sqlite_driver import Connection
from sync.till.reading import remembered
from sync.wire import Held

PROGRAMME, CATALOGUE, STAFF = "programme", "catalogue", "staff"
T = TypeVar("T", Product, StaffMember)


class Tries(msgspec.Struct, frozen=True):
    """Wrong PINs in a row of one person, and the till's wall clock (ms) at the last one."""

    failed: int
    wall_ms: int


class ConfigUnreadable(ValueError):
    """A published file cannot be read: publish it again; the one before stays in use."""


def store_item(connection: Connection, item: ConfigItem, data: bytes) -> None:
    """Keep a published file. `data` is what its hash names; a catalogue replaces the one of its name, a staff list any.

    Of what is withdrawn only that is kept. Raises ConfigUnreadable, and then the job changes nothing.
    """
    if data:
        connection.execute("INSERT OR IGNORE INTO config_data VALUES (?, ?)", (item.sha256, data))
    since = item.effective_from or date.min
    connection.execute(
        "INSERT OR REPLACE INTO config_item VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            item.what,
            item.name,
            item.sha256,
            since.isoformat(),
            item.pos,
            item.number,
            int(item.withdrawn),
        ),
    )
    if item.what == CATALOGUE:
        _replace_products(connection, item.name, _read(data, Product))
    elif item.what == STAFF:
        _replace_staff(connection, _read(data, StaffMember), item.number)


def is_news(connection: Connection, item: ConfigItem) -> bool:
    """Whether `item` says something newer than what is here: an older number, or the same again, changes nothing."""
    (held,) = connection.execute(
        "SELECT max(number) FROM config_item WHERE what = :what AND (:what = 'staff' OR name = :name)"
        " AND (:what <> 'programme' OR (sha256 = :sha256 AND effective_from = :since))",
        {
            "what": item.what,
            "name": item.name,
            "sha256": item.sha256,
            "since": (item.effective_from or date.min).isoformat(),
        },
    ).fetchone()
    return held is None or item.number > held


@remembered
def newest(connection: Connection, what: str) -> bytes | None:
    """The file that was published last as `what`; None where none was."""
    row = connection.execute(
        "SELECT data FROM config_item JOIN config_data USING (sha256) WHERE what = ?"
        " ORDER BY number DESC, pos DESC LIMIT 1",
        (what,),
    ).fetchone()
    return None if row is None else bytes(row[0])


@remembered
def held(connection: Connection) -> tuple[Held, ...]:
    """The programmes that are here and not withdrawn, in the order in which they take effect."""
    rows = connection.execute(
        "SELECT name, sha256, effective_from, number FROM config_item JOIN config_data USING (sha256)"
        " WHERE what = ? AND withdrawn = 0 ORDER BY effective_from, number, pos",
        (PROGRAMME,),
    )
    return tuple(
        Held(name, bytes(sha), date.fromisoformat(since), number) for name, sha, since, number in rows
    )


def files(connection: Connection) -> tuple[tuple[ConfigItem, bytes], ...]:
    """Everything published that is here and not withdrawn, with its bytes, in the order of its numbers."""
    rows = connection.execute(
        "SELECT what, name, sha256, effective_from, pos, number, data FROM config_item JOIN config_data USING (sha256)"
        " WHERE withdrawn = 0 ORDER BY number, pos"
    )
    return tuple(
        (ConfigItem(what, name, bytes(sha), date.fromisoformat(since), pos, number), bytes(data))
        for what, name, sha, since, pos, number, data in rows
    )


def revoke(connection: Connection, revocations: Iterable[Revocation]) -> None:
    """Those named may not sign in any more, until a newer staff list names them."""
    for one in revocations:
        connection.execute("INSERT OR REPLACE INTO revoked VALUES (?, ?)", (one.staff, one.number))
        connection.execute("DELETE FROM staff WHERE id = ?", (one.staff,))


@remembered
def programme_for(connection: Connection, day: date, before: int = 0) -> bytes | None:
    """The programme file in force on `day`: the one that took effect last, and of those the one published last.

    One that was withdrawn never is: the one before it goes on.

    With `before` the one that many places before it, for a till that cannot read those after it.
    """
    row = connection.execute(
        "SELECT data FROM config_item JOIN config_data USING (sha256)"
        " WHERE what = ? AND effective_from <= ? AND withdrawn = 0"
        " ORDER BY effective_from DESC, number DESC, pos DESC LIMIT 1 OFFSET ?",
        (PROGRAMME, day.isoformat(), before),
    ).fetchone()
    return None if row is None else bytes(row[0])


@remembered
def programme_by_hash(connection: Connection, sha256: bytes) -> bytes | None:
    """A programme file by the SHA-256 of its bytes: a refund is worked out under the ticket's own."""
    row = connection.execute("SELECT data FROM config_data WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else bytes(row[0])


def product(connection: Connection, code: str) -> Product | None:
    """The product behind a bar code."""
    row = connection.execute("SELECT data FROM product WHERE code = ?", (code,)).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=Product)


def article(connection: Connection, sku: str) -> Product | None:
    """The product with the number `sku`; of several with different bar codes the first."""
    row = connection.execute(
        "SELECT data FROM product WHERE sku = ? ORDER BY code LIMIT 1", (sku,)
    ).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=Product)


def staff_by_badge(connection: Connection, token: bytes) -> StaffMember | None:
    """The person whose badge has this keyed hash."""
    row = connection.execute("SELECT data FROM staff WHERE badge = ?", (token,)).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=StaffMember)


def person(connection: Connection, staff_id: str) -> StaffMember | None:
    """The person with this id, if they may sign in here."""
    row = connection.execute("SELECT data FROM staff WHERE id = ?", (staff_id,)).fetchone()
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


def wait_anew(connection: Connection, person: str, wall_ms: int) -> None:
    """The wait after wrong PINs begins at `wall_ms`: the clock says a time before the last of them."""
    connection.execute("UPDATE staff_try SET wall_ms = ? WHERE staff = ?", (wall_ms, person))


def _read(data: bytes, of: type[T]) -> list[T]:
    try:
        return msgspec.msgpack.decode(data, type=list[of])  # type: ignore[valid-type]
    except msgspec.DecodeError as error:
        raise ConfigUnreadable(f"a published list cannot be read ({error}): publish it again") from error


def _replace_products(connection: Connection, source: str, products: list[Product]) -> None:
    connection.execute("DELETE FROM product WHERE source = ?", (source,))
    connection.executemany(
        "INSERT OR REPLACE INTO product(code, source, data, sku) VALUES (?, ?, ?, ?)",
        [(one.code, source, msgspec.msgpack.encode(one), one.sku) for one in products],
    )


def _replace_staff(connection: Connection, people: list[StaffMember], number: int) -> None:
    """A till has one list; who was revoked after it was written stays out."""
    later = connection.execute("SELECT staff FROM revoked WHERE number > ?", (number,)).fetchall()
    out = {person for (person,) in later}
    connection.execute("DELETE FROM staff")
    connection.executemany(
        "INSERT OR REPLACE INTO staff VALUES (?, ?, '', ?)",
        [(one.id, one.badge, msgspec.msgpack.encode(one)) for one in people if one.id not in out],
    )

"""What a ledger publishes: numbered, signed, for some stores or all, withdrawn again, and who it shuts out."""

import hashlib
import sqlite3
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.ledger import publications
from sync.ledger.given_rows import PROGRAMME, in_force
from sync.ledger.sqlite import migrate
from sync.publication import ConfigItem, Revocation, is_genuine
from sync.wire import Cursor, Held
from tests.unit.ledger_kit import PROGRAMME as FIRST
from tests.unit.ledger_kit import Shop, TillSim, looking, run

SECOND = FIRST.replace(b"points = 1\n", b"points = 2\n")
DAY = date(2026, 9, 1)


async def config(till: TillSim) -> list[ConfigItem]:
    """Everything published for a till."""
    return list((await till.pull(Cursor("config", 1, 0))).config)


async def withdraw(shop: Shop, data: bytes) -> None:
    """Withdraw the programme with these bytes."""
    digest = hashlib.sha256(data).digest()
    rows = await looking(shop.ledger._storage).published()
    row = next(row for row in rows if row.sha256 == digest)
    await shop.ledger.write(lambda work: publications.withdraw(work, row))


def test_what_is_published_is_signed_and_numbered(tmp_path: Path) -> None:
    """Each item bears a number above the one before and the ledger's signature over all it says."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.ledger.publish("programme", "bakery", SECOND, DAY)
        await shop.ledger.publish("catalogue", "bakery", b"\x90")
        items = await config(till)
        assert [item.number for item in items] == [1_000_001, 1_000_002, 1_000_003]
        key = shop.ledger.server_public_key
        assert all(is_genuine(item, key) for item in items)
        changes: list[dict[str, Any]] = [
            {"effective_from": date(2026, 8, 1)}, {"number": 2}, {"withdrawn": True}, {"stores": ("gare",)},
            {"sha256": bytes(32)}, {"name": "x"}, {"what": "staff"}, {"signature": b"x"},
        ]  # fmt: skip
        for change in changes:
            assert not is_genuine(msgspec.structs.replace(items[1], **change), key)
        assert is_genuine(msgspec.structs.replace(items[1], pos=77), key)  # the log may begin anew
        assert not is_genuine(items[1], bytes(32))

    run(tmp_path, scenario)


def test_stores_get_what_is_for_them(tmp_path: Path) -> None:
    """A programme for one store is not told to the other, whose cursor moves on all the same."""

    async def scenario(shop: Shop) -> None:
        here, there = await shop.till("halles"), await shop.till("gare")
        await shop.ledger.publish("programme", "bakery", SECOND, DAY, ["gare"])
        rows = await looking(shop.ledger._storage).published_after(0)
        assert [len(await config(till)) for till in (here, there)] == [1, 2]
        answer = await here.pull(Cursor("config", 1, 0))
        assert answer.cursors[0].pos == rows[-1][1]
        found = {store: in_force([row for row, _ in rows], DAY, store) for store in ("halles", "gare")}
        assert [row and row.effective_from for row in found.values()] == ["2025-01-01", "2026-09-01"]

    run(tmp_path, scenario)


def test_a_withdrawn_programme_is_told_and_the_former_holds(tmp_path: Path) -> None:
    """The withdrawal has a number of its own; published again, the programme is back under another."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        await shop.ledger.publish("programme", "bakery", SECOND, DAY)
        await withdraw(shop, SECOND)
        items = await config(till)
        assert [(item.number, item.withdrawn) for item in items] == [(1_000_001, False), (1_000_003, True)]
        rows = await looking(shop.ledger._storage).published()
        former = in_force(rows, DAY, "halles")
        assert former is not None
        assert former.sha256 == hashlib.sha256(FIRST).digest()
        await shop.ledger.publish("programme", "bakery", SECOND, DAY)  # as a shop folder does at each start
        assert await config(till) == items
        put = publications.put
        await shop.ledger.write(lambda work: put(work, "programme", "bakery", SECOND, DAY, again=True))
        assert [(item.number, item.withdrawn) for item in await config(till)][1:] == [(1_000_004, False)]

    run(tmp_path, scenario)


def test_a_ticket_of_a_withdrawn_programme_is_settled_by_it(tmp_path: Path) -> None:
    """What was printed under its rules holds, also when it is sent after the withdrawal."""

    async def scenario(shop: Shop) -> None:
        till, member = await shop.till(), await shop.member()
        await shop.ledger.publish("programme", "bakery", SECOND, date(2026, 1, 1))
        digest = hashlib.sha256(SECOND).hexdigest()
        await withdraw(shop, SECOND)
        sold = till.euros(member, 100, programme=digest)
        await till.push()
        assert (await shop.settled())[sold.ticket, "base", "points"] == 200

    run(tmp_path, scenario)


def test_numbers_rise_above_those_of_a_lost_future(tmp_path: Path) -> None:
    """A ledger restored from an older copy has a new epoch: no till takes its news for old ones."""

    async def scenario(shop: Shop) -> None:
        await shop.ledger.write(lambda work: work.tx.save_value("ledger_epoch", b"2"))
        await shop.ledger.publish("catalogue", "bakery", b"\x90")
        rows = await looking(shop.ledger._storage).published()
        assert [row.number for row in rows] == [1_000_001, 2_000_002]

    run(tmp_path, scenario)


def test_what_tills_hold_is_kept(tmp_path: Path) -> None:
    """The last word of each till, and when it was first said."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        held = (Held("bakery", bytes(32), DAY, 5),)
        await till.push(held=held)
        first = shop.clock.ms
        shop.clock.advance(hours=1)
        await till.push(held=held)
        [row] = await looking(shop.ledger._storage).holdings()
        assert (row.dev, row.till, row.at_ms, row.seen_ms) == (1, "till 0", first, shop.clock.ms)
        assert msgspec.msgpack.decode(row.data, type=tuple[Held, ...]) == held

    run(tmp_path, scenario)


def test_revocations_come_alone_and_first(tmp_path: Path) -> None:
    """A till that asks for everything gets the revocations and nothing else, then the rest."""

    async def scenario(shop: Shop) -> None:
        from sync.ledger.given_rows import StaffRow

        till = await shop.till()
        await shop.ledger.write(
            lambda work: work.tx.save_staff(StaffRow("c1", "C", "cashier", b"b", "p", "[]", "owner", 7))
        )
        await shop.ledger.write(lambda work: work.tx.log("hotlist", "c1"))
        asked = [Cursor(bucket, 1, 0) for bucket in ("config", "hotlist", "store:halles")]
        answer = await till.pull(*asked)
        assert [(one.staff, one.number) for one in answer.hotlist] == [("c1", 7)]
        assert is_genuine(answer.hotlist[0], shop.ledger.server_public_key)
        assert not is_genuine(Revocation("c2", 7, answer.hotlist[0].signature), shop.ledger.server_public_key)
        assert (answer.config, answer.members, answer.more) == ((), (), True)
        assert [cursor.pos > 0 for cursor in answer.cursors] == [False, True, False]
        rest = await till.pull(*answer.cursors)
        assert rest.hotlist == ()
        assert len(rest.config) == 1

    run(tmp_path, scenario)


def test_what_an_older_ledger_published_keeps_its_order(tmp_path: Path) -> None:
    """Its positions become numbers in the same order, below all that are given out from now on."""
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    for name in ("001_ledger.sql", "002_events.sql"):
        connection.executescript(_migration(name))
    for pos, day in ((40, "2026-01-01"), (9, "2025-01-01")):
        connection.execute("INSERT INTO published VALUES (?, 'x', ?, x'00', ?)", (PROGRAMME, day, pos))
        connection.execute("INSERT INTO bucket_log VALUES ('config', ?, ?)", (f"programme/x/{day}", pos))
    connection.execute("PRAGMA user_version = 2")
    migrate(connection)
    rows = connection.execute("SELECT number, effective_from, stores, withdrawn FROM publication").fetchall()
    assert rows == [(1, "2025-01-01", "[]", 0), (2, "2026-01-01", "[]", 0)]
    rows = connection.execute("SELECT key, pos FROM bucket_log ORDER BY pos").fetchall()
    assert rows == [("1", 9), ("2", 40)]
    connection.close()


def _migration(name: str) -> str:
    folder = files("sync.ledger.migrations")
    path = folder / "sqlite" / name
    return (path if path.is_file() else folder / name).read_text("utf-8")


@pytest.mark.parametrize("what", ["catalogue", "staff"])
def test_a_list_takes_the_place_of_the_former(tmp_path: Path, what: str) -> None:
    """A new till is told the newest list alone."""

    async def scenario(shop: Shop) -> None:
        till = await shop.till()
        for data in (b"\x90", b"\x91\xc0", b"\x90"):
            await shop.ledger.publish(what, "bakery", data)
        items = [item for item in await config(till) if item.what == what]
        assert [(item.sha256, item.number) for item in items] == [
            (hashlib.sha256(b"\x90").digest(), 1_000_004)
        ]

    run(tmp_path, scenario)

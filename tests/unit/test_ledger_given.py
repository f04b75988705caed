"""What a shop is given, asked of the ledger on both engines: people, products, programmes, members."""

from datetime import date
from pathlib import Path

import msgspec

from sync.ledger.arrivals import OpeningLot
from sync.ledger.catalogue import Compared, ImportProducts, PublishProducts
from sync.ledger.import_members import ImportedMember, ImportMembers
from sync.ledger.operation import Operation
from sync.ledger.operations import OPERATIONS
from sync.ledger.programmes import PublishedProgrammes, PublishProgramme, WithdrawProgramme
from sync.ledger.staff import AddStaff, ListStaff, RevokeStaff
from sync.lists import Product, StaffMember
from sync.wire import Cursor, Held
from tests.unit.ledger_kit import PROGRAMME, Shop, run

PIN = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
SECOND = PROGRAMME.replace(b"version = 1", b"version = 2\nsupersedes = 1")


def test_every_operation_has_an_address_of_its_own() -> None:
    """Two of the same name would be one at a running ledger."""
    names = [kind.name for kind in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(issubclass(kind, Operation) for kind in OPERATIONS.values())


def test_people_and_products(tmp_path: Path) -> None:
    """Lists by store, a revocation, products in two parts: the till pulls what stands at last."""

    async def scenario(shop: Shop) -> None:
        till, ledger = await shop.till("gare"), shop.ledger
        for person, stores in (("anna", ()), ("bo", ("halles",)), ("cy", ("gare",))):
            await AddStaff(person, person.title(), "cashier", f"B-{person}", PIN, stores).run(ledger)
        revoked = (await RevokeStaff("cy").run(ledger)).number
        people = (await ListStaff().run(ledger)).people
        assert [(one.id, one.stores, one.revoked) for one in people] == [
            ("anna", (), False), ("bo", ("halles",), False), ("cy", ("gare",), True),
        ]  # fmt: skip
        bread, tea = (Product(code, code, {"en": code}, "c", "", 100) for code in ("BRD", "TEA"))
        assert await ImportProducts((bread,)).run(ledger) == Compared(1, 0, 0)
        dearer = msgspec.structs.replace(bread, cents=120)
        assert await ImportProducts((dearer, tea), dry=True).run(ledger) == Compared(1, 1, 0)
        assert await ImportProducts((dearer, tea)).run(ledger) == Compared(1, 1, 0)
        assert (await PublishProducts().run(ledger)).products == 2
        hot = await till.pull(*[Cursor(bucket, 1, 0) for bucket in ("hotlist", "config")])
        assert [(one.staff, one.number) for one in hot.hotlist] == [("cy", revoked)]
        items = {item.what: item for item in (await till.pull(*hot.cursors)).config}
        assert items["staff"].number > revoked
        data = await ledger.blob(items["staff"].sha256)
        assert [one.id for one in msgspec.msgpack.decode(data or b"", type=list[StaffMember])] == ["anna"]
        data = await ledger.blob(items["catalogue"].sha256)
        assert msgspec.msgpack.decode(data or b"", type=list[Product]) == [dearer, tea]

    run(tmp_path, scenario)


def test_programmes_and_who_runs_them(tmp_path: Path) -> None:
    """Ahead at one store, then withdrawn: the overview tells what each till has."""

    async def scenario(shop: Shop) -> None:
        here, there = await shop.till("halles"), await shop.till("gare")
        day = date(2026, 9, 1)
        done = await PublishProgramme("p.toml", SECOND, day, ("gare",)).run(shop.ledger)
        assert (done.problems, done.changed) == ((), True)
        for till in (here, there):
            items = [item for item in (await till.pull()).config if item.what == "programme"]
            held = [Held(one.name, one.sha256, one.effective_from or day, one.number) for one in items]
            await till.push(held=tuple(held))
        seen = (await PublishedProgrammes().run(shop.ledger)).tills
        assert [(one.store, one.runs, one.ahead) for one in seen] == [
            ("gare", ("bakery", 1), (("bakery", 2, day),)), ("halles", ("bakery", 1), ()),
        ]  # fmt: skip
        shop.clock.advance(days=200)
        seen = (await PublishedProgrammes().run(shop.ledger)).tills
        assert [(one.store, one.runs, one.current) for one in seen] == [
            ("gare", ("bakery", 2), True), ("halles", ("bakery", 1), True),
        ]  # fmt: skip
        await WithdrawProgramme("bakery", 2).run(shop.ledger)
        overview = await PublishedProgrammes().run(shop.ledger)
        assert [one.state for one in overview.programmes] == ["in_force", "withdrawn"]
        assert [one.current for one in overview.tills] == [False, True]

    run(tmp_path, scenario)


def test_members_are_taken_once(tmp_path: Path) -> None:
    """By id: the second time they are here already; the books hold what they brought."""

    async def scenario(shop: Shop) -> None:
        lots = (OpeningLot("points", 40, date(2026, 12, 31)), OpeningLot("stamp:coffee", 3))
        one = ImportedMember(2, "old-1", (), "halles", None, lots)
        taken = await ImportMembers((one,)).run(shop.ledger)
        assert (taken.new, taken.same, taken.refused) == ((2,), 0, ())
        taken = await ImportMembers((one,)).run(shop.ledger)
        assert (taken.new, taken.same) == ((), 1)
        [row] = (await (await shop.till()).pull()).members
        assert row.available == {"points": 40, "stamp:coffee": 3}

    run(tmp_path, scenario)

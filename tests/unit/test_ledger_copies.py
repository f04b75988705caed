"""Copies of a ledger: what they make durable, who may read them, and how one takes the place of a database."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from sync.ledger import backup
from sync.ledger.durable import CopiedHead, SetDurable
from sync.ledger.open import open_ledger
from sync.ledger.port import StorageFault
from tests.unit.ledger_kit import Shop, open_shop, run
from tests.unit.recovery_kit import copied, leased

pytestmark = pytest.mark.engines("sqlite")


def test_a_copy_makes_durable_what_it_holds(tmp_path: Path) -> None:
    """Not more; another ledger's copy proves nothing; what was durable stays durable."""

    async def scenario(shop: Shop) -> None:
        till, _, member = await leased(shop)
        heads = backup.heads_in(copied(shop, tmp_path))
        till.euros(member, 1)
        await till.push()
        assert (await SetDurable(heads).run(shop.ledger)).moved == 1
        assert (await till.push()).durable_seq == 2
        wrong = CopiedHead(till.paired.dev, till.paired.inc, 3, b"x" * 32)
        assert (await SetDurable((wrong, CopiedHead(99, 1, 0, b""))).run(shop.ledger)).foreign == 2
        assert (await SetDurable().run(shop.ledger)).moved == 1
        assert (await SetDurable(heads).run(shop.ledger)).moved == 0
        assert (await till.push()).durable_seq == 3

    run(tmp_path, scenario)


def test_a_copy_is_private_and_whole(tmp_path: Path) -> None:
    """Readable by its owner alone, key beside it; what is no copy is refused, and what was there stays there."""

    async def prepare() -> None:
        async with open_shop(tmp_path) as shop:
            await leased(shop)
            copied(shop, tmp_path)

    def put(name: str, **options: Any) -> Any:
        return asyncio.run(backup.restore(tmp_path / name, tmp_path / "ledger.db", 1000, **options))

    asyncio.run(prepare())
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("copy.db", "copy.db.key")} == {0o600}
    before = (tmp_path / "ledger.db").read_bytes()
    (tmp_path / "bad.db").write_bytes(b"no database" * 1000)
    shutil.copy(tmp_path / "copy.db.key", tmp_path / "bad.db.key")
    with pytest.raises(StorageFault, match="no copy of a ledger"):
        put("bad.db", replace=True)
    with pytest.raises(StorageFault, match="--replace"):
        put("copy.db", replace=False)
    (tmp_path / "copy.db.key").rename(tmp_path / "away")
    with pytest.raises(StorageFault, match="key"):
        put("copy.db", replace=True)
    assert (tmp_path / "ledger.db").read_bytes() == before
    assert not list(tmp_path.glob("*.restored*"))
    assert not list(tmp_path.glob("*.part"))


def test_a_restore_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    """No ledger begins with nothing meanwhile, and the log of the former database is not written over the copy."""

    async def prepare() -> bytes:
        async with open_shop(tmp_path) as shop:
            await leased(shop)
            copied(shop, tmp_path)
            return (tmp_path / "ledger.db-wal").read_bytes()

    log = asyncio.run(prepare())
    (tmp_path / "ledger.db").rename(tmp_path / "ledger.db.before-1")
    (tmp_path / "ledger.db-wal").write_bytes(log)
    shutil.copy(tmp_path / "copy.db", tmp_path / "ledger.db.restored")
    with pytest.raises(StorageFault, match="cut off"):
        asyncio.run(open_ledger(tmp_path / "ledger.db"))
    asyncio.run(backup.restore(tmp_path / "copy.db", tmp_path / "ledger.db", 2000, replace=False))
    assert (tmp_path / "ledger.db.before-2-wal").read_bytes() == log
    assert asyncio.run(epoch_of(tmp_path / "ledger.db")) == 2


async def epoch_of(database: Path) -> int:
    """How often a resting ledger was restored, and one."""
    ledger = await open_ledger(database)
    try:
        return ledger.epoch
    finally:
        await ledger.close()


def test_a_running_ledger_is_not_replaced(tmp_path: Path) -> None:
    """Its file is taken: stop it first."""

    async def scenario(shop: Shop) -> None:
        copy = copied(shop, tmp_path)
        with pytest.raises(StorageFault, match="stop it first"):
            await backup.restore(copy, tmp_path / "ledger.db", 1000, replace=True)

    run(tmp_path, scenario)

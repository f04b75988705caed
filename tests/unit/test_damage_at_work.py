"""A page of the till's file goes bad while the till runs (failure table, row 19): real bytes of a real file."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from sync.till.database import DAMAGED_NAME, FILE_NAME, StoreDamaged, open_store
from sync.till.events import OnlineChanged
from sync.till.salvage import salvage
from tests.unit.till_kit import Shop

PAGE = 4096


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "till")
    made.sign_in()
    yield made
    made.close()


def spoil(shop: Shop, *tables: str) -> list[tuple[int, bytes]]:
    """Overwrite the root pages of these tables in the file under the running till; what was there."""
    shop.store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    rows = shop.store.writer.execute("SELECT name, rootpage FROM sqlite_master").fetchall()
    roots = [page for name, page in rows if name in tables]
    assert len(roots) == len(tables)
    with (shop.folder / FILE_NAME).open("r+b") as file:
        kept = [((root - 1) * PAGE, _page(file, root)) for root in roots]
        for place, _ in kept:
            file.seek(place)
            file.write(b"\xff" * PAGE)
    return kept


def _page(file: BinaryIO, root: int) -> bytes:
    file.seek((root - 1) * PAGE)
    return file.read(PAGE)


def forget(shop: Shop) -> None:
    """Something is committed beside the damage: nobody goes by pages any more that were read before."""
    shop.write(lambda conn: conn.execute("UPDATE mark SET high_ms = high_ms + 1"))


@pytest.mark.parametrize("table", ["profile", "slice", "config_item"])
def test_the_till_says_so_records_nothing_more_and_is_checked_at_its_start(shop: Shop, table: str) -> None:
    """Whatever cannot be read, in a use case or while the screen is drawn: one sentence; the journal is saved whole."""
    card = shop.with_points(1, 450)
    shop.sale(card, "600")
    shop.sale(card, "250")
    written = shop.entries()
    assert shop.code == "recorded"
    spoil(shop, table)
    forget(shop)
    for _ in range(2):
        shop.sale(card, "700")
        shop.till.tick()
        shop.till.heard(OnlineChanged(True, None))
        shop.till.pump()
        shop.till.escape()
        assert shop.code == "store_damaged"
        notice = shop.till.view().notice
        assert notice is not None
        assert "restart the till" in notice.text
    assert (shop.folder / DAMAGED_NAME).exists()
    shop.store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # an orderly stop
    shop.store.close()
    assert not (shop.folder / (FILE_NAME + "-wal")).exists()
    with pytest.raises(StoreDamaged):
        open_store(shop.folder)
    salvage(shop.folder, shop.folder / "saved")
    lines = (shop.folder / "saved").read_bytes().splitlines()
    saved = [msgspec.json.decode(line) for line in lines]
    assert [one["seq"] for one in saved if one["type"] == "entry"] == [one.seq for one in written]


def test_a_file_that_is_whole_again_goes_on(shop: Shop) -> None:
    """Where the start finds nothing wrong, as after a bad cable, the till sells on, and the mark is gone."""
    card = shop.with_points(1, 450)
    kept = spoil(shop, "profile")
    forget(shop)
    shop.scan(card)
    assert shop.code == "store_damaged"
    with (shop.folder / FILE_NAME).open("r+b") as file:
        for place, data in kept:
            file.seek(place)
            file.write(data)
    shop.restart()
    assert not (shop.folder / DAMAGED_NAME).exists()
    shop.sign_in()
    shop.sale(card, "600")
    assert shop.kinds() == ["TICKET"]

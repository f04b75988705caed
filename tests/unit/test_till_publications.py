"""What a till keeps of what was published: newer over older, withdrawn ones aside, the revoked shut out."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sync.lists import StaffMember
from sync.publication import ConfigItem, Revocation
from sync.till import config
from sync.till.database import Store, open_store
from sync.till.writer import InlineWriter

DAY = date(2026, 9, 1)


class Shelf:
    """A till's store to which things are published."""

    def __init__(self, store: Store) -> None:
        self.writer, self.reader = InlineWriter(store), store.reader()

    def item(self, what: str, data: bytes, number: int, since: date | None = None) -> ConfigItem:
        return ConfigItem(what, "x", hashlib.sha256(data).digest(), since, number, number)

    def put(self, what: str, data: bytes, number: int, since: date | None = None) -> ConfigItem:
        item = self.item(what, data, number, since)
        self.writer.run(lambda conn: config.store_item(conn, item, data))
        return item

    def staff(self) -> list[str]:
        return [one.id for one in config.staff(self.reader)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    store = open_store(tmp_path / "till")
    yield Shelf(store)
    store.close()


def people(*names: str) -> bytes:
    """A staff list."""
    return msgspec.msgpack.encode(
        [StaffMember(name, name, "cashier", name.encode(), "pin") for name in names]
    )


def test_a_withdrawn_programme_gives_way_to_the_former(shelf: Shelf) -> None:
    """It is not in force nor held, its bytes stay for its tickets; published again it is back."""
    shelf.put("programme", b"first", 1, date(2025, 1, 1))
    second = shelf.put("programme", b"second", 2, DAY)
    assert config.programme_for(shelf.reader, DAY) == b"second"
    gone = msgspec.structs.replace(second, number=3, withdrawn=True)
    shelf.writer.run(lambda conn: config.store_item(conn, gone, b""))
    assert config.programme_for(shelf.reader, DAY) == b"first"
    assert [one.number for one in config.held(shelf.reader)] == [1]
    assert config.programme_by_hash(shelf.reader, second.sha256) == b"second"
    shelf.put("programme", b"second", 4, DAY)
    assert config.programme_for(shelf.reader, DAY) == b"second"
    assert [(one.effective_from, one.number) for one in config.held(shelf.reader)][1:] == [(DAY, 4)]


def test_an_older_number_is_no_news(shelf: Shelf) -> None:
    """A statement that was sent again, or held back and sent later, changes nothing."""
    second = shelf.put("programme", b"second", 5, DAY)
    for number, news in ((4, False), (5, False), (6, True)):
        assert config.is_news(shelf.reader, msgspec.structs.replace(second, number=number)) is news
    assert config.is_news(shelf.reader, shelf.item("programme", b"other", 2, DAY))
    assert config.is_news(shelf.reader, shelf.item("programme", b"second", 2, date(2026, 10, 1)))
    shelf.put("catalogue", b"\x90", 7)
    assert not config.is_news(shelf.reader, shelf.item("catalogue", b"\x91\xc0", 6))
    shelf.put("staff", people("a"), 9)
    other = msgspec.structs.replace(shelf.item("staff", people("b"), 8), name="another")
    assert not config.is_news(shelf.reader, other)


def test_the_revoked_are_out_until_a_newer_list_names_them(shelf: Shelf) -> None:
    """A list written before the revocation does not bring them back."""
    shelf.put("staff", people("a", "b"), 3)
    shelf.writer.run(lambda conn: config.revoke(conn, [Revocation("a", 5)]))
    assert shelf.staff() == ["b"]
    shelf.put("staff", people("a", "b", "c"), 4)
    assert shelf.staff() == ["b", "c"]
    assert config.person(shelf.reader, "a") is None
    shelf.put("staff", people("a", "c"), 6)
    assert shelf.staff() == ["a", "c"]

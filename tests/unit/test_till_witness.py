"""A printed receipt that the till's journal does not have: its disk lied about its flush, or was set back."""

import shutil
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.till.record import unpack
from sync.till import moves
from sync.till.cursors import sync_state
from sync.till.identity import identity
from sync.till.tickets import recent
from sync.tills import StoreTill, StoreTills, signed_tills
from tests.unit.till_kit import Shop


def sold(shop: Shop) -> str:
    """A sale; what its receipt prints at its foot."""
    shop.scan(shop.member(1))
    shop.key_in("1000")
    result = recent(shop.store.reader(), 1)[0]
    return f"{result.reference} {unpack(result.result).tail}"


def type_number(shop: Shop, text: str) -> str:
    """F6, and the number as it was typed; the code of what the till says."""
    shop.till.open_return()
    shop.till.return_reference(text)
    return shop.code


def fenced(shop: Shop) -> bool:
    """Whether the till stops spending and sending until it is paired again."""
    return sync_state(shop.store.reader()).fenced


def test_a_receipt_with_its_characters_is_found(shop: Shop) -> None:
    """The six characters behind the number are no hindrance where they are right."""
    foot = sold(shop)
    assert type_number(shop, foot.upper()) == ""
    assert shop.view.returning is not None
    assert shop.view.returning.found


def test_a_disk_that_lied(shop: Shop, tmp_path: Path) -> None:
    """The journal ends before a printed receipt: typed twice as it stands there, nothing is spent any more."""
    folder = shop.store.folder
    sold(shop)
    shutil.copytree(folder, tmp_path / "before")
    foot = sold(shop)
    shop.store.close()
    shutil.rmtree(folder)
    (tmp_path / "before").rename(folder)
    shop.restart()
    shop.sign_in()
    assert type_number(shop, foot) == "receipt_check"
    assert not fenced(shop)
    assert type_number(shop, foot) == "receipt_against"
    assert fenced(shop)


def test_a_number_typed_wrong_stops_nothing(shop: Shop) -> None:
    """Without the six characters, or once only, it may be a mistake."""
    sold(shop)
    for text in ("2-1-999", "2-1-999", "2-1-999 abcdef", "2-1-998 abcdef", "2-1-998"):
        assert type_number(shop, text) == "receipt_check"
    assert not fenced(shop)


@pytest.mark.parametrize("text", ["2-1-1 abcdef", "2-2-1 abcdef"])
def test_another_entry_in_its_place(shop: Shop, text: str) -> None:
    """Other characters than the journal's, or a later life of this till: the same."""
    sold(shop)
    assert [type_number(shop, text), type_number(shop, text)] == ["receipt_check", "receipt_against"]
    assert fenced(shop)


def test_receipts_of_others_say_nothing(shop: Shop) -> None:
    """Another till's number is returned by its amount, as ever."""
    sold(shop)
    assert type_number(shop, "9-1-17 abcdef") == "ticket_unknown"
    assert not fenced(shop)


@pytest.mark.parametrize(("beside", "code"), [((1, 2), "ticket_unknown"), ((2,), "receipt_check")])
def test_a_copy_that_lives_on_beside_it(shop: Shop, beside: tuple[int, ...], code: str) -> None:
    """Both copies of a disk were paired again: what the later one prints says nothing, if the ledger names both."""
    who = identity(shop.store.reader())
    assert who is not None
    server = Ed25519PrivateKey.generate()
    known = tuple(StoreTill(who.dev, inc, "2", bytes(32)) for inc in beside)
    tills = signed_tills(StoreTills(who.store, 1, 1, known), server.sign)
    told = msgspec.structs.replace(who, server_key=server.public_key().public_bytes_raw())
    assert shop.writer.run(lambda connection: moves.learn(connection, told, tills, from_ledger=True))
    sold(shop)
    assert type_number(shop, f"{who.dev}-2-1 abcdef") == code

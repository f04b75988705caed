"""A card of another store at a till without its line in the list: it earns, and the ledger finds out whose it is."""

import asyncio
import os
from pathlib import Path
from typing import get_args

import nacl.pwhash
import pytest

from pos_app.till.till import Till
from sync.ledger.open import open_ledger
from sync.ledger.operation import operate
from sync.ledger.report import balances
from sync.ledger.shop_publish import member_id
from sync.ledger.snapshots import MakeSnapshot
from sync.till import index
from sync.till.cursors import cursors
from sync.till.everyone import CacheScope
from tests.e2e.ledger_process import CARD, LedgerProcess, write_shop
from tests.e2e.till_side import TillSide

LATER = 10**12
NEAR, FAR = "2900000000025", "2900000000032"
SHOP = """region = "paris"

[[store]]
id = "gare"
name = "Gare"
region = "paris"

[[store]]
id = "lyon"
name = "Lyon"
"""
KNOWN = {"store": {CARD}, "region": {CARD, NEAR}, "all": {CARD, NEAR, FAR}}
BADGE, PIN = "BDG-CAMILLE", "1234"


def shop_of(folder: Path) -> Path:
    """Three stores, two of one region, with a member each; a cashier who can sign in."""
    shop = write_shop(folder)
    with (shop / "shop.toml").open("a", encoding="utf-8") as file:
        file.write(SHOP)
    members = f"number,first_name,store\n{CARD},Adèle,halles\n{NEAR},Noé,gare\n{FAR},Flore,lyon\n"
    (shop / "members.csv").write_text(members, "utf-8")
    kind = nacl.pwhash.argon2id
    pin = kind.str(PIN.encode(), kind.OPSLIMIT_MIN, kind.MEMLIMIT_MIN).decode()
    staff = (
        f"""[[staff]]\nid = "c1"\nname = "Camille"\nrole = "cashier"\nbadge = "{BADGE}"\npin = "{pin}"\n"""
    )
    (shop / "staff.toml").write_text(staff, "utf-8")
    return shop


def load(till: TillSide, scope: CacheScope) -> None:
    """Everything the ledger has for this till."""
    client = till.connect(cache_scope=scope)
    while not {one.bucket for one in cursors(till.store.reader())} >= {"config", "store:halles"}:
        client.pull.step(LATER)
    while scope != "store" and index.in_use(till.store.reader()) is None:
        client.everyone.wake()
        client.everyone.step(LATER)
    till.close_client()


def sell(till: TillSide) -> dict[str, bool]:
    """Ten euros to each of the three, without a line; whether the till knew them."""
    desk = Till(till.store, till.writer, till.clock, os.urandom)
    desk.scan_text(BADGE, "test")
    desk.pin(PIN)
    known = {}
    for card in (CARD, NEAR, FAR):
        desk.scan_text(card, "test")
        member = desk.view().member
        assert member is not None, desk.view().notice
        known[card] = member.known != "none"
        desk.typed("1000")
        desk.enter()
        assert desk.view().done is not None, desk.view().notice
        desk.escape()
    return known


async def points(database: Path) -> list[int]:
    ledger = await open_ledger(database)
    try:
        found = [
            await ledger.read(lambda work, card=card: balances(work.tx, member_id(card)))  # type: ignore[misc]
            for card in (CARD, NEAR, FAR)
        ]
        return [0 if one is None else one.balance() for one in found]
    finally:
        await ledger.close()


@pytest.mark.parametrize("scope", get_args(CacheScope))
def test_a_card_earns_whether_the_till_knows_it_or_not(tmp_path: Path, scope: CacheScope) -> None:
    """With each scope, and the points are its member's as soon as the ticket arrives."""
    database = tmp_path / "ledger.sqlite"
    till = TillSide(tmp_path / "till")
    try:
        with LedgerProcess(database, shop_of(tmp_path / "shop"), "--till", "halles=one") as ledger:
            asyncio.run(operate(database, MakeSnapshot()))
            till.pair(ledger.url, ledger.codes[0])
            load(till, scope)
        known = sell(till)
        assert {card for card, was in known.items() if was} == KNOWN[scope]
        with LedgerProcess(database, None, port=ledger.port):
            client = till.connect()
            while till.accepted() < till.head():
                client.push.wake()
                client.push.step(LATER)
    finally:
        till.close()
    assert asyncio.run(points(database)) == [10, 10, 10]

"""A real till on a real store: the demo's programme, two cashiers, three products, two members, no ledger."""

import hashlib
import os
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

from pos_app.till.parts import Options
from pos_app.till.till import Till
from rules.account import Account, Holding
from sync import field, numbers
from sync.system_clock import SystemClock
from sync.till import config, cursors, identity, members
from sync.till.database import Connection, Store, open_store
from sync.till.identity import Identity
from sync.till.writer import InlineWriter
from sync.tokens import card_token
from sync.wire import ConfigItem, MemberRow, Product, StaffMember, pack

BADGE, PIN = "BDG-CAMILLE", "1234"
COFFEE = "3000000000014"
CARDS = tuple(numbers.member_number(n, b"card numbers of these tests") for n in (1, 2))
NAMES = ("Zoé M.", "Abel R.")


def prepare(folder: Path) -> None:
    """Make the till's folder."""
    store = open_store(folder)
    who = identity.standalone_identity(os.urandom, "halles", "2", "Europe/Paris")
    writer = InlineWriter(store)
    writer.run(lambda conn: _publish(conn, who))
    rows = [_row(who, n) for n in (1, 2)]
    writer.run(lambda conn: members.store_rows(conn, who, rows, 0))
    store.close()


def open_till(folder: Path, language: str = "en") -> tuple[Till, Store]:
    """The till of a prepared folder, locked; close the store afterwards."""
    store = open_store(folder)
    options = Options(language=language)
    return Till(store, InlineWriter(store), SystemClock(), os.urandom, None, options=options), store


def _publish(conn: Connection, who: Identity) -> None:
    identity.save_identity(conn, who)
    cursors.begin_incarnation(conn, cursors.SyncState())
    demo = files("assets") / "demo"
    _file(conn, "programme", (demo / "programme.toml").read_bytes())
    people = tomllib.loads((demo / "staff.toml").read_text("utf-8"))["staff"]
    staff = [
        StaffMember(one["id"], one["name"], one["role"], card_token(who.lookup_key, one["badge"]), one["pin"])
        for one in people
    ]
    _file(conn, "staff", pack(tuple(staff)))
    coffee = Product(COFFEE, "COF", {"fr": "Café", "en": "Coffee"}, "coffee", "hot", 180)
    _file(conn, "catalogue", pack((coffee,)))


def _file(conn: Connection, what: str, data: bytes) -> None:
    config.store_item(conn, ConfigItem(what, "t", hashlib.sha256(data).digest(), date(2025, 1, 1), 1), data)


def _row(who: Identity, member: int) -> MemberRow:
    earned, last = date(2026, 1, 5), date(2034, 1, 1)
    account = Account(
        member=member,
        since=date(2024, 3, 1),
        visits=4,
        holdings=(Holding("points", f"9-1-{member}", 240, earned, earned, last),),
        balance={"points": 240},
    )
    display = field.encrypt_display(who.scope_key, member, NAMES[member - 1])
    token = card_token(who.lookup_key, CARDS[member - 1])
    return MemberRow(member, (token,), (), display, account, {"points": 240}, {}, 1)

"""The till's folder that the benches work on: an identity of its own, the demo's programme, a cashier, many members."""

import hashlib
import random
import tempfile
import tomllib
from datetime import date
from importlib.resources import files
from itertools import islice
from pathlib import Path

from rules.account import Account, Holding
from sync import field, numbers
from sync.ledger.snapshot_file import SnapshotFile
from sync.lists import Product, StaffMember
from sync.publication import ConfigItem
from sync.snapshot import Manifest
from sync.thin import THIN, ThinCard, ThinMember, day_number, short
from sync.till import config, cursors, identity, index, members
from sync.till.database import Connection, open_store
from sync.till.identity import Identity
from sync.till.writer import InlineWriter
from sync.tokens import card_token
from sync.wire import Cursor, MemberRow, pack

BADGE, PIN = "BDG-CAMILLE", "1234"  # the demo's cashier
REGULARS = 20_000  # members of this store: with name and account; all others have a thin row
LINES_AT_ONCE = 50_000
LAST_DAY = date(2035, 1, 1)
EARNED = date(2026, 1, 5)
_CARD_KEY = b"card numbers of the benchmark, no secret"


def card(member: int) -> str:
    """The card number of `member`."""
    return numbers.member_number(member, _CARD_KEY)


def name(member: int) -> str:
    """A display name that no other member has and that stands whole on the smallest screen."""
    return f"Zoé Q{member:07d}"


def prepare(folder: Path, count: int, draws: random.Random) -> Identity:
    """Make a till in `folder` that works alone, with `count` members, the first REGULARS of them known by name."""
    store = open_store(folder)
    writer = InlineWriter(store)
    who = identity.standalone_identity(draws.randbytes, "halles", "1", "Europe/Paris")
    writer.run(lambda conn: _publish(conn, who))
    digest, size = _write_list(folder, count)
    manifest = Manifest(digest, 1, 1, 0, count, size, ())
    writer.run(lambda conn: index.take(conn, manifest, 0, Cursor(THIN, 1, 1)))
    rows = (_regular(who, member) for member in range(1, min(count, REGULARS) + 1))
    while batch := list(islice(rows, 500)):
        writer.run(lambda conn, batch=batch: members.store_rows(conn, who, batch, 0))
    writer.stop()
    store.close()
    return who


def _publish(conn: Connection, who: Identity) -> None:
    identity.save_identity(conn, who)
    cursors.begin_incarnation(conn, cursors.SyncState())
    demo = files("assets") / "demo"
    _publish_file(conn, "programme", (demo / "programme.toml").read_bytes())
    people = tomllib.loads((demo / "staff.toml").read_text(encoding="utf-8"))["staff"]
    staff = tuple(
        StaffMember(one["id"], one["name"], one["role"], card_token(who.lookup_key, one["badge"]), one["pin"])
        for one in people
    )
    _publish_file(conn, "staff", pack(staff))
    coffee = Product("3000000000014", "COF", {"fr": "Café", "en": "Coffee"}, "coffee", "hot", 180)
    _publish_file(conn, "catalogue", pack((coffee,)))


def _publish_file(conn: Connection, what: str, data: bytes) -> None:
    item = ConfigItem(what, "bench", hashlib.sha256(data).digest(), date(2025, 1, 1), 1)
    config.store_item(conn, item, data)


def _write_list(folder: Path, count: int) -> tuple[bytes, int]:
    """Put the file of `count` members' lines where the till looks for it; its SHA-256 and size."""
    with tempfile.TemporaryDirectory(dir=folder) as work:
        file = SnapshotFile(Path(work))
        for first in range(1, count + 1, LINES_AT_ONCE):
            some = range(first, min(first + LINES_AT_ONCE, count + 1))
            lines = [ThinMember(member, member % 700, "", 0, day_number(LAST_DAY)) for member in some]
            file.add(lines, [ThinCard(short(_token(member)), member) for member in some])
        digest = file.finish()
        size = file.path.stat().st_size
        file.path.replace(folder / index.file_name(digest))
    return digest, size


def _token(member: int) -> bytes:
    return hashlib.blake2b(member.to_bytes(8, "big"), digest_size=16).digest()


def _regular(who: Identity, member: int) -> MemberRow:
    """A regular: two lots of points, a few stamps, a year of visits at one or another time."""
    holdings = tuple(
        Holding(asset, f"9-1-{member}-{n}", quantity, EARNED, EARNED, LAST_DAY)
        for n, (asset, quantity) in enumerate(
            (("points", 60 + member % 200), ("points", 40), ("stamp:coffee", 1 + member % 8))
        )
    )
    balance = {"points": 100 + member % 200, "stamp:coffee": 1 + member % 8}
    account = Account(
        member=member,
        since=date(2024, 3, 1),
        birthday=(1 + member % 12, 1 + member % 28),
        visits=member % 90,
        first_visit=date(2024, 3, 1),
        last_visit=date(2026, 4, 20),
        state={"regular": {"month": "2026-04", "visits": member % 4, "day": "2026-04-20"}},
        holdings=holdings,
        balance=balance,
    )
    display = field.encrypt_display(who.scope_key, member, name(member))
    token = card_token(who.lookup_key, card(member))
    return MemberRow(member, (token,), (), display, account, balance, {}, 1)

"""A small shop for tests of the till: a real store file, a fixed clock, fixed randomness, a ledger played by hand."""

import datetime
import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from nacl.pwhash import argon2id

from pos_app.languages.words import Words
from pos_app.screens.desk import fresh
from pos_app.till.parts import Options
from pos_app.till.till import Till
from pos_app.till.view import Stage, View
from rules.account import POINTS, Account, Holding
from sync.chain import genesis_hash
from sync.crash import no_crash
from sync.entry import Body, Entry, Slice, body_of
from sync.field import encrypt_display
from sync.figures import Now
from sync.history import HistoryAnswer
from sync.lists import Product, StaffMember
from sync.numbers import check_digit
from sync.publication import ConfigItem
from sync.till import config, cursors, journal, members, numbers_store, slices
from sync.till.database import Connection, Store, open_store
from sync.till.events import AccountArrived, HoldArrived, OnlineChanged
from sync.till.identity import save_pairing
from sync.till.network import Neighbour, NetworkState
from sync.till.offline import OfflineReason
from sync.till.writer import InlineWriter
from sync.tokens import card_token, contact_key
from sync.wire import Block, Grant, HoldAnswer, MemberRow, PairAnswer, Want
from tests.unit.whole_screen import cut, shortened

HEAD = b"""format = 1
[programme]
id = "fidele"
name = { fr = "Carte du fournil", en = "Bakery card" }
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
"""
PROGRAMME = (
    HEAD
    + b"""
[[rule]]
id = "base"
kind = "earn.amount"
label = { fr = "1 point par euro", en = "1 point per euro" }
points = 1
per = 1.00

[[rule]]
id = "regular"
kind = "earn.visits"
label = { fr = "4e visite du mois", en = "4th visit of the month" }
per = "month"
steps = [{ visit = 4, points = 30 }]

[[rule]]
id = "coffee"
kind = "stamp"
label = { fr = "Carte cafe", en = "Coffee card" }
lines = ".category == 'coffee'"
per = "unit"
need = 10
reward = { kind = "free_unit", lines = ".category == 'coffee'" }

[[rule]]
id = "five"
kind = "burn.money"
label = { fr = "5 EUR de remise", en = "5 EUR off" }
points = 100
value = 5.00
min_basket = 5.00
"""
)

BADGE, PIN = "BDG-CAMILLE1", "1234"
OTHER_BADGE, OTHER_PIN = "BDG-SOFIA001", "9876"
_HASHES = {
    pin: argon2id.str(pin.encode(), opslimit=argon2id.OPSLIMIT_MIN, memlimit=argon2id.MEMLIMIT_MIN).decode()
    for pin in (PIN, OTHER_PIN)
}
COFFEE, BREAD = "2000000001005", "3017620422003"
START = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
DAY_MS = 86_400_000
LOOKUP = bytes(range(32))


def card_number(n: int) -> str:
    """The n-th own card of the chain."""
    body = f"29{n:010d}"
    return body + check_digit(body)


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.wall = int(START.timestamp() * 1000)
        self.mono = 1_000_000
        self.name = "boot-1"

    def wall_ms(self) -> int:
        return self.wall

    def mono_ms(self) -> int:
        return self.mono

    def boot(self) -> str:
        return self.name

    def pass_ms(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms


class PlayedLedger:
    """The till's side of a ledger that answers only when the test says so."""

    def __init__(self) -> None:
        self.online = True
        self.accounts: list[bytes] = []
        self.holds: list[tuple[str, int, tuple[Want, ...]]] = []
        self.released: list[str] = []
        self.moves: list[tuple[str, int, tuple[Want, ...], datetime.date]] = []
        self.neighbours: tuple[Neighbour, ...] = ()
        self.figures: list[Now] = []
        self.histories: list[int] = []
        self.habits: list[int] = []
        self.codes: list[bytes] = []
        self.told_history: HistoryAnswer | None = None
        self.pushes = 0
        self.told_neighbours = 0
        self.copies: list[tuple[int, str]] = []

    def request_account(self, token: bytes) -> None:
        self.accounts.append(token)

    def request_hold(self, ticket: str, member: int, wants: tuple[Want, ...]) -> None:
        self.holds.append((ticket, member, wants))

    def request_move(self, ticket: str, member: int, wants: tuple[Want, ...], day: datetime.date) -> None:
        self.moves.append((ticket, member, wants, day))

    def release_hold(self, ticket: str) -> None:
        self.released.append(ticket)

    def request_history(self, member: int) -> None:
        self.histories.append(member)

    def history(self, member: int) -> HistoryAnswer | None:
        return self.told_history

    def request_habits(self, member: int, token: bytes) -> None:
        self.habits.append(member)

    def claim_code(self, code: bytes) -> None:
        self.codes.append(code)

    def request_figures(self, now: Now) -> None:
        self.figures.append(now)

    def wake_push(self) -> None:
        self.pushes += 1

    def tell_neighbours(self) -> None:
        self.told_neighbours += 1

    def request_copy(self, member: int, by: str) -> None:
        self.copies.append((member, by))

    @property
    def near(self) -> bool:
        return any(one.here for one in self.neighbours)

    def state(self) -> NetworkState:
        reason = None if self.online else OfflineReason.UNREACHABLE
        return NetworkState(
            self.online, 0, int(START.timestamp() * 1000), 0, 0, None, reason, None, self.neighbours
        )


class Shop:
    """A till in its shop. `till` is the running one; `restart` stops and starts it on the same files."""

    def __init__(
        self, folder: Path, *, ledger_url: str = "http://ledger", programme: bytes = PROGRAMME
    ) -> None:
        self.folder = folder
        self.clock = FixedClock()
        self.random = random.Random(11).randbytes
        self.ledger = PlayedLedger()
        self.crash: Callable[[str], None] = no_crash
        self.ledger_url = ledger_url
        self.options = Options(language="en")
        self.sealing = X25519PrivateKey.from_private_bytes(bytes([7] * 32))
        self.gno = 0
        self.published = 0
        self.store: Store = open_store(folder)
        self.writer = InlineWriter(self.store)
        self._set_up(programme)
        self.till = self._start()

    def _set_up(self, programme: bytes) -> None:
        answer = PairAnswer(
            dev=2,
            inc=1,
            store="halles",
            store_name="Halles",
            till="Till 2",
            timezone="Europe/Paris",
            genesis=genesis_hash(b"pairing"),
            server_key=bytes(32),
            ratchet=b"r",
            lookup_key=LOOKUP,
            scope_key=bytes([3] * 32),
            sealing_key=self.sealing.public_key().public_bytes_raw(),
            permutation_key=bytes([5] * 32),
            blocks=(Block("member", 5000, 5004), Block("card", 70, 79)),
            ledger_epoch=1,
        )
        products = [
            Product(COFFEE, "F001", {"fr": "Expresso", "en": "Espresso"}, "coffee", "", 160),
            Product(BREAD, "F002", {"fr": "Pain", "en": "Bread"}, "bread", "", 350),
        ]
        staff = [
            StaffMember("c1", "Camille", "cashier", card_token(LOOKUP, BADGE), _HASHES[PIN]),
            StaffMember("m1", "Sofia", "manager", card_token(LOOKUP, OTHER_BADGE), _HASHES[OTHER_PIN]),
        ]
        self.write(lambda conn: save_pairing(conn, answer, bytes([9] * 32), self.ledger_url))
        self.publish("programme", programme)
        self.publish("catalogue", msgspec.msgpack.encode(products))
        self.publish("staff", msgspec.msgpack.encode(staff))

    def publish(self, what: str, data: bytes, since: datetime.date | None = None) -> None:
        """What a pull does with a published file: it holds from that day on, or at once, in place of the former."""
        self.published += 1
        item = ConfigItem(what, what, hashlib.sha256(data).digest(), since, self.published)
        self.write(lambda conn: config.store_item(conn, item, data))

    def _start(self) -> Till:
        return Till(
            self.store,
            self.writer,
            self.clock,
            self.random,
            self.ledger,
            options=self.options,
            crash=self._crash,
        )

    def _crash(self, point: str) -> None:
        self.crash(point)

    def restart(self) -> Till:
        """Stop the till as a power cut would and start it again: a new boot."""
        self.store.close()
        self.clock.name += "+"
        self.clock.mono = 5_000
        self.store = open_store(self.folder)
        self.writer = InlineWriter(self.store)
        self.till = self._start()
        return self.till

    def close(self) -> None:
        self.store.close()

    # --- short ways

    def write(self, job: Callable[[Connection], object]) -> None:
        self.writer.run(job)

    @property
    def view(self) -> View:
        """What the till shows; a small job, or a return beside two of its lines, must have room at 80x24."""
        view = self.till.view()
        if view.stage in (Stage.ERRAND, Stage.RETURN):
            assert cut(shortened(view), fresh(view), Words(view.language, view.currency), (80, 24)) == []
        return view

    @property
    def code(self) -> str:
        """The code of the notice that shows."""
        return self.view.notice.code if self.view.notice is not None else ""

    def sign_in(self) -> None:
        self.till.scan_text(BADGE, "test")
        self.till.pin(PIN)

    def scan(self, code: str) -> None:
        """A scan well after the last one."""
        self.clock.pass_ms(3_500)
        self.till.scan_text(code, "test")

    def key_in(self, text: str) -> None:
        """Type into the field, key by key, then Enter."""
        for n in range(1, len(text) + 1):
            self.till.typed(text[:n])
        self.till.enter()

    def sale(self, card: str, amount: str) -> None:
        """Scan, amount, Enter."""
        self.scan(card)
        self.key_in(amount)

    # --- members and what the ledger says

    def member(self, n: int, *, name: str = "", phone: str = "", **fields: object) -> str:
        """A member of the store with card `n`, known in full; returns the card number."""
        account = Account(member=n, since=datetime.date(2025, 1, 1), **fields)  # type: ignore[arg-type]
        row = self.row(n, account, name=name, phone=phone)
        identity = self.till.parts.identity
        self.write(lambda conn: members.store_rows(conn, identity, [row], 0))
        return card_number(n)

    def row(self, n: int, account: Account, *, name: str = "", phone: str = "") -> MemberRow:
        scope = bytes([3] * 32)
        contacts = (contact_key(LOOKUP, phone),) if phone else ()
        token = card_token(LOOKUP, card_number(n))
        return MemberRow(
            n, (token,), contacts, encrypt_display(scope, n, name), account, dict(account.balance), {}, 1
        )

    def with_points(self, n: int, points: int, **fields: object) -> str:
        """A member who owns points that the ledger holds."""
        return self.member(n, balance={POINTS: points}, holdings=(lot(POINTS, "c-1", points),), **fields)

    def grant(self, member: int, ticket: str, asset: str, quantity: int, lot_name: str = "c-1") -> None:
        """The ledger answers a hold with `quantity` units."""
        self.gno += 1
        piece = Slice(asset, lot_name, quantity, datetime.date(2027, 12, 31))
        grant = Grant(f"g-2-1-{self.gno}", "hold", member, self.gno, (piece,), ticket, 1)
        self.write(lambda conn: slices.receive(conn, [grant]))
        self.till.heard(HoldArrived(HoldAnswer("granted", (grant,), {}), ticket))
        self.till.pump()

    def answer_account(self, n: int, account: Account | None) -> None:
        token = card_token(LOOKUP, card_number(n))
        row = self.row(n, account) if account is not None else None
        if row is not None:
            identity = self.till.parts.identity
            self.write(lambda conn: members.store_rows(conn, identity, [row], 0, asked=True))
        self.till.heard(AccountArrived(token, row, 0))
        self.till.pump()

    def go_offline(self) -> None:
        self.ledger.online = False
        self.till.heard(OnlineChanged(False, OfflineReason.UNREACHABLE))
        self.till.pump()

    def accept_all(self) -> None:
        """The ledger has taken everything written so far."""

        def job(conn: Connection) -> None:
            state = cursors.sync_state(conn)
            cursors.save_sync_state(conn, msgspec.structs.replace(state, accepted_seq=journal.head(conn)[0]))

        self.write(job)

    # --- looking behind

    def entries(self) -> list[Entry]:
        conn = self.store.reader()
        found = (journal.entry_at(conn, seq) for seq in range(1, journal.head(conn)[0] + 1))
        return [entry for entry in found if entry is not None]

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries()]

    def last_body(self) -> Body:
        return body_of(self.entries()[-1])

    def bodies(self, kind: str) -> list[Body]:
        return [body_of(entry) for entry in self.entries() if entry.kind == kind]

    def held(self, member: int, asset: str = POINTS) -> int:
        """Units of an asset this till holds for a member."""
        return sum(
            piece.quantity for piece in slices.slices_of(self.store.reader(), member) if piece.asset == asset
        )

    def numbers_left(self, kind: str) -> int:
        return numbers_store.left(self.store.reader(), kind)


def lot(asset: str, name: str, quantity: int) -> Holding:
    """A lot the ledger knows, usable for a long time."""
    day = datetime.date(2026, 1, 1)
    return Holding(asset, name, quantity, day, day, datetime.date(2027, 12, 31))


def fill_the_disk(shop: Shop) -> None:
    """No page can be added to the till's file: tickets are tried until one has no room, and stands there unrecorded."""
    pages = shop.store.writer.execute("PRAGMA page_count").fetchone()[0]
    shop.store.writer.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(200):
        shop.till.put_amount("4590")
        shop.till.enter()
        if shop.code == "disk":
            return
    raise AssertionError("the file took two hundred tickets")

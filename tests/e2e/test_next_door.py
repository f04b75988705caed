"""Two real tills and a killed ledger: the lease of a customer goes over the shop's own network to where they stand."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from pos_app.compose import Pairing, RunningTill
from pos_app.config import TillConfig
from pos_app.demo.shop import DemoMember, write_shop
from pos_app.till.till import Till
from rules.account import POINTS
from sync.entry import TicketBody, body_of
from sync.granted import MOVED
from sync.grants import LEASE
from sync.ledger.audit import check
from sync.ledger.port import Transaction
from sync.ledger.report import balances, quarantine
from sync.ledger.sqlite import SqliteStorage
from sync.till import journal, slices
from tests.e2e.ledger_process import LedgerProcess
from tests.e2e.moved_clock import MovedClock

WAIT_S = 60.0


class Pair:
    """A store with two tills that know each other's doors, and its ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members = write_shop(folder / "shop", date.today(), 8, random.Random(7).randrange)
        self.database = folder / "ledger.sqlite"
        self.clock = MovedClock(folder / "clock")
        self.clock.move_to(int(time.time() * 1000))
        self.ledger = LedgerProcess(
            self.database, folder / "shop", "--till", "halles=1", "--till", "halles=2"
        )
        ports = [free_port(), free_port()]
        self.running = [
            RunningTill(
                folder / f"till-{n}",
                TillConfig(
                    language="en",
                    door=f"127.0.0.1:{ports[n]}",
                    neighbours=(f"http://127.0.0.1:{ports[1 - n]}",),
                    cache_scope="store",
                ),
                self.clock,
                os.urandom,
                pairing=Pairing(self.ledger.url, self.ledger.codes[n]),
            )
            for n in range(2)
        ]
        for till in self.tills:
            till.scan_text("BDG-CAMILLE", "test")
            till.pin("1234")

    @property
    def tills(self) -> list[Till]:
        return [one.till for one in self.running]

    def until(self, fits: Callable[[], object]) -> None:
        """Let the tills work until it is so."""
        end = time.monotonic() + WAIT_S
        while not fits():
            assert time.monotonic() < end, "it never came to that"
            for till in self.tills:
                till.pump()
                till.tick()
            time.sleep(0.05)

    def pass_undo(self) -> None:
        """The last tickets can no longer be undone."""
        self.clock.move_to(self.clock.wall_ms() + 61_000)

    def ledger_again(self) -> None:
        """The ledger is back at its old address."""
        self.ledger = LedgerProcess(self.database, None, port=self.ledger.port)

    def close(self) -> None:
        for one in self.running:
            one.close()
        if self.ledger.process.poll() is None:
            self.ledger.stop()

    def books(self, number: str) -> tuple[list[str], object]:
        """What is wrong with the books of the stopped ledger, and where a member's points are."""

        async def look(tx: Transaction) -> tuple[list[str], object]:
            cards = self.tills[0].parts.reader.execute("SELECT token, member FROM card").fetchall()
            member = dict(cards)[token(self.tills[0], number)]
            return [*await check(tx), *map(str, await quarantine(tx))], await balances(tx, member)

        async def run() -> tuple[list[str], object]:
            storage = SqliteStorage(self.database)
            await storage.open()
            try:
                return await storage.read(look)
            finally:
                await storage.close()

        return asyncio.run(run())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def token(till: Till, number: str) -> bytes:
    """The keyed hash of a card."""
    from sync.tokens import card_token

    return card_token(till.parts.identity.lookup_key, number)


def held(till: Till, kind: str = LEASE) -> int:
    """Points of the members that a till holds in grants of a kind."""
    sql = "SELECT coalesce(sum(quantity), 0) FROM slice WHERE kind = ? AND asset = ? AND member > 0"
    return int(till.parts.reader.execute(sql, (kind, POINTS)).fetchone()[0])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """The shop, open."""
    found = Pair(tmp_path)
    yield found
    found.close()


def sell(till: Till, member: DemoMember, amount: str) -> None:
    """Scan, amount, Enter."""
    till.scan_text(member.number, "test", guarded=False)
    till.put_amount(amount)
    till.record()


def burns(till: Till) -> list[tuple[str, int]]:
    """What the last ticket of a till drew, by grant."""
    conn = till.parts.reader
    entries = [journal.entry_at(conn, seq) for seq in range(1, journal.head(conn)[0] + 1)]
    bodies = [body_of(one) for one in entries if one is not None]
    last = [one for one in bodies if isinstance(one, TicketBody)][-1]
    return [(draw.grant, draw.quantity) for burn in last.burns for draw in burn.draws]


def test_a_reward_from_next_door(pair: Pair) -> None:
    """The ledger is killed; the till where the customer stands gets the lease from the other one and spends it.

    When the ledger is back both say what they did, the books are sound and nobody owes anything.
    """
    member = pair.members[2]  # with points for rewards
    first = pair.tills[0]
    sell(first, member, "500")
    pair.until(lambda: any(held(till) for till in pair.tills))
    giver, other = sorted(pair.tills, key=held, reverse=True)
    leased = held(giver)
    pair.ledger.kill()
    pair.until(lambda: not other.parts.online and other.parts.near)
    pair.pass_undo()
    other.scan_text(member.number, "test", guarded=False)
    other.put_amount("4000")
    worth = other.state.worth
    assert worth is not None
    offer = next(one for one in worth.offers if one.option.asset == POINTS)
    assert offer.beyond, "it does not lie here"
    other.redeem(offer.option.rule, 1)
    notice = other.view().notice
    assert notice is not None
    assert notice.code == "reward_next_door"
    pair.until(lambda: other.state.basket is not None and other.state.basket.choices)
    other.record()
    drawn = burns(other)
    moved = sum(units for grant, units in drawn if grant.startswith(MOVED))
    assert sum(units for _, units in drawn) == offer.option.quantity
    assert moved == leased - held(giver) > 0
    assert other.view().status.neighbours == (f"Till {giver.parts.identity.till} answers",)
    pair.ledger_again()
    pair.until(lambda: all(till.parts.online for till in pair.tills))
    pair.until(lambda: not any(journal.waiting(till.parts.reader).count for till in pair.tills))
    pair.ledger.stop()
    faults, books = pair.books(member.number)
    assert faults == []
    assert (books.burned[POINTS], books.deficit) == (offer.option.quantity, {})  # type: ignore[attr-defined]
    assert slices.last_gno(giver.parts.reader) >= 1


def test_nobody_next_door(pair: Pair) -> None:
    """The other till is off as well: the cashier hears that it does not answer, and the sale goes on."""
    member = pair.members[2]
    sell(pair.tills[0], member, "500")
    pair.until(lambda: any(held(till) for till in pair.tills))
    giver, other = sorted(range(2), key=lambda n: held(pair.tills[n]), reverse=True)
    pair.ledger.kill()
    till = pair.tills[other]
    pair.until(lambda: not till.parts.online and till.parts.near)
    pair.running.pop(giver).close()
    pair.clock.move_to(pair.clock.wall_ms() + 61_000)
    till.scan_text(member.number, "test", guarded=False)
    till.put_amount("4000")
    worth = till.state.worth
    assert worth is not None
    offer = next(one for one in worth.offers if one.option.asset == POINTS)
    till.redeem(offer.option.rule, 1)
    pair.until(lambda: till.state.basket is not None and till.state.basket.wanted is None)
    notice = till.view().notice
    assert notice is not None
    assert notice.code == "reward_beyond"
    till.record()
    assert burns(till) == []

"""A real till and a real ledger in one process, joined by a line that never fails: whole runs without waiting."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.entry import Body, body_of
from sync.ledger.audit import check
from sync.ledger.report import Balances, balances
from tests.simulation.counter import Counter, TrueTime
from tests.simulation.house import LedgerHouse
from tests.simulation.line import Line
from tests.simulation.seeds import Plan

HEAD = b"""format = 1
[programme]
id = "joined"
name = "Joined"
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAULTLESS = Plan(
    programme="",
    stores=("halles",),
    members=0,
    drop_request=0,
    drop_answer=0,
    twice=0,
    delay=0,
    rubbish=0,
    ledger_crash=0,
    ledger_fault=0,
    grants_again=0,
    power_cut=0,
    outage=0,
    late=False,
    new_rules=False,
    queued_writer=False,
    skew_ms=(0,),
    leases=0,
)


class Joined:
    """One store with one till, signed in, and no members yet. When it is over, the books must be sound."""

    def __init__(self, folder: Path, programme: bytes) -> None:
        self.time = TrueTime(int(START.timestamp() * 1000))
        rng = random.Random(5)
        self.house = LedgerHouse(folder, FAULTLESS, self.time, rng, _ignore)
        self.house.open_shop(programme, [])
        self.line = Line(self.house, FAULTLESS, rng, _ignore, self.time.pass_ms)
        self.counter = Counter("till1", folder, self.time, self.line, FAULTLESS, rng, _ignore, 0)
        self.counter.set_up(self.house.run(self.house.ledger.make_pairing_code("halles", "till1")))
        self.sync()
        self.counter.sign_in()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        faults = self.house.read(check)
        self.counter.store.close()
        self.house.close()
        assert error is not None or not faults

    def sync(self) -> None:
        """Send and fetch until nothing is left to say."""
        for _ in range(6):
            self.counter.sync(everything=True)
            self.counter.client.live.step(self.counter.clock.mono_ms())
            self.counter.till.pump()
            self.time.pass_ms(2_000)

    def pass_days(self, days: int) -> None:
        """Let days pass; the till and the ledger hear of each other again."""
        self.time.pass_ms(int(timedelta(days=days).total_seconds() * 1000))
        self.sync()

    def enrol(self, sponsor: str = "") -> tuple[str, int]:
        """A new member on a ticket begun for them: a card number out of this till's own, and the member's."""
        till = self.counter.till
        till.open_enrol()
        if sponsor:
            till.enrol_set("sponsor", sponsor)
        till.enrol_confirm()
        assert till.state.basket is not None
        who = till.state.basket.who
        assert who is not None
        assert who.member is not None
        return who.card, who.member

    def sale(self, card: str, cents: int) -> str:
        """Scan, amount, record; the reference. Without a card the begun ticket goes on."""
        till = self.counter.till
        if card:
            till.scan_text(card, "test", guarded=False)
        till.put_amount(str(cents))
        till.record()
        assert till.state.done is not None
        return till.state.done.reference

    def redeem(self, card: str, rule: str, steps: int, cents: int) -> str:
        """A sale on which so many steps of a reward are taken, once the ledger has said yes; the reference."""
        till = self.counter.till
        till.scan_text(card, "test", guarded=False)
        till.put_amount(str(cents))
        till.redeem(rule, steps)
        self.sync()
        till.record()
        assert till.state.done is not None
        return till.state.done.reference

    def give_back(self, reference: str) -> None:
        """A whole return."""
        till = self.counter.till
        till.open_return()
        till.return_reference(reference)
        till.return_confirm()
        assert till.state.notice is not None
        assert till.state.notice.code == "returned"

    @property
    def today(self) -> date:
        """The business date."""
        return datetime.fromtimestamp(self.time.now / 1000, UTC).date()

    def written(self, kind: str) -> list[Body]:
        """The bodies of the till's entries of one kind."""
        return [body_of(entry) for entry, _ in self.counter.entries() if entry.kind == kind]

    def books(self, member: int) -> Balances:
        """What the ledger says of a member."""
        found = self.house.read(lambda tx: balances(tx, member))
        assert found is not None
        return found


def _ignore(_what: str) -> None:
    return None

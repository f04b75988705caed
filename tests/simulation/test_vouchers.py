"""Vouchers over the whole way: tills and ledger in one process, once without any fault, then under every one."""

import logging
import random
import tempfile
from collections import Counter as Tally
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.ledger.report import Balances
from tests.simulation.counter import Counter, TrueTime
from tests.simulation.house import LedgerHouse
from tests.simulation.line import Line
from tests.simulation.seeds import PROGRAMMES, Plan
from tests.simulation.world import START, World, own_card

CHEQUE = "voucher:cheque"
MEMORY = Path("/dev/shm")
CALM = Plan(
    programme="grocer",
    stores=("halles",),
    members=1,
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
)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The ledger's faults are drawn here, not found: its log says nothing."""
    log = logging.getLogger("assidu.ledger")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    yield
    log.setLevel(level)


class Shop:
    """One till and its ledger on a quiet day; the fifth member has a card and no opening balance."""

    def __init__(self, folder: Path) -> None:
        self.time = TrueTime(int(START.timestamp() * 1000))
        rng, tally = random.Random(1), Tally[str]()
        self.house = LedgerHouse(folder, CALM, self.time, rng, lambda what: tally.update([what]))
        self.card = own_card(3)
        self.house.open_shop(PROGRAMMES["grocer"].encode(), [own_card(n) for n in range(4)])
        line = Line(self.house, CALM, rng, lambda what: tally.update([what]), self.time.pass_ms)
        self.counter = Counter("till", folder, self.time, line, CALM, rng, lambda what: None, 0)
        self.counter.set_up(self.house.run(self.house.ledger.make_pairing_code("halles", "till")))
        self.meet()
        self.counter.sign_in()

    def meet(self) -> None:
        """Everything is sent and heard, and the time in which a ticket can be undone is over."""
        for _ in range(8):
            self.time.pass_ms(15_000)
            self.counter.till.tick()
            self.counter.sync(everything=True)
            self.counter.till.pump()

    def sell(self, amount: str, *rewards: str) -> str:
        """A ticket with rewards by rule; its printed number."""
        till = self.counter.till
        till.scan_text(self.card, "test", guarded=False)
        self.counter.sync(everything=True)  # what the card may need is held for this ticket
        till.pump()
        till.put_amount(amount)
        till.accept_amount()
        for rule in rewards:
            till.redeem(rule, 1)
        till.record()
        assert till.state.done is not None
        number = till.state.done.reference
        till.escape()
        return number

    def give_back(self, number: str) -> None:
        """The whole ticket is returned."""
        till = self.counter.till
        till.open_return()
        till.return_reference(f"T{number}")
        till.return_confirm()
        till.escape()

    def books(self) -> Balances:
        """What the ledger holds of the member."""
        members = self.house.read(lambda tx: tx.members())
        found = [self.house.run(self.house.ledger.balances(member)) for member in members]
        mine = [one for one in found if one is not None and one.earned]
        assert len(mine) == 1
        return mine[0]


def test_points_become_a_voucher_that_pays_and_comes_back(memory: Path) -> None:
    """130 points make two vouchers, one pays 5.00 of the next ticket; that is returned, and both are there again."""
    shop = Shop(memory)
    try:
        shop.sell("13000")
        shop.meet()
        held = shop.books()
        assert (held.balance(), held.balance(CHEQUE), held.converted) == (10, 2, {"points": 120})
        paid = shop.sell("2000", "cheque")
        row = shop.counter.till.view().recent[0]
        assert row.cents == 1500
        shop.meet()
        held = shop.books()
        assert (held.balance(), held.balance(CHEQUE), held.burned) == (25, 1, {CHEQUE: 1})
        shop.give_back(paid)
        shop.meet()
        held = shop.books()
        assert (held.balance(), held.balance(CHEQUE), held.burned, held.deficit) == (10, 2, {}, {})
        again = shop.sell("2000", "cheque")
        assert again != paid
        assert shop.counter.till.view().recent[0].cents == 1500
    finally:
        shop.counter.store.close()
        shop.house.close()


def test_the_points_behind_a_voucher_are_owed_when_their_ticket_comes_back(memory: Path) -> None:
    """Its two vouchers are kept, 120 points are owed; of the next 200 those are repaid first, then one is made."""
    shop = Shop(memory)
    try:
        first = shop.sell("13000")
        shop.meet()
        shop.give_back(first)
        shop.meet()
        held = shop.books()
        assert (held.balance(), held.balance(CHEQUE), held.deficit) == (0, 2, {"points": 120})
        shop.sell("20000")
        shop.meet()
        held = shop.books()
        assert (held.balance(), held.balance(CHEQUE), held.deficit) == (20, 3, {})
    finally:
        shop.counter.store.close()
        shop.house.close()


@pytest.mark.parametrize(("programme", "seed"), [("grocer", 1), ("lapsing grocer", 8)])
def test_vouchers_converge_under_every_fault(memory: Path, programme: str, seed: int) -> None:
    """The same faults as for points and stamps: books and tills agree in the end, and vouchers were really used."""
    world = World(seed, memory, programme)
    try:
        world.run(110)
    finally:
        world.close()
    assert world.tally["card made at a till"]
    assert world.tally["card made at the centre"]
    assert world.tally["spent voucher"]

"""The main job with everything real: two tills, two scanners, one ledger, an outage, a kill, and one truth after it."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sync.entry import EntryKind, decode
from sync.ledger import report
from sync.ledger.audit import check
from sync.ledger.port import Transaction
from sync.till.database import open_store
from sync.till.journal_check import verify
from tests.e2e.chain import Chain, TillProcess

ESPRESSO = "2000000001005"
FIRST_DAY = datetime(2026, 5, 11, 10, 0)  # store time, put in its zone by the chain
FOURTH_DAY = FIRST_DAY + timedelta(days=3)


class Truth(msgspec.Struct, frozen=True):
    """What the ledger holds at the end."""

    regular: report.Balances
    coffee: report.Balances
    honoured: tuple[report.Honoured, ...]
    quarantined: int
    tickets: tuple[str, ...]
    faults: list[str]


@pytest.mark.timeout(240)
def test_an_outage_a_kill_and_one_truth_after_it(tmp_path: Path) -> None:
    """Blind tills go on earning, a kill loses nothing, and what both promised is kept, counted once and listed."""
    with Chain(tmp_path, FIRST_DAY) as chain:
        url, codes = chain.start_ledger("1", "2")
        tills = [chain.start_till(name, (url, code)) for name, code in zip("12", codes, strict=True)]
        for till in tills:
            till.sign_in()
        three_visits(chain, *tills)
        chain.stop_ledger()
        outage(chain, *tills)
        killed_after_confirming(chain, tills[0])
        chain.start_ledger()
        both_agree(chain, *tills)
        one_free_coffee(chain, *tills)
        chain.stop_ledger()
        truth = asyncio.run(chain.read(lambda tx: truth_of(chain, tx)))
        for till in tills:
            till.terminal.close()
            store = open_store(till.folder)
            assert verify(store.reader()).ok
            store.close()
    assert truth.faults == []
    assert truth.quarantined == 0
    assert len(truth.tickets) == len(set(truth.tickets)) == 9
    assert truth.regular.balance() == 86
    assert [(one.rule, one.asset, one.quantity) for one in truth.honoured] == [("regular", "points", 30)]
    assert truth.regular.honoured == {"points": 30}
    assert truth.coffee.burned == {"reward:coffee": 1}
    assert (truth.coffee.balance("stamp:coffee"), truth.coffee.balance("reward:coffee")) == (1, 0)


def three_visits(chain: Chain, one: TillProcess, two: TillProcess) -> None:
    """Three visits on three days at the first till; the second one sees them."""
    regular = chain.members[4]
    for day in range(3):
        chain.move_to(FIRST_DAY + timedelta(days=day))
        assert any("4 points" in row for row in one.sell(regular, "450"))
        one.terminal.wait_for("0 to send")
    chain.move_to(FOURTH_DAY)
    two.scan(regular.number)
    two.terminal.wait_for("12 points")
    two.leave()


def outage(chain: Chain, *tills: TillProcess) -> None:
    """Without the ledger both tills promise the fourth visit's bonus, and no free coffee for the tenth stamp."""
    regular, coffee = chain.members[4], chain.members[0]
    for till in tills:
        till.terminal.wait_for("OFFLINE", timeout=40)
        assert any("30 points" in row for row in till.sell(regular, "450"))
        till.scan(coffee.number)
        till.terminal.wait_for("Coffee card")
        till.scan(ESPRESSO)
        till.terminal.wait_for("Espresso")
        till.terminal.press("enter")
        rows = till.terminal.wait_for("RECORDED")
        assert any("once it is confirmed" in row for row in rows), "\n".join(rows)


def killed_after_confirming(chain: Chain, till: TillProcess) -> None:
    """The process dies between commit and print; the next start shows the ticket as recorded."""
    chain.pass_time(10)
    till.crash_at("before_print")
    till.present(chain.members[4])
    till.terminal.type("600\r")
    assert till.terminal.wait_exit() == -9
    till.start_again()
    till.sign_in()
    till.terminal.wait_for("€6.00")


def both_agree(chain: Chain, *tills: TillProcess) -> None:
    """Back in contact, everything is sent and both tills show the same balance."""
    for till in tills:
        till.terminal.wait_for("ONLINE", timeout=60)
        till.terminal.wait_for("0 to send", timeout=30)
    chain.move_to(FOURTH_DAY + timedelta(minutes=5))
    for till in tills:
        till.scan(chain.members[4].number)
        till.terminal.wait_for("86 points", timeout=30)
        till.leave()


def one_free_coffee(chain: Chain, one: TillProcess, two: TillProcess) -> None:
    """Eleven stamps are one card: the first till gives the coffee, the second has none to give."""
    coffee = chain.members[0]
    until_card_is_full(chain, one)
    one.terminal.press("*")
    one.terminal.wait_for("REWARD")
    one.terminal.press("1", "enter")
    one.terminal.wait_for("€0.00")
    one.terminal.press("enter")
    one.terminal.wait_for("RECORDED")
    one.terminal.wait_for("0 to send")
    chain.pass_time(10)
    two.scan(coffee.number)
    two.terminal.wait_for("9 stamps left")
    two.scan(ESPRESSO)
    two.terminal.wait_for("Espresso")
    rows = two.terminal.screen()
    assert not any("AVAILABLE" in row for row in rows), "\n".join(rows)


def until_card_is_full(chain: Chain, till: TillProcess) -> None:
    """Both tills give their stamp back once it can no longer be undone; then the ledger makes the card of ten.

    It lies at this till or as a lease at the other one, from where it comes when it is chosen.
    """
    for _ in range(20):
        chain.pass_time(10)
        till.scan(chain.members[0].number)
        till.terminal.wait_for("Coffee card")
        till.scan(ESPRESSO)
        till.terminal.wait_for("Espresso")
        if till.terminal.comes("1 free item to take", 3.0):
            return
        till.terminal.press("escape", "escape")
        till.terminal.wait_for("SCAN A CARD")
        till.terminal.comes("nothing: the till has time to give back what it holds", 2.0)
    raise AssertionError("the eleven stamps never became a card")


async def truth_of(chain: Chain, tx: Transaction) -> Truth:
    """Everything the assertions need, read from the stopped ledger's database."""
    one, two = [await balances_of(chain, tx, place) for place in (4, 0)]
    tickets: list[str] = []
    for dev in (1, 2):
        till = await tx.incarnation(dev, 1)
        assert till is not None
        rows = [await tx.inbox(dev, 1, seq) for seq in range(1, till.acc_seq + 1)]
        entries = [decode(row.data) for row in rows if row is not None]
        tickets += [str(entry.ticket) for entry in entries if entry.kind == EntryKind.TICKET]
    honoured = await report.honoured(tx, date.min, date.max)
    return Truth(one, two, honoured, len(await tx.quarantined()), tuple(tickets), await check(tx))


async def balances_of(chain: Chain, tx: Transaction, place: int) -> report.Balances:
    """The account of one of the demo's members."""
    member = 2**46 + int(chain.members[place].number[2:12])
    found = await report.balances(tx, member)
    assert found is not None
    return found

"""A cap a day whole: shares of it at real tills of a real ledger, with a line and without, and what is settled."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.decision import Reason
from sync.entry import EntryKind, TicketBody, body_of, decode
from sync.ledger.settle import settled_contributions
from sync.shares import allowance_account
from tests.simulation.seeds import PLAIN, PROGRAMME
from tests.unit.copies_kit import CARDS, MEMBER, Chain, Copied, chain

CAP = 100
CAPPED = f"""
[[rule]]
id = "daily"
kind = "cap"
of = ["base"]
max = {CAP}
per = "day"
"""
TEXT = (PROGRAMME + CAPPED + PLAIN).replace("version = 1", "version = 2")


def publish(made: Chain) -> None:
    made.house.run(made.house.ledger.publish("programme", "simulated", TEXT.encode(), date(2025, 1, 1)))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Chain]:
    """A chain whose members get at most 100 points a day."""
    with chain(tmp_path) as made:
        publish(made)
        yield made


def cut(*tills: Copied) -> None:
    """Their lines are down, and they know it."""
    for till in tills:
        till.line.up = False
        till.client.wake_push()
        till.talk(1)
        assert not till.till.parts.online


def back(*tills: Copied) -> None:
    for till in tills:
        till.line.up = True
        till.talk()


def sell(till: Copied, euros: int, card: str = CARDS[0]) -> int:
    """A sale in which the ledger's answers have time to come; points of the base that the receipt promises."""
    till.till.scan_text(card, "test", guarded=False)
    for _ in range(2):
        till.sync(everything=True)
        till.till.pump()
    till.till.put_amount(str(euros * 100))
    till.till.record()
    till.time.pass_ms(61_000)
    return promised([till])[-1]


def promised(tills: list[Copied]) -> list[int]:
    """Points of the base that each ticket of these tills promised, as their journals say."""
    found = []
    for till in tills:
        rows = till.store.reader().execute("SELECT bytes FROM journal ORDER BY inc, seq").fetchall()
        for entry in (decode(data) for (data,) in rows):
            body = body_of(entry)
            if entry.kind == EntryKind.TICKET and isinstance(body, TicketBody):
                found.append(sum(one.quantity for one in body.promised if one.rule == "base"))
    return found


def test_with_a_line_a_member_earns_by_the_whole_cap(shop: Chain) -> None:
    """Whatever lies at the till where the member is at home; what it holds comes back while the ticket is rung up."""
    home, other = shop.till("halles"), shop.till("gare")
    assert sell(home, 30) == 30
    home.talk()
    shop.lease()
    assert sell(other, 20) == 20
    other.talk()
    other.till.scan_text(CARDS[0], "test", guarded=False)
    other.till.put_amount("9000")
    for till in (other, home) * 3:
        till.sync(everything=True)
        till.till.pump()
        till.till.tick()
        till.time.pass_ms(2_000)
    worth = other.till.state.worth
    assert worth is not None
    assert [one.reason for one in worth.decision.outcomes if one.rule == "base"] == [Reason.CAP_CUT]
    other.till.record()
    assert promised([home, other]) == [30, 20, 50]
    back(other, home)
    assert shop.books().honoured == {}


def test_without_a_share_the_rest_comes_with_the_settlement(shop: Chain) -> None:
    """The receipt says so, and the ledger adds it when it has the ticket."""
    shop.till("halles")
    other = shop.till("gare")
    cut(other)
    assert sell(other, 40) == 0
    done = other.till.view().done
    assert done is not None
    assert any("will be added" in text or "sera ajouté" in text for text in done.lines)
    before = shop.books().earned.get("points", 0)
    back(other)
    assert shop.books().earned["points"] - before == 40


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 90)), min_size=1, max_size=5), st.booleans())
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blind_tills_never_promise_more_than_the_cap(
    tmp_path_factory: pytest.TempPathFactory, sales: list[tuple[int, int]], first: bool
) -> None:
    """Whatever they sell and whoever comes back first; and what is settled is what one till would have given."""
    with chain(tmp_path_factory.mktemp("chain")) as made:
        publish(made)
        tills = [made.till("halles"), made.till("halles")]
        sell(tills[0], 1)
        tills[0].talk()
        made.lease()
        cut(*tills)
        for at, euros in sales:
            sell(tills[at], euros)
        assert sum(promised(tills)) <= CAP
        for till in tills if first else reversed(tills):
            back(till)
        rows = made.house.read(lambda tx: tx.sales_from(MEMBER, ""))
        base = [one.quantity for row in rows for one in settled_contributions(row) if one.rule == "base"]
        assert sum(base) == min(CAP, 1 + sum(euros for _, euros in sales))
        assert made.books().honoured.get("points", 0) <= CAP // 2, "what lay at a till that was cut off"
        made.books(allowance_account(MEMBER))

"""What the points are worth in money, beside the balance: never more than one ticket gives now; the average ticket."""

import pytest

from pos_app.languages.words import Words
from pos_app.screens.parts import balance_rows, member_rows
from pos_app.widgets.rows import Block
from sync.floors import FLOORS, Floors
from sync.wire import pack
from tests.unit.test_till_memories import visit
from tests.unit.test_till_reached import RULE
from tests.unit.till_kit import BREAD, COFFEE, PROGRAMME, Shop


def worth(shop: Shop, points: int) -> int:
    shop.scan(shop.with_points(1, points))
    assert shop.view.member is not None
    return shop.view.member.worth


def drawn(block: Block) -> str:
    return " ".join("".join(text for text, _ in line).strip() for line in block)


@pytest.mark.parametrize(("points", "cents"), [(99, 0), (100, 500), (250, 1000)])
def test_whole_steps_only(shop: Shop, points: int, cents: int) -> None:
    """100 points are 5 euros, 99 are nothing; it stands beside the balance and stays there with an amount typed."""
    assert worth(shop, points) == cents
    member = shop.view.member
    assert member is not None
    row = drawn(balance_rows(member, Words("en", "EUR"), 60))
    assert ("worth" in row) is (cents > 0)
    if cents:
        assert f"worth €{cents // 100}.00 now" in row
    shop.till.typed("2000")
    assert shop.view.member is not None
    assert shop.view.member.worth == cents


@pytest.mark.parametrize(
    ("extra", "cents"),
    [
        (b"", 1000),
        (b"max_steps = 1\n", 1000),
        (b'when = "ticket.total >= 50.00"\n', 500),
        (b'stores = ["elsewhere"]\n', 500),
        (b"valid = { from = 2025-01-01, to = 2026-01-01 }\n", 500),
        (b'max = { count = 1, per = "day" }\n', 500),
    ],
)
def test_a_rule_that_not_every_ticket_of_today_gets_counts_nothing(
    shop: Shop, extra: bytes, cents: int
) -> None:
    """150 points: 10 euros by a rule of its own, or the 5 that are always there."""
    shop.publish("programme", PROGRAMME + RULE + extra)
    assert worth(shop, 150) == cents


def test_the_steps_of_one_ticket_are_the_most(shop: Shop) -> None:
    """300 points would be two steps of the dear rule; a ticket takes one, and three of the other."""
    shop.publish("programme", PROGRAMME + RULE.replace(b"10.00", b"20.00") + b"max_steps = 1\n")
    assert worth(shop, 300) == 2000


def test_off_line_it_is_what_this_till_holds(shop: Shop) -> None:
    """The ledger's balance is no promise without a line."""
    shop.go_offline()
    shop.scan(shop.member(1, balance={"points": 400}))
    assert shop.view.member is not None
    assert (shop.view.member.balance, shop.view.member.worth) == (400, 0)


def test_a_number_that_may_spend_little_is_worth_little(shop: Shop) -> None:
    """The shop's limit for a card that proves nothing holds for what is shown, too."""
    shop.publish(FLOORS, pack(Floors(number=100)))
    assert worth(shop, 300) == 500


def test_the_average_ticket_here(shop: Shop) -> None:
    """Of what was paid at this till: 1.60, 5.10 and 3.50; one ticket is no average."""
    card = shop.member(1, name="Martin")
    visit(shop, card, COFFEE)
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.average == ""
    shop.till.escape()
    visit(shop, card, COFFEE, BREAD)
    visit(shop, card, BREAD)
    shop.scan(card)
    assert shop.view.member is not None
    assert shop.view.member.average == "€3.40"
    assert "average here €3.40" in drawn(member_rows(shop.view.member, Words("en", "EUR"), 60))

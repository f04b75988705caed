"""Old tickets explained: from what was written down with them, and out of a history."""

import msgspec

from rules.account import FOREVER, Account
from rules.decision import Burn, Contribution, Reason
from rules.evaluate import evaluate
from rules.telling.explanation import Turned
from rules.telling.frozen import explain_frozen
from rules.telling.replayed import explain_record
from rules.ticket import Line
from tests.unit.history_kit import BASE, back, sold
from tests.unit.history_kit import CARD as CARDS
from tests.unit.history_kit import programme as with_cards
from tests.unit.kind_kit import DAY, programme, sale

RULES = """
[[rule]]
id = "base"
kind = "earn.amount"
label = "Points"
points = 1
per = 1.00

[[rule]]
id = "night"
kind = "earn.visit"
points = 5
schedule = [{ days = ["fri"], from = 20:00:00, to = 22:00:00 }]

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
"""
CARD = '[[rule]]\nid = "card"\nkind = "stamp"\nlabel = "Card"\nneed = 5\nreward = {}\n'


def test_an_old_ticket_is_told_as_it_was_promised() -> None:
    """The same again keeps its reckoning; other figures are told as they are, with what was redeemed by the rule."""
    loaded, ticket = programme(RULES), sale(DAY, Line(783))
    promised = evaluate(ticket, Account(1), loaded).contributions
    same = explain_frozen(ticket, loaded, 1, promised, ())
    base, five, night = (same.rule(name) for name in ("base", "five", "night"))
    assert base is not None
    assert five is not None
    assert night is not None
    assert (base.outcome.exact, base.known, five.known, night.known) == ("783/100", True, False, True)
    assert (same.complete, same.progress) == (False, ())
    more = tuple(msgspec.structs.replace(one, quantity=9) for one in promised)
    other = explain_frozen(ticket, loaded, 1, more, ()).rule("base")
    assert other is not None
    assert (other.outcome.quantity, other.outcome.exact, other.outcome.lines) == (9, "", (0,))


def test_an_old_ticket_with_a_free_item_and_stamps() -> None:
    """Two stamps were promised where the rules give none, and a coffee was free."""
    ticket = sale(DAY, Line(0, "bag"), Line(250, "c", "coffee"))
    burns = (Burn("card", "reward:card", 1, 1, 250, (0, 250)),)
    promised = (Contribution("card", "stamp:card", 2, DAY, FOREVER, (0, 2)),)
    told = explain_frozen(ticket, programme(CARD), 1, promised, burns).rule("card")
    assert told is not None
    outcome = told.outcome
    assert (outcome.asset, outcome.quantity, outcome.cents, outcome.lines) == ("stamp:card", 2, 250, (1,))


def test_what_was_full_did_nothing_else() -> None:
    """A rule that converted has no lack to tell; without a card every rule is certain."""
    text = (
        RULES[: RULES.index('[[rule]]\nid = "night')]
        + '[[rule]]\nid = "turn"\nkind = "convert"\npoints = 500\nvoucher = "cake"\n'
    )
    loaded = programme(text + '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n')
    turned = (Turned("turn", "voucher:cake", 1, "t:c0", FOREVER),)
    found = explain_frozen(sale(DAY), loaded, 1, (), (), turned=turned).rule("turn")
    assert found is not None
    assert (found.outcome.reason, found.known) == (Reason.NO_EFFECT, True)
    assert explain_frozen(sale(DAY), loaded, None, (), ()).complete


def test_a_ticket_of_a_history_is_explained() -> None:
    """The card that it filled is told with its lot; complaints are heard about the own member alone, if at all."""
    loaded = with_cards(BASE, CARDS)
    tickets = [sold(str(n), n, Line(250, "c", "coffee")) for n in range(3)]
    wrong = [back("r", 1.5, "9", Line(1), member=name) for name in ("m", "n")]
    before = [tickets[0], *wrong, tickets[1]]
    assert explain_record(tickets[2], before, [loaded]).explanation.turned[0].lot == "2:c0"
    heard: list[str] = []
    explain_record(tickets[2], before, [loaded], complain=lambda record, _text: heard.append(record.member))
    assert heard == ["m"]
    free = sold("3", 3, Line(250, "c", "coffee"))
    kept = [explain_record(free, tickets, [loaded], **how).explanation for how in ({}, {"redeem": True})]
    assert [[one.outcome.rule for one in each.rules if one.spent] for each in kept] == [[], ["card"]]

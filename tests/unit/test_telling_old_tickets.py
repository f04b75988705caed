"""Old tickets explained: from what was written down with them, and out of a history."""

import msgspec
import pytest

from rules.account import FOREVER, Account
from rules.decision import Burn, Contribution, Gap, Outcome, Reason
from rules.evaluate import evaluate
from rules.history.record import RecordError
from rules.telling.explanation import Drawn, Turned
from rules.telling.frozen import explain_frozen
from rules.telling.replayed import explain_record
from rules.ticket import Event, Line
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
    assert [gift.quantity for gift in other.given] == [9]
    assert other.outcome == Outcome("base", "earn.amount", Reason.APPLIED, "points", 9, lines=(0,))


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
    told = explain_frozen(sale(DAY), loaded, 1, (), (), turned=turned)
    found = told.rule("turn")
    assert found is not None
    assert (found.outcome, found.known) == (Outcome("turn", "convert", Reason.NO_EFFECT), True)
    assert told.turned == turned
    lacking = explain_frozen(sale(DAY), loaded, 1, (), ()).rule("turn")
    assert lacking is not None
    assert (lacking.outcome.reason, lacking.known) == (Reason.NO_BALANCE, False)
    assert explain_frozen(sale(DAY), loaded, None, (), ()).complete


def test_a_ticket_of_a_history_is_explained() -> None:
    """The card that it filled is told with its lot; complaints are heard about the own member alone, if at all."""
    loaded = with_cards(BASE, CARDS)
    tickets = [sold(str(n), n, Line(250, "c", "coffee")) for n in range(3)]
    wrong = [back("r", 1.5, "9", Line(1), member=name) for name in ("m", "n")]
    before = [tickets[0], *wrong, tickets[1]]
    turned = Turned("card", "reward:card", 1, "2:c0", FOREVER)
    assert explain_record(tickets[2], before, [loaded]).explanation.turned == (turned,)
    heard: list[str] = []
    explain_record(tickets[2], before, [loaded], complain=lambda record, _text: heard.append(record.member))
    assert heard == ["m"]
    free = sold("3", 3, Line(250, "c", "coffee"))
    kept = [explain_record(free, tickets, [loaded], **how).explanation for how in ({}, {"redeem": True})]
    assert [[one.outcome.rule for one in each.rules if one.spent] for each in kept] == [[], ["card"]]


MANY = """
[expiry]
lot_life = "90d"
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "much"
kind = "earn.visit"
points = 5
when = "ticket.total > 90.00"
[[rule]]
id = "few"
kind = "earn.visit"
points = 5
when = "member.bucket > 9999"
[[rule]]
id = "some"
kind = "earn.amount"
points = 1
per = 100.00
when = "member.bucket < 9999"
[[rule]]
id = "often"
kind = "earn.visits"
steps = [{ visit = 2, points = 5 }]
[[rule]]
id = "checked-in"
kind = "earn.event"
event = "check_in"
points = 5
[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
[[rule]]
id = "top"
kind = "cap"
of = ["base"]
max = 50
per = "ticket"
"""


def test_why_a_rule_gave_nothing_is_certain_where_the_ticket_alone_decides() -> None:
    """Too small for a point, no event, a condition on the ticket; not how often the member came, or who that is."""
    ticket, loaded = sale(DAY, Line(2060)), programme(MANY)
    promised = evaluate(ticket, Account(1), loaded).contributions
    told = explain_frozen(ticket, loaded, 1, promised, ())
    assert {one.outcome.rule: one.known for one in told.rules} == {
        "expiry": True,
        "base": True,
        "much": True,
        "few": False,
        "some": True,
        "often": False,
        "checked-in": True,
        "five": False,
        "top": True,
    }
    other = explain_frozen(ticket, loaded, 1, (), ())
    assert [one.known for one in other.rules if one.outcome.rule in ("base", "top")] == [False, False]


def test_what_was_redeemed_is_certain_and_its_lots_are_told() -> None:
    """The lot that paid, the lot that was given, and a rule that the till left to the ledger."""
    ticket, loaded = sale(DAY, Line(2060)), programme(MANY)
    burns = (Burn("five", "points", 100, 1, 500, (500,)),)
    promised = evaluate(ticket, Account(1), loaded, burns=burns).contributions
    told = explain_frozen(
        ticket, loaded, 1, promised, burns, lots=["l:0"], draws=[[Drawn("l:9", 100)]], later={"often"}
    )
    base, few, five, often = (told.rule(name) for name in ("base", "few", "five", "often"))
    assert base is not None
    assert few is not None
    assert five is not None
    assert often is not None
    assert ([gift.lot for gift in base.given], few.known) == (["l:0"], False)
    assert (five.known, [one.draws for one in five.spent]) == (True, [(Drawn("l:9", 100),)])
    unsure = explain_frozen(ticket, loaded, 1, promised, burns).rule("often")
    assert unsure is not None
    assert (unsure.known, unsure.gap, unsure.outcome.gap) == (False, None, Gap("visits", 1, 2))
    assert (often.known, often.outcome) == (True, Outcome("often", "earn.visits", Reason.SETTLED_LATER))
    later = explain_frozen(ticket, loaded, 1, (), (), later={"often", "few"}).rule("few")
    assert later is not None
    assert (later.known, later.outcome) == (True, Outcome("few", "earn.visit", Reason.SETTLED_LATER))


def test_a_ticket_of_nobody_and_of_somebody_who_was_brought_in() -> None:
    """Nobody turns anything; a sale of a sponsored member is explained for that member, and no other is asked for."""
    refer = '[[rule]]\nid = "refer"\nkind = "referral"\nsponsor_points = 30\nwithin = "60d"\n'
    fund = '[[rule]]\nid = "fund"\nkind = "earn.visit"\npoints = 5\nbudget = 8\n'
    loaded = with_cards(BASE, CARDS, refer, fund)
    nobody = explain_record(sold("0", 0, member=""), [], [loaded]).explanation
    assert (nobody.member, nobody.turned) == (None, ())
    event = Event("enrolment", fields={"sponsor": "s"})
    before = [msgspec.structs.replace(sold("e", 0), lines=(), event=event), sold("1", 1)]
    found = explain_record(sold("2", 2), before, [loaded]).explanation
    base, left, brought = (found.rule(name) for name in ("base", "fund", "refer"))
    assert base is not None
    assert left is not None
    assert left.budget is not None
    assert brought is not None
    assert (base.given[0].quantity, left.budget.left) == (10, 3)
    assert brought.outcome.reason is Reason.ALREADY_USED
    with pytest.raises(RecordError, match="nothing for a sponsor that is called 2/refer"):
        explain_record(sold("2", 2, member="n"), before, [loaded], referred="2/refer")

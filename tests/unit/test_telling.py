"""The whole explanation of a ticket: what it holds, and how it reads."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.till.labels import voice_of
from rules.account import FOREVER, Account, Holding
from rules.decision import Choice, Gap
from rules.evaluate import evaluate
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.telling.build import explain_ticket
from rules.telling.explanation import Drawn, Explanation, Turned
from rules.telling.particulars import figure
from rules.telling.render import as_data, nearly, sentence, text_lines, within_reach
from rules.ticket import Line, Ticket
from tests.unit.kind_kit import DAY, HEADER, programme, sale

RULES = """
[[rule]]
id = "base"
kind = "earn.amount"
label = "Points"
points = 1
per = 1.00

[[rule]]
id = "double"
kind = "earn.multiply"
label = "Double points"
factor = "3/2"
when = "ticket.total >= 20.00 && clock.weekday == 'wed'"

[[rule]]
id = "bread"
kind = "earn.visit"
label = "Bread day"
points = 5
lines = ".category == 'bread'"
max = { count = 2, per = "week" }

[[rule]]
id = "night"
kind = "earn.visit"
label = "Night owl"
points = 5
schedule = [{ days = ["fri"], from = 20:00:00, to = 22:00:00 }]

[[rule]]
id = "five"
kind = "burn.money"
label = "5 off"
points = 100
value = 5.00

[expiry]
lot_life = "365d"
"""


def explained(cents: int = 783, *, held: int = 0, text: str = RULES) -> tuple[Explanation, Programme]:
    """A Wednesday's ticket of `cents` of milk and one bread, for a member with `held` points."""
    loaded = programme(text)
    lot = Holding("points", "L1", held, date(2026, 1, 2), date(2026, 1, 2), date(2027, 1, 2))
    account = Account(1, holdings=(lot,) if held else (), balance={"points": held})
    ticket = sale(DAY, Line(cents, "milk", "dairy"), Line(0, "bag", ""))
    choices = (Choice("five"),) if held else ()
    decision = evaluate(ticket, account, loaded, choices)
    lots = [f"t:{n}" for n in range(len(decision.contributions))]
    draws = [[Drawn("L1", burn.quantity)] for burn in decision.burns]
    return explain_ticket(ticket, decision, loaded, account, lots=lots, draws=draws), loaded


def told(found: Explanation, rule: str) -> tuple[str, ...]:
    """The sentence and the detail of a rule in English."""
    data = as_data(found, voice_of(programme(RULES), Words("en")))
    entry = next(one for one in data["rules"] if one["outcome"]["rule"] == rule)
    return (entry["text"], *entry["detail"])


def test_points_are_explained_to_line_rounding_lot_and_last_day() -> None:
    """7.83 gives 7 points: the lines, the figure before rounding, the lot and its days."""
    found, _ = explained()
    base = found.rule("base")
    assert base is not None
    assert base.rounding is not None
    assert base.rounding.exact == "783/100"
    assert (base.given[0].lot, base.given[0].last_day) == ("t:0", date(2027, 5, 6))
    assert told(found, "base") == (
        "Points: + 7 points",
        "Counted: €7.83 on lines 1, 2",
        "7.83 rounded down to 7",
        "7 points: usable from 06/05/2026 to 06/05/2027",
        "Lot t:0",
        "line 1, milk: 7 points of it",
    )


def test_a_condition_that_failed_is_told_with_what_is_missing() -> None:
    """12.17 more and the points are worth more: sentence, clauses, nearest first."""
    found, loaded = explained()
    double = found.rule("double")
    assert double is not None
    assert double.gap == Gap("cents", 783, 2000)
    assert [clause.holds for clause in double.clauses] == [False, True]
    assert told(found, "double") == (
        "Double points: the conditions are not met (€12.17 more is needed)",
        "Not met: ticket.total >= 20.00 (has €7.83, needs €20.00)",
        "Met: clock.weekday == 'wed'",
    )
    assert found.near == ("double", "five")
    assert nearly(found, voice_of(loaded, Words("fr")))[0].endswith(": Double points")


def test_two_missing_things_make_no_gap() -> None:
    """A till says "3.20 more" only when that is all that lacks."""
    text = RULES.replace("'wed'", "'sun'")
    double = explained(text=text)[0].rule("double")
    assert double is not None
    assert double.gap is None


def test_a_multiplier_names_factor_and_what_it_multiplied() -> None:
    """Half of 25 more: 12.5 rounded down, of the base points."""
    found, _ = explained(2599)
    double = found.rule("double")
    assert double is not None
    assert double.times is not None
    assert (double.times.factor, double.times.base, double.times.on) == ("3/2", "25", ("base",))
    assert "Times 1.5: 25 points of Points" in told(found, "double")
    assert "12.5 rounded down to 12" in told(found, "double")


def test_a_redemption_names_lots_and_lines() -> None:
    """100 points of lot L1 for 5.00 off the milk, and the base points count what is left to pay."""
    found, _ = explained(2599, held=100)
    assert told(found, "five")[1:] == (
        "100 points spent for €5.00 off",
        "100 points of lot L1",
        "line 1, milk: -€5.00",
    )
    base = found.rule("base")
    assert base is not None
    assert base.counted[0].cents == 2099


def test_limits_filters_and_hours_are_told() -> None:
    """A rule that found no line says which it counts, its limit and how much is used; one out of hours when it runs."""
    found, _ = explained()
    assert told(found, "bread")[1:] == (
        "Had 0 of 2 times this week",
        "Counts lines with .category == 'bread'",
    )
    assert told(found, "night")[1:] == ("Runs Friday, 20:00 to 22:00",)


def test_a_cut_says_who_took_what() -> None:
    """A budget that gives out leaves less, and the whole is told."""
    loaded = programme(RULES.replace("per = 1.00", "per = 1.00\nbudget = 50"))
    ticket, account = sale(DAY, Line(2000, "milk", "dairy")), Account(1)
    decision = evaluate(ticket, account, loaded, stock={"budget:base": 8})
    found = explain_ticket(ticket, decision, loaded, account, stock={"budget:base": 8})
    assert "The budget left 8 of 20" in told(found, "base")
    assert "Budget of the campaign: 8 of 50 was left" in told(found, "base")


def test_who_is_unknown_gets_no_guess() -> None:
    """A rule of which only the old account could tell is told as such, without detail."""
    loaded = programme(RULES)
    ticket, account = sale(DAY), Account(1)
    decision = evaluate(ticket, account, loaded)
    found = explain_ticket(ticket, decision, loaded, account, unknown=frozenset({"five"}))
    assert not found.complete
    assert told(found, "five") == ("5 off gave nothing",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_data_leave_nothing_in_braces(language: str) -> None:
    """All of it reads in both languages and is plain JSON."""
    for cents, held in ((783, 0), (2599, 100)):
        found, loaded = explained(cents, held=held)
        voice = voice_of(loaded, Words(language))
        text = "\n".join(text_lines(found, voice, ("Milk", "Bag")))
        assert "{" not in text
        assert "Milk" in text
        assert loaded.sha256[:12] in text
        assert msgspec.json.decode(msgspec.json.encode(as_data(found, voice)))["rules"]


def test_an_applied_rule_is_not_nearly() -> None:
    """Only what was not given can be near."""
    found, loaded = explained(2599, held=100)
    assert not {"base", "double", "five"} & set(found.near)
    base = found.rule("base")
    assert base is not None
    assert sentence(base, voice_of(loaded, Words("en"))) == "Points: + 20 points"


@pytest.mark.parametrize(
    ("number", "text"),
    [("783/100", "7,83"), ("6", "6"), ("122/3", "40 2/3"), ("2/3", "2/3"), ("1/8", "0,125")],
)
def test_figures_are_exact(number: str, text: str) -> None:
    """Decimals where they are exact, a fraction where not: nothing is rounded twice."""
    voice = voice_of(programme(RULES), Words("fr"))
    assert figure(number, voice) == text


def test_a_ticket_without_card_is_told_too() -> None:
    """Every rule is for members; no condition is traced."""
    loaded = programme(RULES)
    ticket = Ticket("t", (Line(1000),), DAY, 600, "s1")
    found = explain_ticket(ticket, evaluate(ticket, Account(), loaded), loaded, Account())
    assert {one.outcome.reason.value for one in found.rules} == {"NOT_MEMBER"}
    assert not any(one.clauses for one in found.rules)


@pytest.mark.parametrize(("currency", "written"), [("EUR", "5,00\xa0€"), ("USD", "5,00\xa0$US")])
def test_amounts_are_in_the_currency_of_the_programme(currency: str, written: str) -> None:
    """Whatever the language of the reader."""
    header = HEADER.replace(b"EUR", currency.encode())
    voice = voice_of(load_programme(header + RULES.encode()), Words("fr"))
    assert voice.money(500) == written


def test_what_one_has_or_has_not_is_not_near() -> None:
    """No voucher at hand is not nearly a voucher, and nobody is told to stay away a little longer."""
    rules = programme(
        """
[[rule]]
id = "five"
kind = "voucher"
value = 5.00
[[rule]]
id = "back"
kind = "earn.comeback"
absent = "60d"
points = 50
"""
    )
    account = Account(1, last_visit=DAY - timedelta(days=50), visits=3)
    ticket = sale(DAY, Line(100))
    told = explain_ticket(ticket, evaluate(ticket, account, rules), rules, account)
    assert told.near == ()


def of(found: Explanation, rule: str, loaded: Programme) -> tuple[str, ...]:
    """The sentence and the detail of a rule of another programme."""
    data = as_data(found, voice_of(loaded, Words("en")))
    entry = next(one for one in data["rules"] if one["outcome"]["rule"] == rule)
    return (entry["text"], *entry["detail"])


def plainly(
    text: str, ticket: Ticket, account: Account | None = None, *chosen: Choice
) -> tuple[Explanation, Programme]:
    """A ticket explained under another programme."""
    loaded, account = programme(text), account or Account(1)
    decision = evaluate(ticket, account, loaded, chosen)
    return explain_ticket(ticket, decision, loaded, account), loaded


BASE = RULES[: RULES.index('[[rule]]\nid = "double')]


def test_who_took_something_is_named() -> None:
    """A cap with what it took, the best of a group, a budget of which nobody says what is left, other channels."""
    text = BASE.rstrip() + "\nbudget = 500\n"
    text += '[[rule]]\nid = "two"\nkind = "earn.multiply"\nfactor = "2"\n'
    text += '[[rule]]\nid = "three"\nkind = "earn.multiply"\nlabel = "Threefold"\nfactor = "3"\n'
    text += '[[rule]]\nid = "cap"\nkind = "cap"\nlabel = "At most"\nof = ["base"]\nmax = 12\nper = "ticket"\n'
    text += '[[rule]]\nid = "here"\nkind = "earn.visit"\npoints = 1\nchannels = ["shop", "web"]\n'
    found, loaded = plainly(text, sale(DAY, Line(2000)))
    assert {"At most took 8 of 20", "Budget of the campaign: 500"} <= set(of(found, "base", loaded))
    assert "Only the best of its group counts: Threefold" in of(found, "two", loaded)
    assert not [line for line in of(found, "here", loaded) if line.startswith("Runs on")]


def test_a_voucher_belongs_to_the_whole_ticket() -> None:
    """It is shared out over no lines; the points of the same ticket are."""
    text = BASE + '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n'
    text += '[[rule]]\nid = "hello"\nkind = "earn.visit"\nvoucher = "cake"\n'
    found, loaded = plainly(text, sale(DAY))
    told = [
        [line for line in of(found, rule, loaded) if "whole ticket" in line] for rule in ("hello", "base")
    ]
    assert [len(lines) for lines in told] == [1, 0]


def test_goods_given_free_do_not_count_on_gross_either() -> None:
    """One of two cheeses is free: 9.00 and 4.20 count, although the programme counts before rewards."""
    text = BASE.rstrip() + '\nearn_on = "gross"\n[[rule]]\nid = "brie"\nkind = "burn.product"\npoints = 5\n'
    account = Account(1, usable={"points": 5}, balance={"points": 5})
    ticket = sale(DAY, Line(900), Line(840, "brie", "cheese", qty=Decimal(2)))
    found, _ = plainly(text + 'gives = { sku = "brie" }\n', ticket, account, Choice("brie"))
    base = found.rule("base")
    assert base is not None
    assert [one.cents for one in base.counted] == [900, 420]


def test_a_level_names_what_it_multiplied() -> None:
    """Gold doubles the 20 points of the ticket; silver would have trebled them."""
    text = (
        BASE
        + '[tiers]\nlevels = [{ id = "silver", from = 5, multiply = "3" }, { id = "gold", from = 9, multiply = "2" }]\n'
    )
    account = Account(1, state={"tiers": {"days": {DAY.isoformat(): 9}}})
    tiers = plainly(text, sale(DAY, Line(2000)), account)[0].rule("tiers")
    assert tiers is not None
    assert tiers.times is not None
    assert (tiers.times.factor, tiers.times.base) == ("2", "20")


def test_of_two_ways_the_shorter_one_is_told() -> None:
    """15.00 of 20.00, or one line of five."""
    when = 'when = "ticket.total >= 20.00 || ticket.lines >= 5"'
    rule = f'[[rule]]\nid = "way"\nkind = "earn.visit"\nlabel = "Way"\npoints = 5\n{when}\n'
    found, loaded = plainly(rule, sale(DAY, Line(1500)))
    assert [one.gap for one in found.rules] == [Gap("cents", 1500, 2000)]
    voice = voice_of(loaded, Words("en"))
    assert within_reach(found, voice) == nearly(found, voice)[0] == "€5.00 more: Way"
    assert within_reach(plainly(rule, sale(DAY, Line(900)))[0], voice) == ""


def test_a_clause_on_the_time_is_told_as_a_time() -> None:
    """Ten in the morning, and it asks for six in the evening."""
    rule = '[[rule]]\nid = "eve"\nkind = "earn.visit"\npoints = 5\nwhen = "clock.time >= 18:00"\n'
    found, loaded = plainly(rule, sale(DAY))
    assert of(found, "eve", loaded)[1:] == ("Not met: clock.time >= 18:00 (has 10:00, needs 18:00)",)


def test_what_became_something_else_is_told() -> None:
    """A full card with its last day, and one without."""
    found, loaded = explained()
    turned = (
        Turned("five", "points", 3, "a", date(2026, 7, 1)),
        Turned("base", "points", 2, "b", FOREVER),
    )
    found = msgspec.structs.replace(found, turned=turned, complete=False)
    words = as_data(found, voice_of(loaded, Words("en")))["words"]
    assert words["turned"] == [
        "5 off is full: 3 points, usable to 01/07/2026",
        "Points is full: 2 points, no last day",
    ]
    assert words["heading"][-1].startswith("The account before this ticket is no longer known")
    assert set(words) == {"heading", "turned", "near", "progress", "options"}


def test_without_the_account_what_depends_on_it_is_not_guessed() -> None:
    """A condition on the member of a rule that gave nothing is not traced; one on the ticket is."""
    rules = "".join(
        f'[[rule]]\nid = "{name}"\nkind = "earn.visit"\npoints = 5\nwhen = "{when}"\n'
        for name, when in (("old", "member.visits > 3"), ("big", "ticket.total > 90.00"))
    )
    loaded, ticket = programme(rules), sale(DAY)
    decision = evaluate(ticket, Account(1), loaded)
    unknown = frozenset({"old", "big"})
    found = explain_ticket(ticket, decision, loaded, Account(1), unknown=unknown)
    assert [(one.outcome.rule, bool(one.clauses)) for one in found.rules] == [("big", True), ("old", False)]

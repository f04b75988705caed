"""The whole explanation of a ticket: what it holds, and how it reads."""

from datetime import date, timedelta

import msgspec
import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.till.labels import voice_of
from rules.account import Account, Holding
from rules.decision import Choice, Gap
from rules.evaluate import evaluate
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.telling.build import explain_ticket
from rules.telling.explanation import Drawn, Explanation
from rules.telling.particulars import figure
from rules.telling.render import as_data, nearly, sentence, text_lines
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

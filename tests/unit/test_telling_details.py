"""What an explanation holds and says of a rule beyond its sentence: lines, bounds, names, clauses."""

from datetime import date

import msgspec
import pytest

from pos_app.languages.words import Words
from pos_app.till.labels import voice_of
from rules.account import FOREVER, Account
from rules.decision import Choice, Gap, Outcome, Reason
from rules.errors import Problem, ProgrammeError
from rules.evaluate import evaluate
from rules.suggest import did_you_mean
from rules.telling.build import explain_ticket
from rules.telling.distance import nearest_first
from rules.telling.explanation import Counted, Explanation, Funds, Rounding, RuleTold, Turned
from rules.telling.particulars import particulars
from rules.telling.render import as_data, text_lines, within_reach
from rules.ticket import Line
from tests.unit.kind_kit import DAY, programme, sale

RULES = """
[[rule]]
id = "base"
kind = "earn.amount"
label = "Points"
points = 1
per = 1.00
earn_on = "gross"
[[rule]]
id = "net"
kind = "earn.amount"
points = 1
per = 2.00
[[rule]]
id = "tiers"
kind = "earn.visit"
points = 1
valid = { from = 2026-01-01T00:00:00 }
[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
budget = 500.00
[[rule]]
id = "ten"
kind = "burn.percent"
points = 10
percent = "10%"
[[rule]]
id = "away"
kind = "earn.visit"
points = 1
stores = ["Lyon", "Nice"]
[[rule]]
id = "web"
kind = "earn.visit"
points = 1
channels = ["web", "phone"]
[[rule]]
id = "open"
kind = "earn.visit"
points = 1
schedule = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = 08:00:00, to = 20:00:00 }]
[[rule]]
id = "told"
kind = "earn.visit"
points = 1
when = "member.birthday_in < 5 && any(lines, .sku == 'tea') && clock.date > 2027-01-01 && member.bucket > 9999"
"""
RICH = Account(1, usable={"points": 500}, balance={"points": 500})


def explained(
    *lines: Line, text: str = RULES, account: Account = RICH, chosen: tuple[str, ...] = ()
) -> Explanation:
    loaded, ticket = programme(text), sale(DAY, *lines)
    decision = evaluate(ticket, account, loaded, tuple(Choice(rule) for rule in chosen))
    return explain_ticket(ticket, decision, loaded, account)


def of(found: Explanation, rule: str) -> RuleTold:
    told = found.rule(rule)
    assert told is not None
    return told


def details(found: Explanation, rule: str, names: tuple[str, ...] = (), text: str = RULES) -> tuple[str, ...]:
    return particulars(of(found, rule), voice_of(programme(text), Words("en")), names)


def test_the_figures_of_the_ticket_and_who_it_was() -> None:
    """Member, sums, the version, and every line with what it carries."""
    found = explained(Line(2000, "milk", "dairy"), Line(600, "tea", "tea"), chosen=("five", "ten"))
    assert (found.member, found.gross, found.net, found.paid, found.programme.id) == (
        1,
        2600,
        2600,
        1890,
        "t",
    )
    five, base = of(found, "five"), of(found, "base")
    assert [(one.steps, one.cents) for one in five.spent] == [(1, 500)]
    assert five.budget == Funds(50_000, True, None)
    assert base.counted == (Counted(0, 2000, "milk", "dairy"), Counted(1, 600, "tea", "tea"))
    assert base.given[0].lines == (Counted(0, 2000, "milk", "dairy", 20), Counted(1, 600, "tea", "tea", 6))
    assert base.given[0].lot == ""
    assert sum(one.cents for one in of(found, "net").counted) == found.paid
    assert found.rule("nothing") is None
    assert of(found, "tiers").times is None


def test_where_a_rule_runs() -> None:
    """Its stores and channels, when that was why it did not, and every day in a word."""
    found = explained(Line(1000))
    assert (of(found, "away").bounds.stores, of(found, "web").bounds.channels) == (
        ("Lyon", "Nice"),
        ("web", "phone"),
    )
    assert (of(found, "away").bounds.valid, of(found, "tiers").bounds.valid is None) == (None, False)
    assert "Runs in Lyon, Nice" in details(found, "away")
    assert "Runs on web, phone" in details(found, "web")
    assert any("every day" in line for line in details(found, "open"))
    here = explained(Line(1000), text=RULES.replace('"Lyon"', '"s1"'))
    assert not any(line.startswith("Runs in") for line in details(here, "away"))
    assert "Budget of the campaign: €500.00" in details(found, "five")


def test_a_clause_is_met_or_not_or_not_told() -> None:
    """Each with both sides as they are written: a date, a number; a clause on lines sees the lines."""
    account = msgspec.structs.replace(RICH, bucket=7)
    lines = details(explained(Line(1000, "tea"), account=account), "told")
    assert "Not told by the member: member.birthday_in < 5" in lines
    assert "Met: any(lines, .sku == 'tea')" in lines
    assert "Not met: clock.date > 2027-01-01 (has 06/05/2026, needs 01/01/2027)" in lines
    assert "Not met: member.bucket > 9999 (has 7, needs 9999)" in lines


def test_many_lines_are_cut_short_and_each_has_a_name() -> None:
    """Twelve are listed and more are hinted at; goods are called by name, number, category or not at all."""
    many, twelve = (explained(*[Line(100, "x", "x")] * number) for number in (13, 12))
    counted = details(many, "base")[0]
    assert counted.endswith("12, ...")
    assert details(twelve, "base")[0].endswith("11, 12")
    found = explained(Line(500, "a", "b"), Line(500, "a", "b"), Line(500, "", "b"), Line(500, "", ""))
    said = [
        line.partition(", ")[2].partition(":")[0]
        for line in details(found, "base", ("Milk",))
        if ", " in line
    ]
    assert said[-4:] == ["Milk", "a", "b", "amount"]
    data = as_data(found, voice_of(programme(RULES), Words("en")), ("Milk",))
    base = next(entry for entry in data["rules"] if entry["outcome"]["rule"] == "base")
    assert base["label"] == "Points"
    assert any("Milk" in line for line in base["detail"])
    five, tiers = (
        next(one for one in data["rules"] if one["outcome"]["rule"] == rule) for rule in ("five", "tiers")
    )
    assert (five["budget"]["total"], tiers["bounds"]["valid"]["start"]) == (50_000, "2026-01-01T00:00:00")


def test_what_was_cut_is_rounded_and_multiplied_before_it_was() -> None:
    """25 of 26.50 and half of them more, of which a cap left 30: the whole is told."""
    text = """[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "half"
kind = "earn.multiply"
factor = "3/2"
[[rule]]
id = "top"
kind = "cap"
of = ["*"]
max = 30
per = "ticket"
[tiers]
measure = "points_earned"
levels = [{ id = "gold", from = 900, multiply = "2" }]
"""
    odd, even = (explained(Line(cents), text=text, account=Account(1)) for cents in (2550, 2450))
    assert of(odd, "half").rounding == Rounding("25/2", "floor", 12)
    for found, base in ((odd, "25"), (even, "24")):
        times = of(found, "half").times
        assert times is not None
        assert times.base == base
    assert of(odd, "tiers").times is None


def test_nearest_is_what_lacks_the_smallest_share() -> None:
    """Three of four before one of one; what is there already lacks nothing, and no way at all is none."""

    def told(rule: str, have: int, need: int) -> RuleTold:
        return RuleTold(Outcome(rule, "earn.visits", Reason.NO_EFFECT), gap=Gap("visits", have, need))

    assert nearest_first([told("one", 0, 1), told("four", 1, 4), told("full", 5, 5)]) == ("four", "one")
    text = RULES.replace(
        RULES[RULES.index('when = "') :], "when = \"clock.weekday == 'sun' || has(member.email)\"\n"
    )
    assert of(explained(Line(1000), text=text), "told").gap is None
    half = RULES.replace(RULES[RULES.index('when = "') :], 'when = "ticket.total >= 20.00"\n')
    voice = voice_of(programme(half), Words("en"))
    assert [bool(within_reach(explained(Line(cents), text=half), voice)) for cents in (999, 1000)] == [
        False,
        True,
    ]


def test_what_became_something_else_is_in_the_text() -> None:
    """Below the rules, with or without a last day."""
    found, voice = explained(Line(1000)), voice_of(programme(RULES), Words("en"))
    for last in (date(2027, 1, 1), FOREVER):
        turned = (Turned("base", "voucher:x", 1, "l", last),)
        lines = text_lines(msgspec.structs.replace(found, turned=turned), voice)
        assert set(lines) - set(text_lines(found, voice))


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("x"), "programme: x"),
        (Problem("x", line=3), "programme:3: x"),
        (Problem("x", file="f"), "f: x"),
        (Problem("x", file="f", line=3, source="a = 1"), "f:3: x"),
        (Problem("x", file="f", line=3, column=2), "f:3: x"),
        (Problem("x", file="f", line=3, column=2, source="ab"), "f:3: x\n    ab\n     ^"),
    ],
)
def test_a_fault_is_told_as_far_as_its_place_is_known(problem: Problem, text: str) -> None:
    """File, line and column may each be unknown; several faults come one below the other."""
    assert problem.render() == text
    assert str(ProgrammeError((problem, problem))) == f"{text}\n{text}"


def test_names_to_choose_from() -> None:
    """One to twelve are listed, more are not, and of none nothing is said."""
    names = [f"{letter}{letter}{letter}" for letter in "abcdefghijklm"]
    listed = [bool(did_you_mean("zzz", names[:number])) for number in (0, 1, 12, 13)]
    assert listed == [False, True, True, False]

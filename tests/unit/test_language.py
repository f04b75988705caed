"""What conditions mean: values, absence, lines, and the trace."""

from datetime import date
from decimal import Decimal

import pytest

from rules.account import Account
from rules.decision import Gap
from rules.facts import days_to_birthday, facts_of
from rules.language.condition import compile_condition, compile_filter
from rules.language.fields import programme_schema
from rules.language.lines import IndexedLines
from rules.language.trace import trace
from rules.language.tree import BOOL, DATE, FieldSpec, enum
from rules.ticket import Event, Line, Ticket

SCHEMA = programme_schema(
    ("base", "silver", "gold"),
    {
        "member.diet": FieldSpec(enum("none", "vegan"), optional=True, warn=True),
        "member.vip": FieldSpec(BOOL, optional=True),
        "member.joined": FieldSpec(DATE, optional=True),
    },
)
LINES = (
    Line(cents=450, sku="A1", category="coffee"),
    Line(cents=1250, sku="B2", category="wine", qty=Decimal(2), promo=True),
    Line(cents=-100, sku="", category="coffee"),
)
TICKET = Ticket(
    "t1", LINES, date(2026, 3, 3), 14 * 60 + 30, "lyon", "till-1", zones=("garden", "lyon", "garden")
)
MEMBER = Account(
    member=7,
    since=date(2025, 9, 15),
    birthday=(3, 10),
    tier="silver",
    visits=3,
    bucket=42,
    balance={"points": 120},
)


def holds(source, ticket=TICKET, account=MEMBER, **facts):
    known = {**facts_of(ticket, account, ticket.gross), **facts}
    return compile_condition(source, SCHEMA).run(known, ticket.lines)


@pytest.mark.parametrize(
    "source",
    [
        "ticket.total >= 16.00 && ticket.total < 16.01",
        "ticket.lines == 3",
        "ticket.store == 'lyon' && store.id != \"paris\" && ticket.channel == 'shop'",
        "member.tier in ['silver', 'gold']",
        "member.months == 5 && member.days == 169",
        "member.since < 2025-12-31",
        "clock.date - member.since > 168d",
        "clock.date - 169d == member.since",
        "clock.date + 1d == 2026-03-04",
        "member.birthday_in == 7 && member.points == 120 && member.bucket < 50 && member.visits == 3",
        "clock.weekday == 'tue' && clock.hour == 14 && clock.minute == 870 && clock.time >= 14:30",
        "clock.day == 3 && clock.month == 3",
        "any(lines, .category == 'wine' && .qty >= 2)",
        "all(lines, .category in ['coffee', 'wine'])",
        "count(lines) == 3 && count(lines, .category == 'coffee') == 2",
        "sum(lines, .cents) == 16.00 && sum(lines, .qty) == 4",
        "sum(lines, .category == 'coffee' ? .cents : 0.00) == 3.50",
        "count(lines, has(.sku)) == 2",
        "min(ticket.total, 5.00) == 5.00 && max(1, 2, 3) == 3",
        "-7 / 2 == -3 && 7 / 2 == 3",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 10 - 3 - 2 == 5",
        "true || false && false",
        "!(member.tier == 'gold') && !false",
        "ticket.total > 10.00 ? true : false",
        "2 * 5.00 == 10.00 && 10.00 / 3 == 3.33 && 2 * 7d == 14d",
        "10.00 < ticket.total",
        "'garden' in visit.zones && !('cellar' in visit.zones) && ticket.store in visit.zones",
        "visit.zone_count == 2",
        "clock.date - member.since >= 90d && member.since + 90d < clock.date && clock.date - 1d < clock.date",
    ],
)
def test_true_conditions(source):
    """Each construct of the language gives the value that the design names, operators bind as documented."""
    assert holds(source) is True
    assert holds(f"!({source})") is False


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_comparison_with_absent_field_is_false(operator):
    """Whatever the operator, a comparison with an absent optional field is false and raises nothing."""
    nobody = Account()
    assert holds(f"member.months {operator} 6", account=nobody) is False
    assert holds(f"6 {operator} member.months", account=nobody) is False
    assert holds(f"member.months + 1 {operator} 2 * member.days", account=nobody) is False
    assert holds(f"-member.months {operator} min(member.days, 3)", account=nobody) is False


def test_absence_is_told_by_has():
    """`has` is true for a present field alone; an absent member of a list or bool is false, as a bool."""
    assert holds("has(member.diet)") is False
    assert holds("has(member.diet)", **{"member.diet": "vegan"}) is True
    assert holds("member.diet in ['vegan']") is False
    assert holds("member.vip") is False
    assert holds("member.vip && true") is False
    assert holds("member.diet != 'vegan'", **{"member.diet": "none"}) is True
    assert holds("member.joined + 1d > 2020-01-01") is False


def test_absent_bool_inside_a_condition_is_false():
    """`&&` of an absent field is false like any other false, also where it is compared."""
    assert holds("(member.vip && true) == false") is True
    assert holds("(true && member.vip) != true") is True
    assert holds("(false || member.vip) == (1 == 2)") is True
    assert holds("member.vip == false") is False


def test_presence_of_address_fields():
    """Of e-mail address and telephone number conditions only learn whether there is one."""
    reachable = Account(member=1, fields={"email": True, "phone": False})
    assert holds("has(member.email) && member.email && !has(member.phone)", account=reachable) is True
    secret = Account(member=1, fields={"email": "somebody@shop.example"})
    assert holds("has(member.email)", account=secret) is False


def test_fields_of_an_event():
    """An event brings its fields; a till ticket has none of them, whatever the comparison."""
    fields = {"category": "wine", "place": "web", "stars": 4, "cents": 2500, "count": 3}
    review = Ticket("t", (), date(2026, 3, 3), 0, "lyon", event=Event("review", "B2", "r1", fields))
    text = "event.category == 'wine' && event.place == 'web' && event.stars >= 4 && event.cents > 20.00"
    assert holds(f"event.name == 'review' && event.sku == 'B2' && event.count == 3 && {text}", ticket=review)
    for name in ("name", "sku", "category", "place"):
        assert holds(f"has(event.{name}) || event.{name} != 'x'") is False
    for name in ("stars", "count"):
        assert holds(f"has(event.{name}) || event.{name} < 9") is False


def test_fields_of_an_event_of_wrong_type_are_absent():
    """What a partner sent under a known name with another type is not compared, and raises nothing."""
    fields = {"category": 7, "place": "", "stars": "4", "cents": True, "count": "3"}
    odd = Ticket("t", (), date(2026, 3, 3), 0, "lyon", event=Event("review", fields=fields))
    for name in fields:
        assert holds(f"has(event.{name})", ticket=odd) is False
    assert holds("event.stars >= 4 || event.cents > 0.00 || has(event.sku)", ticket=odd) is False


def test_all_and_any_over_no_lines():
    """Over an empty ticket `all` is true, `any` false, `count` and `sum` zero."""
    empty = Ticket("t", (), date(2026, 3, 3), 0, "lyon")
    assert holds("all(lines, .promo) && !any(lines, !.promo)", ticket=empty) is True
    assert holds("count(lines) == 0 && sum(lines, .cents) == 0.00", ticket=empty) is True


def test_dates_do_not_overflow():
    """Date arithmetic stops at the ends of the calendar instead of raising."""
    assert holds("clock.date + 36600d * 1000000 == 9999-12-31") is True
    assert holds("clock.date - 36600d * 1000000 == 0001-01-01") is True


def test_filter_reads_line_and_facts():
    """A line filter sees the fields of its line and the facts of the ticket."""
    checked = compile_filter(".category == 'coffee' && .cents > 0.00 && member.tier == 'silver'", SCHEMA)
    facts = facts_of(TICKET, MEMBER, TICKET.gross)
    assert [checked.run(facts, line) for line in LINES] == [True, False, False]
    assert checked.fields == {"member.tier"}


def test_visits_of_a_thinly_known_member_are_absent():
    """A till that holds only balance and tier must not take an unknown history for no history."""
    assert holds("member.visits == 0", account=Account(member=1, known="thin")) is False
    assert holds("member.visits == 0", account=Account(member=1)) is True


@pytest.mark.parametrize(
    ("birthday", "day", "days"),
    [
        ((3, 10), date(2026, 3, 10), 0),
        ((3, 10), date(2026, 3, 11), 364),
        ((2, 29), date(2026, 2, 27), 1),
        ((2, 29), date(2028, 2, 28), 1),
        ((1, 1), date(2026, 12, 31), 1),
    ],
)
def test_days_to_birthday(birthday, day, days):
    """The next birthday is today or later; 29 February falls on the 28th in a common year."""
    assert days_to_birthday(birthday, day) == days


def test_trace_tells_how_far():
    """Each clause says what there is, what is needed, and the gap in its own unit while it is open."""
    source = "ticket.total >= 19.20 && member.visits > 5 && 2 < count(lines) && member.tier == 'gold'"
    total, visits, count, tier = trace(
        compile_condition(source, SCHEMA), facts_of(TICKET, MEMBER, 1600), TICKET.lines
    )
    assert (total.text, total.holds, total.gap) == ("ticket.total >= 19.20", False, Gap("cents", 1600, 1920))
    assert visits.gap == Gap("visits", 3, 6)
    assert (count.holds, count.have, count.need, count.gap) == (True, 3, 2, None)
    assert (tier.holds, tier.have, tier.need, tier.gap) == (False, "silver", "gold", None)
    assert [clause.unit for clause in (total, visits, count, tier)] == ["cents", "visits", "lines", ""]


def test_trace_shows_absence_and_alternatives():
    """An absent field is told apart from a wrong value, and each way of an `||` has its own gap."""
    source = (
        "(count(lines, .promo) >= 2 || sum(lines, .qty) >= 5) && has(member.diet) && member.diet == 'vegan'"
    )
    either, present, diet = trace(
        compile_condition(source, SCHEMA), facts_of(TICKET, MEMBER, 1600), TICKET.lines
    )
    assert [part.gap for part in either.alternatives] == [Gap("lines", 1, 2), Gap("units", 4, 5)]
    assert (present.holds, present.absent) == (False, True)
    assert (diet.holds, diet.absent, diet.have) == (False, True, None)
    (known,) = trace(compile_condition("has(member.since)", SCHEMA), facts_of(TICKET, MEMBER, 1600), LINES)
    assert (known.holds, known.absent) == (True, False)


def test_a_time_of_day_is_its_minute() -> None:
    """14:35 is minute 875."""
    at = Ticket("t", LINES, date(2026, 3, 3), 14 * 60 + 35, "lyon")
    assert holds("clock.time == 14:35", ticket=at) is True
    assert holds("clock.time == 14:05 || clock.time == 14:34 || clock.time == 14:36", ticket=at) is False


@pytest.mark.parametrize(
    ("source", "anchors"),
    [
        (".category == 'wine'", {("category", "wine")}),
        ("'wine' == .category && .promo", {("category", "wine")}),
        (".category in ['wine', 'beer']", {("category", "wine"), ("category", "beer")}),
        (".category in ['wine', 'beer'] && .sku == 'B2'", {("sku", "B2")}),
        (".category == 'wine' || .sku == 'A1'", {("category", "wine"), ("sku", "A1")}),
        (".category == 'wine' || .promo", None),
        (".category != 'wine'", None),
        (".cents in [-1.00, 4.50]", None),
    ],
)
def test_what_a_line_must_have_to_pass(source: str, anchors: set[tuple[str, str]] | None) -> None:
    """The fewest texts of which a line needs one; lines without any need not be tried."""
    checked = compile_filter(source, SCHEMA)
    assert checked.anchors == anchors
    indexed, facts = IndexedLines(LINES), facts_of(TICKET, MEMBER, TICKET.gross)
    passing = [n for n, line in enumerate(LINES) if checked.run(facts, line)]
    if anchors is not None:
        assert set(passing) <= set(indexed.places(checked.anchors))


def test_a_line_is_looked_up_once() -> None:
    """By its category and by its product; in the order of the ticket, also where the second text comes first."""
    indexed = IndexedLines(LINES)
    assert indexed.places(frozenset({("sku", "A1"), ("category", "coffee")})) == [0, 2]
    assert indexed.places(frozenset({("sku", "B2"), ("category", "wine")})) == [1]
    assert indexed.places(frozenset({("sku", "B2"), ("sku", "A1"), ("category", "tea")})) == [0, 1]
    source = "count(lines, .sku == 'B2' || .category == 'wine') == 1"
    assert compile_condition(source, SCHEMA).run(facts_of(TICKET, MEMBER, 1600), indexed) is True

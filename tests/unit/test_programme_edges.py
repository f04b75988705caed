"""What a programme file may just say and what goes one step too far, and where the fault is told."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from rules.errors import Problem
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Budget
from rules.programme.values import (
    cents_from,
    days_from,
    factor_from,
    moment_from,
    percent_from,
)
from tests.unit.history_kit import BASE, CARD, EXPIRY, HEADER, PAY, TIERS, programme


def found(text: str) -> tuple[Problem, ...]:
    return check_programme(text.encode())


def errors(*parts: str, head: str = HEADER) -> list[tuple[str, str]]:
    """Rule and key of every error of a file with these rules."""
    return [(one.rule, one.key) for one in found(head + "".join(parts)) if not one.warning]


@pytest.mark.parametrize(
    ("convert", "value", "result"),
    [
        (cents_from, Decimal("100000000.00"), 10_000_000_000),
        (days_from, "36600d", 36_600),
        (percent_from, "100%", 1),
        (factor_from, "10000/10000", Fraction(1)),
    ],
)
def test_the_largest_value_is_still_taken(convert: Any, value: object, result: object) -> None:
    """The bound itself is allowed."""
    assert convert(value) == result


def test_a_percentage_without_quotes_is_refused() -> None:
    """A number is no text."""
    with pytest.raises(ValueError, match="in quotes"):
        percent_from(50)


def test_a_moment_keeps_its_seconds() -> None:
    """The last second of a day is not its last minute."""
    rule = programme(BASE + "valid = { to = 2026-03-31T23:59:59 }\n").rule("base")
    assert rule is not None
    assert rule.valid.end is not None
    assert rule.valid.end.second == 59
    assert moment_from(rule.valid.end) == rule.valid.end


def test_numbers_and_texts_up_to_their_bounds() -> None:
    """A milliard, and a text of as many characters as are allowed; one more is refused."""
    most = BASE.replace("points = 1\n", "points = 1000000000\n")
    assert errors(most) == []
    assert errors(most.replace("1000000000", "1000000001")) == [("base", "points")]
    assert errors(BASE, head=HEADER.replace('name = "H"', f'name = "{"x" * 80}"')) == []
    assert errors(BASE, head=HEADER.replace('name = "H"', f'name = "{"x" * 81}"')) == [("programme", "name")]
    assert errors(BASE, head=HEADER.replace('name = "H"', "name = {}")) == [("programme", "name")]


def test_a_file_of_exactly_one_mebibyte_is_read() -> None:
    """One byte more is not."""
    text = HEADER + BASE + "#"
    whole = text + "x" * ((1 << 20) - len(text))
    assert found(whole) == ()
    assert "1 MiB" in found(whole + "x")[0].message


def test_tables_are_nested_twenty_deep_at_most() -> None:
    """The twenty-first is one too many."""

    def flat(depth: int) -> bool:
        text = (
            HEADER + BASE + "[fields]\n" + "a = " + "{ a = " * (depth - 2) + "1" + " }" * (depth - 2) + "\n"
        )
        return not any("flatten" in one.message for one in found(text))

    assert (flat(20), flat(21)) == (True, False)


def test_the_whole_header_arrives() -> None:
    """Every key that is not its default."""
    more = (
        'earn_on = "gross"\nrounding = "half_up"\ncount_from = 3.00\nbusiness_day_ends = 04:30:00\n'
        'typed_amount = "counts"\nexclude = { categories = ["tobacco"], skus = ["X1"] }\n'
    )
    loaded = load_programme((HEADER + more + BASE).encode())
    header, rule = loaded.header, loaded.rule("base")
    assert (header.earn_on, header.rounding, header.count_from) == ("gross", "half_up", 300)
    assert (header.business_day_ends.hour, header.business_day_ends.minute) == (4, 30)
    assert (header.typed_amount, header.exclude_categories, header.exclude_skus) == (
        "counts",
        ("tobacco",),
        ("X1",),
    )
    assert rule is not None
    assert rule.earn_on == "gross"


@pytest.mark.parametrize("ends", ["04:00:30", "04:00:00.5", "12:00:00"])
def test_a_business_day_ends_on_a_whole_minute_of_the_morning(ends: str) -> None:
    """Neither seconds nor parts of them, nor noon."""
    wrong = HEADER + f"business_day_ends = {ends}\n"
    assert errors(BASE, head=wrong) == [("programme", "business_day_ends")]


@pytest.mark.parametrize(
    "hours", ["from = 09:00:01", "to = 09:00:01", "from = 09:00:00.5", "to = 09:00:00.5"]
)
def test_a_schedule_has_whole_minutes(hours: str) -> None:
    """At its beginning as at its end."""
    assert errors(BASE, f"schedule = [{{ {hours} }}]\n") == [("base", "schedule")]


def test_windows_of_no_length_are_refused() -> None:
    """Hours and dates that end when they begin."""
    at = "2026-04-01T09:00:00"
    assert errors(BASE, "schedule = [{ from = 09:00:00, to = 09:00:00 }]\n") == [("base", "schedule")]
    assert errors(BASE, f"valid = {{ from = {at}, to = {at} }}\n") == [("base", "valid")]


def test_a_rule_of_the_first_morning_is_valid_for_a_moment() -> None:
    """It ends on the first day of the programme: no warning."""
    assert found(HEADER + BASE + "valid = { to = 2025-01-01T12:00:00 }\n") == ()


def test_rules_that_are_no_tables_are_told_under_their_name() -> None:
    """`rule` as a number, and as a list of numbers."""
    for text, rule in (("rule = 3", "rule"), ("rule = [3]", "rule 1")):
        (one,) = [each for each in found(f"{text}\n{HEADER}") if "[[rule]]" in each.message]
        assert (one.line, one.rule, one.source) == (1, rule, text)


def test_only_kinds_of_rules_are_proposed_for_a_wrong_one() -> None:
    """`expiry` is a table of its own."""
    (one,) = found(HEADER + BASE.replace("earn.amount", "expir"))
    assert one.message == "there is no rule kind expir"


def test_what_a_kind_says_of_the_dates_is_told_beside_a_rule_that_cannot_be_read() -> None:
    """A deadline before the first day, and a rule without a kind."""
    terms = '[transition]\nfrom = "old"\naccept = true\ndeadline = 2024-12-31\n'
    assert set(errors(terms, '[[rule]]\nid = "bad"\n')) == {("transition", "deadline"), ("bad", "kind")}


def test_ids_that_are_no_texts_are_not_the_same_id() -> None:
    """Two rules numbered 1: each is told to have a name, none that it is used twice."""
    twice = BASE.replace('"base"', "1") + BASE.replace('"base"', "1")
    assert not any("used twice" in one.message for one in found(HEADER + twice))


def test_a_table_can_be_excluded_by_its_name() -> None:
    """A gold member's multiplier does not go with this rule."""
    rule = programme(BASE + 'excludes = ["tiers"]\n', TIERS).rule("base")
    assert rule is not None
    assert rule.excludes == ("tiers",)


def test_a_long_condition_for_typed_amounts_is_told_at_lines() -> None:
    """The part that typed_amount adds makes it too long."""
    long = " || ".join(".sku == 'x'" for _ in range(132))
    head = HEADER + 'typed_amount = "counts"\n'
    (one,) = found(head + BASE + f'lines = "{long}"\n')
    assert (one.key, one.message) == ("lines", "shorten the condition: typed_amount adds a part to it")
    assert found(HEADER + BASE + f'lines = "{long}"\n') == ()


def test_what_a_rule_does_not_say_is_empty() -> None:
    """No label in any language; a budget in money is counted in cents."""
    rule = programme(PAY + "budget = 500.00\n").rule("pay")
    assert rule is not None
    assert (rule.label, rule.budget) == ({}, Budget(50_000, money=True))


def test_the_limit_of_a_card_is_for_earning_it() -> None:
    """What takes the reward of a full card is not held back by `max`."""
    loaded = programme(BASE, EXPIRY, CARD + 'max = { count = 1, per = "day" }\n')
    steps = {
        (phase.name, step.own): step.guarded
        for phase, some in loaded.plan.items()
        for step in some
        if step.rule.id == "card"
    }
    assert steps[("BURN", False)] is False
    assert any(steps.values())

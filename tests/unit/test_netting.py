"""The period over which promises of an asset are netted, and what is posted within it."""

from datetime import date

import pytest

import rules.kinds.all  # noqa: F401
from rules.calendar import scope_key
from rules.netting import earned_again, netted, regained, scope_of
from rules.programme.load import load_programme

HEADER = """format = 1
[programme]
id = "t"
name = "T"
version = 1
effective_from = 2026-01-01
effective_to = 2027-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = "point"
"""
BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
VISIT = '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 1\n'
MONTH = '[[rule]]\nid = "month"\nkind = "earn.visits"\nsteps = [{ visit = 2, points = 1 }]\n'
BIRTHDAY = '[[rule]]\nid = "bday"\nkind = "earn.birthday"\npoints = 1\n'
WEEKLY = VISIT + 'max = { count = 2, per = "week" }\n'
STAMP = '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 3\nreward = {}\nper = "PER"\n'
YEARLY = STAMP.replace("PER", "day") + 'max = { count = 9, per = "year" }\n'


@pytest.mark.parametrize(
    ("rules", "asset", "scope"),
    [
        (BASE, "points", "ticket"),
        (BASE + VISIT, "points", "day"),
        (MONTH + BASE + VISIT, "points", "month"),
        (MONTH + BIRTHDAY, "points", "year"),
        (MONTH + STAMP.replace("PER", "day"), "stamp:card", "day"),
        (MONTH + STAMP.replace("PER", "day"), "reward:card", "day"),
        (MONTH + STAMP.replace("PER", "unit"), "stamp:card", "ticket"),
        (MONTH, "stamp:other", "ticket"),
        (BASE + WEEKLY, "points", "week"),
        (BASE + YEARLY, "points", "ticket"),
        (BASE + YEARLY, "stamp:card", "year"),
    ],
)
def test_the_longest_period_of_the_rules_that_touch_an_asset(rules: str, asset: str, scope: str) -> None:
    """Rules about other assets do not matter."""
    assert scope_of(asset, load_programme((HEADER + rules).encode())) == scope


def test_periods_have_names() -> None:
    """ISO weeks across the year's edge; a ticket names itself."""
    new_year = date(2017, 1, 1)
    names = [scope_key(scope, new_year) for scope in ("ticket", "day", "week", "month", "year", "ever")]
    assert names == ["", "2017-01-01", "2016-W52", "2017-01", "2017", "ever"]


@pytest.mark.parametrize(
    ("gaps", "parts"),
    [
        ([], []),
        ([4, -1, 2], [4, 0, 1]),
        ([-1, 3, -5], [-1, 0, -2]),
        ([2, -2, 0], [0, 0, 0]),
        ([3, 2, -4], [1, 0, 0]),
    ],
)
def test_only_the_sum_of_the_differences_is_posted(gaps: list[int], parts: list[int]) -> None:
    """The first tickets whose difference has the sum's sign take it, none more than its own."""
    assert netted(gaps) == parts


@pytest.mark.parametrize(
    ("gaps", "honoured", "parts"),
    [
        ([0, 4], [3, 0], [3, 0]),
        ([0, 4, 2], [3, 0, 9], [3, 0, 3]),
        ([0, 4], [2, 3], [1, 3]),
        ([-2, 4], [9, 0], [2, 0]),
        ([-4, 4], [9, 9], [0, 0]),
        ([-5, 4], [9, 9], [0, 0]),
        ([], [], []),
    ],
)
def test_what_was_kept_is_earned_before_more_is_given(
    gaps: list[int], honoured: list[int], parts: list[int]
) -> None:
    """As much as the sum lacks and no more: where it is lacking first, then the first ones that kept something."""
    assert earned_again(gaps, honoured) == parts


@pytest.mark.parametrize(
    ("more", "clawed", "risen", "parts"),
    [
        ([4, -9, 5], [6, 3, 2], None, [4, 0, 2]),
        ([4, -9, 5], [6, 3, 2], 5, [4, 0, 1]),
        ([4, -4], [4, 0], 0, [0, 0]),
        ([4, -5], [4, 0], -1, [0, 0]),
    ],
)
def test_what_fell_through_a_return_stands_again(
    more: list[int], clawed: list[int], risen: int | None, parts: list[int]
) -> None:
    """As far as the rules give more there than the member has; through a return no more than it raises in all."""
    assert regained(more, clawed, risen) == parts

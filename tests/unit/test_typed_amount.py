"""`typed_amount`: what an amount typed without products may earn."""

import pytest

from rules.account import Account
from rules.decision import Decision, Reason
from rules.fold import fold
from rules.programme.load import check_programme
from rules.ticket import Line
from tests.unit.kind_kit import DAY, HEADER, evaluate, programme, reason, sale

RULES = """[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "bread"
kind = "earn.amount"
points = 2
per = 1.00
lines = ".category == 'bread' || .cents > 1.00"
[[rule]]
id = "unit"
kind = "earn.unit"
points = 4
[[rule]]
id = "visit"
kind = "earn.visit"
points = 7
min_basket = 5.00
[[rule]]
id = "pay"
kind = "burn.money"
points = 100
value = 5.00
[[rule]]
id = "each"
kind = "stamp"
need = 10
reward = {}
[[rule]]
id = "ticket"
kind = "stamp"
per = "ticket"
need = 10
reward = {}
"""
TYPED, BREAD = Line(1000), Line(300, "b", "bread")


def decide(mode: str, *lines: Line) -> Decision:
    header = f'typed_amount = "{mode}"\n' if mode else ""
    return evaluate(sale(DAY, *lines), Account(member=1), programme(RULES, header))


def given(decision: Decision) -> dict[str, int]:
    return {one.rule: one.quantity for one in decision.contributions}


@pytest.mark.parametrize("mode", ["", "earns"])
def test_a_typed_amount_earns_unless_the_programme_says_otherwise(mode: str) -> None:
    """Like a line of goods."""
    assert given(decide(mode, TYPED)) == {
        "base": 10,
        "bread": 20,
        "unit": 4,
        "visit": 7,
        "each": 1,
        "ticket": 1,
    }


def test_it_counts_as_a_visit_but_earns_nothing_by_amount_or_unit() -> None:
    """Visit and stamp of the ticket belong to the typed line; the smallest basket holds it too."""
    decision = decide("counts", TYPED)
    assert given(decision) == {"visit": 7, "ticket": 1}
    assert all(sum(one.allocation) == one.quantity for one in decision.contributions)
    assert reason(decision, "base") is Reason.NO_ELIGIBLE_LINE
    assert (decision.counted, decision.paid) == (True, 1000)
    assert fold(Account(member=1), sale(DAY, TYPED), decision).visits == 1


def test_goods_beside_it_earn_as_ever() -> None:
    """Only the bread counts for what goes by goods; a rule's own lines hold as before."""
    decision = decide("counts", TYPED, BREAD)
    assert given(decision) == {"base": 3, "bread": 6, "unit": 4, "visit": 7, "each": 1, "ticket": 1}


def test_it_is_recorded_only() -> None:
    """No visit, no stamp, nothing; goods beside it count for themselves."""
    decision = decide("nothing", TYPED)
    assert (given(decision), decision.counted, decision.state) == ({}, False, {})
    assert reason(decision, "visit") is Reason.BELOW_MINIMUM
    mixed = decide("nothing", TYPED, BREAD)
    assert given(mixed) == {"base": 3, "bread": 6, "unit": 4, "each": 1, "ticket": 1}
    assert reason(mixed, "visit") is Reason.BELOW_MINIMUM


def test_wrong_and_too_long_are_load_errors() -> None:
    """No such way; a condition that is full already; a warning of the condition is given once."""
    assert "not possible here" in said('typed_amount = "half"\n', RULES)
    long = " || ".join([".category == 'bread'"] * 82)
    text = RULES.replace(".category == 'bread' || .cents > 1.00", long)
    assert said('typed_amount = "earns"\n', text) == ""
    assert "shorten the condition" in said('typed_amount = "counts"\n', text)
    warned = RULES.replace(".category == 'bread' || .cents > 1.00", "member.birthday_in == 0")
    assert len(said('typed_amount = "counts"\n', warned).splitlines()) == 1


def said(header: str, text: str) -> str:
    data = HEADER + header.encode() + text.encode()
    return "\n".join(problem.message for problem in check_programme(data))


def test_a_rule_that_cannot_be_read_is_told_and_nothing_else() -> None:
    """Whether it goes by goods is not asked."""
    text = 'typed_amount = "counts"\n[[rule]]\nid = "each"\nkind = "stamp"\nneed = 10\n'
    (problem,) = check_programme(HEADER + text.encode())
    assert problem.message == "the key reward is missing: add it"

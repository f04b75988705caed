"""Shares of a member's caps and limits: a till gives what it holds of them, and leaves the rest to settlement."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.languages.words import Words
from pos_app.till.labels import voice_of
from rules.account import Account
from rules.allowances import Allowance, allowances_of
from rules.decision import Decision, Reason
from rules.evaluate import evaluate
from rules.explain import outcome_text
from rules.ticket import Line
from tests.unit.kind_kit import DAY, programme, sale

CAPPED = programme("""[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[[rule]]
id = "visit"
kind = "earn.visit"
points = 5
max = { count = 2, per = "week" }
[[rule]]
id = "five"
kind = "burn.money"
points = 10
value = 5.00
max = { count = 1, per = "day" }
[[rule]]
id = "daily"
kind = "cap"
of = ["*"]
max = 30
per = "day"
[[rule]]
id = "ticket"
kind = "cap"
of = ["base"]
max = 100
per = "ticket"
""")
MEMBER = Account(member=1, balance={"points": 50}, usable={"points": 50})
ALL = {"cap:daily": 30, "max:visit": 2, "max:five": 1}


def decided(euros: int, account: Account = MEMBER, **held: int) -> Decision:
    """A ticket at a till whose shares are those of `ALL` but for `held`, with _ for the colon."""
    allowed = ALL | {name.replace("_", ":"): units for name, units in held.items()}
    return evaluate(sale(DAY, Line(euros * 100)), account, CAPPED, allowed=allowed)


def why(decision: Decision, rule: str) -> Reason:
    return next(one.reason for one in decision.outcomes if one.rule == rule)


def test_what_a_programme_allows_a_member() -> None:
    """Every cap and limit that outlives a ticket, and where the history counts it."""
    assert allowances_of(CAPPED) == (
        Allowance("cap:daily", 30, "day", "daily"),
        Allowance("max:five", 1, "day", "max:five"),
        Allowance("max:visit", 2, "week", "max:visit"),
    )


def test_an_allowance_begins_again_with_its_period() -> None:
    """What earlier days used up counts for their period alone, and nothing falls below 0."""
    [daily, *_] = allowances_of(CAPPED)
    state = {"daily": {"in": DAY.isoformat(), "n": 20}}
    assert (daily.left(state, DAY), daily.left(state, date(2026, 5, 7)), daily.left({}, DAY)) == (10, 30, 30)
    assert daily.left({"daily": {"in": DAY.isoformat(), "n": 90}}, DAY) == 0


def test_with_the_whole_share_nothing_is_different() -> None:
    """But for what was taken of it."""
    plain = evaluate(sale(DAY, Line(2000)), MEMBER, CAPPED)
    assert plain.drawn == {}
    full = decided(20)
    assert full.drawn == {"cap:daily": 25, "max:visit": 1}
    assert (full.outcomes, full.contributions, full.state) == (
        plain.outcomes,
        plain.contributions,
        plain.state,
    )


@pytest.mark.parametrize(
    ("language", "text"), [("en", "the rest will be added"), ("fr", "le reste sera ajouté")]
)
def test_what_the_share_does_not_cover_is_left_to_settlement(language: str, text: str) -> None:
    """12 of the 25: the visit and a part of the base come later, and nothing says that the cap was reached."""
    short = decided(20, cap_daily=12)
    assert {one.rule: one.quantity for one in short.contributions} == {"base": 12}
    assert (why(short, "base"), why(short, "visit")) == (Reason.SETTLED_LATER, Reason.SETTLED_LATER)
    assert short.drawn == {"cap:daily": 12}, "a use that gave nothing is not taken"
    base = next(one for one in short.outcomes if one.rule == "base")
    assert text in outcome_text(base, voice_of(CAPPED, Words(language)))


def test_what_the_cap_itself_cuts_is_cut_for_good() -> None:
    """A full share and too much on the ticket: the cap says so, as ever."""
    assert why(decided(40), "base") is Reason.CAP_CUT


@pytest.mark.parametrize("known", ["full", "thin"])
def test_a_limited_rule_without_a_share(known: str) -> None:
    """What it gives comes later; a redemption waits for the ledger's word and is not offered."""
    account = Account(member=1, known=known, balance={"points": 50}, usable={"points": 50})  # type: ignore[arg-type]
    none = decided(20, account, max_visit=0, max_five=0)
    assert (why(none, "visit"), why(none, "five")) == (Reason.SETTLED_LATER, Reason.UNCONFIRMED)
    assert (none.options, none.drawn) == ((), {"cap:daily": 20})
    assert [one.rule for one in decided(20, account).options] == ["five"]


@given(st.integers(1, 60), st.integers(0, 40), st.integers(0, 40))
def test_nothing_is_promised_beyond_the_share(euros: int, used: int, held: int) -> None:
    """Whatever was used up before: never beyond the share, nor beyond the cap, and all of it is drawn."""
    account = Account(member=1, state={"daily": {"in": DAY.isoformat(), "n": used}})
    found = decided(euros, account, cap_daily=held)
    assert found.earned() == min(held, max(0, 30 - used), euros + 5)
    assert found.drawn.get("cap:daily", 0) == found.earned()

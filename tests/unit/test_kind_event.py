"""`earn.event`: check-ins, scans, reviews, orders and uses of a service."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rules.account import Account
from rules.decision import Decision, Gap, Reason
from rules.kinds.earn_event import MOST_REFS, MOST_SKUS
from rules.programme.load import check_programme
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import DAY, HEADER, evaluate, faults, happened, in_turn, programme, reason, sale

REVIEW = """[[rule]]
id = "review"
kind = "earn.event"
event = "web.review"
requires = "purchase"
within = "90d"
points = 5
vesting = "48h"
"""
ORDER = """[[rule]]
id = "order"
kind = "earn.event"
event = "web.order"
points = 2
per = 1.00
"""
RIDE = """[[rule]]
id = "ride"
kind = "earn.event"
event = "ride"
points = 3
per = 2
"""
SCAN = """[[rule]]
id = "scan"
kind = "earn.event"
event = "product_scan"
match = { sku = ["SKU0099"], place = ["hall", "door"] }
points = 3
max = { count = 1, per = "day" }
"""


def event(name: str, day: int = 0, ref: str = "", sku: str = "", **fields: Any) -> Ticket:
    return happened(Event(name, sku, ref, fields), DAY + timedelta(days=day), f"{name}{day}{ref}{sku}")


def bought(day: int, *skus: str) -> Ticket:
    return sale(DAY + timedelta(days=day), *[Line(500, sku, "food") for sku in skus])


def run(text: str, *tickets: Ticket) -> tuple[Account, list[Decision]]:
    return in_turn(tickets, programme(text))


def earned(text: str, *tickets: Ticket) -> list[int]:
    return [decision.earned() for decision in run(text, *tickets)[1]]


@pytest.mark.parametrize("stars", [1, 5])
def test_a_review_earns_the_same_for_one_star_and_for_five(stars: int) -> None:
    """Golden: honest reviews cost nothing, and the points can be used two days later."""
    _, given = run(REVIEW, bought(0, "a"), event("web.review", 1, "r1", "a", stars=stars))
    assert given[1].earned() == 5
    assert given[1].contributions[0].available_on == DAY + timedelta(days=3)
    assert given[1].contributions[0].allocation == ()


def test_only_what_was_bought_can_be_reviewed_for_points() -> None:
    """Golden: another product, a product bought too long ago, and a review of nothing earn nothing."""
    late, other = event("web.review", 91, "r2", "a"), event("web.review", 1, "r1", "b")
    account, given = run(REVIEW, bought(0, "a"), other, late, event("web.review", 2, "r3"))
    assert [decision.earned() for decision in given] == [0, 0, 0, 0]
    assert [reason(each, "review") for each in given] == [
        Reason.NO_EFFECT,
        Reason.NO_ELIGIBLE_LINE,
        Reason.NO_ELIGIBLE_LINE,
        Reason.FIELD_ABSENT,
    ]
    assert account.visits == 1
    assert earned(REVIEW, bought(0, "a"), event("web.review", 90, "r", "a")) == [0, 5]


def test_a_review_sent_twice_earns_once() -> None:
    """The second review of the same number is known; another one earns; one without a number always does."""
    tickets = [
        event("web.review", day, ref, "a") for day, ref in ((1, "r1"), (2, "r1"), (3, "r2"), (4, ""), (4, ""))
    ]
    assert earned(REVIEW, bought(0, "a"), *tickets) == [0, 5, 0, 5, 5, 5]


def test_points_for_every_use_of_a_service() -> None:
    """Golden: 3 points for every 2 rides of an event, rounded once; one ride alone says how far."""
    assert earned(RIDE, event("ride", count=10), event("ride", 1, count=5)) == [15, 7]
    _, (one,) = run(RIDE.replace("per = 2", "per = 4"), event("ride", count=1))
    assert one.outcomes[0].gap == Gap("count", 1, 2)
    _, (none,) = run(RIDE, event("ride"))
    assert reason(none, "ride") is Reason.FIELD_ABSENT


def test_points_for_the_money_of_an_order() -> None:
    """12.99 at 2 points a euro are 25; an order below zero is worth nothing; a till's own sale is none."""
    assert earned(ORDER, event("web.order", cents=1299), event("web.order", 1, cents=-500)) == [25, 0]
    assert earned(ORDER, bought(0, "a")) == [0]


def test_an_event_must_match_and_the_limit_of_the_rule_holds() -> None:
    """Another product, no place, another event; then one a day."""
    right = {"sku": "SKU0099", "place": "door"}
    wrong = [
        event("product_scan", sku="x", place="hall"),
        event("product_scan", sku="SKU0099"),
        event("check_in"),
    ]
    assert earned(SCAN, *wrong) == [0, 0, 0]
    assert earned(SCAN, event("product_scan", **right), event("product_scan", ref="b", **right)) == [3, 0]


def test_purchases_are_remembered_whatever_the_condition_says_of_the_event() -> None:
    """A condition on the event is false at every sale, which must be remembered all the same."""
    text = REVIEW + "when = \"event.category == 'food'\"\n"
    reviewed = event("web.review", 1, "r", "a", category="food")
    assert earned(text, bought(0, "a"), reviewed) == [0, 5]
    assert run(ORDER, bought(0, "a"))[0].state == {}


def test_the_memory_is_bounded_json_and_forgets_the_oldest() -> None:
    """200 products and 200 numbers; the first of each is forgotten first."""
    many = [bought(n, f"s{n:03d}") for n in range(MOST_SKUS + 1)]
    account, _ = run(REVIEW.replace('"90d"', '"365d"'), *many)
    state = account.state["review"]
    assert len(state["bought"]) == MOST_SKUS
    assert "s000" not in state["bought"]
    refs = [event("web.review", 1, f"r{n}", "a") for n in range(MOST_REFS + 1)]
    account, given = run(REVIEW, bought(0, "a"), *refs, refs[-1], refs[0])
    assert [decision.earned() for decision in given[-2:]] == [0, 5]
    assert len(account.state["review"]["refs"]) == MOST_REFS
    assert msgspec.json.decode(msgspec.json.encode(account.state)) == account.state


def test_a_late_purchase_keeps_the_later_day() -> None:
    """Settled after a newer one, an older ticket takes nothing away; one of long ago is not kept."""
    account, _ = run(REVIEW, bought(50, "a"), bought(-30, "a"), bought(-60, "b"), bought(10, "c"))
    assert account.state["review"]["bought"] == {"a": "2026-06-25", "c": "2026-05-16"}


def test_an_event_is_no_visit_and_a_thin_till_leaves_it_to_settlement() -> None:
    """It counts for nothing but its own rules."""
    _, (decision,) = run(ORDER, event("web.order", cents=1299))
    assert not decision.counted
    thin = evaluate(event("web.order", cents=1299), Account(member=1, known="thin"), programme(ORDER))
    assert reason(thin, "order") is Reason.SETTLED_LATER


def test_a_rule_on_the_stars_of_a_review_is_warned_of() -> None:
    """The file loads, with a warning at the condition; for another event the field is free."""
    text = REVIEW + 'when = "event.stars >= 4"\n'
    (warning,) = check_programme(HEADER + text.encode())
    assert (warning.warning, warning.key) == (True, "when")
    assert "one star and for five" in warning.message
    assert not faults(text.replace("web.review", "hotel.stay"))


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (ORDER, ("per = 1.00", "per = 0"), "count of at least 1"),
        (ORDER, ("per = 1.00", "per = 0.00"), "above 0.00"),
        (ORDER, ("per = 1.00", "per = 1.0"), "two decimals"),
        (ORDER, ("points = 2", "points = -2"), "points or a voucher"),
        (ORDER, ("points = 2", 'voucher = "x"'), "per only with points"),
        (ORDER, ("points = 2", "points = 2\nmin_basket = 3.00"), "an event has no lines"),
        (ORDER, ("points = 2", "points = 2\nlines = '.promo'"), "an event has no lines"),
        (ORDER, ('"web.order"', '"Web Order"'), "write an id"),
        (ORDER, ('"web.order"', '"referral"'), "of the kind referral"),
        (ORDER, ('"web.order"', '"incident"'), "of the kind incidents"),
        (REVIEW, ('"90d"', '"0d"'), "at least 1 day"),
        (SCAN, ("sku = [", "skus = ["), "did you mean sku"),
    ],
)
def test_wrong_events_are_load_errors(text: str, change: tuple[str, str], said: str) -> None:
    """Nothing per nothing, no prize, lines of an event, names that are taken."""
    assert said in faults(text.replace(*change))


def test_what_does_not_count_is_not_remembered() -> None:
    """A ticket below what counts, and one of somebody who is blocked, allow no review."""
    loaded = programme(REVIEW, header="count_from = 5.00")
    small = evaluate(sale(DAY, Line(499, "brie", "c")), Account(member=1), loaded)
    blocked = evaluate(sale(DAY, Line(900, "brie", "c")), Account(member=1, blocked=True), loaded)
    counted = evaluate(sale(DAY, Line(900, "brie", "c")), Account(member=1), loaded)
    assert [bool(each.state) for each in (small, blocked, counted)] == [False, False, True]


def test_an_event_without_a_number_leaves_nothing_behind() -> None:
    """Only what has a number can come twice."""
    assert run(ORDER, event("web.order", cents=1299))[0].state == {}


@pytest.mark.parametrize(("rounding", "points"), [("floor", 1), ("half_up", 2)])
def test_an_event_is_rounded_by_the_programme(rounding: str, points: int) -> None:
    """One ride at 3 points for 2."""
    loaded = programme(RIDE, f'rounding = "{rounding}"')
    assert evaluate(event("ride", count=1), Account(member=1), loaded).earned() == points


def test_an_event_of_nothing_is_too_small() -> None:
    """No ride and less than none, at points for every ride and for every fourth."""
    for text, need in ((RIDE.replace("per = 2", "per = 1"), 1), (RIDE.replace("per = 2", "per = 4"), 2)):
        for count in (0, -3):
            _, (decision,) = run(text, event("ride", count=count))
            (outcome,) = decision.outcomes
            assert (outcome.reason, outcome.gap) == (Reason.NO_EFFECT, Gap("count", 0, need))


def test_only_bought_goods_of_the_rule_are_remembered() -> None:
    """Goods returned, goods without a number and others than the rule names allow no review; a free item does."""
    text = REVIEW + 'match = { sku = ["a", "b", "c"] }\n'
    lines = (
        Line(500, "a", "food"),
        Line(-500, "b", "food", qty=Decimal(-1)),
        Line(500, "", "food"),
        Line(500, "other", "food"),
        Line(0, "c", "food"),
    )
    assert set(run(text, sale(DAY, *lines))[0].state["review"]["bought"]) == {"a", "c"}
    odd = (Line(-500, "a", "food"), Line(500, "b", "food", qty=Decimal(0)), Line(900, "x", "food"))
    assert run(text, sale(DAY, *odd))[0].state == {}


def test_the_last_day_of_the_memory_outlives_a_later_purchase() -> None:
    """Bought 90 days before something else, and reviewed on that day."""
    assert earned(REVIEW, bought(0, "a"), bought(90, "b"), event("web.review", 90, "r", "a")) == [0, 0, 5]


def test_a_memory_of_another_version_of_the_rule_has_no_purchases() -> None:
    """Once the rule asked for nothing bought; what it remembered then is no purchase."""
    before, _ = run(REVIEW.replace('requires = "purchase"\n', ""), event("web.review", 0, "r1", "a"))
    _, (decision,) = in_turn([event("web.review", 1, "r2", "a")], programme(REVIEW), before)
    assert reason(decision, "review") is Reason.NO_ELIGIBLE_LINE


@pytest.mark.parametrize(
    "text", [REVIEW.replace('"90d"', '"1d"'), RIDE.replace("per = 2", "per = 1")], ids=["within", "per"]
)
def test_one_of_each_is_enough(text: str) -> None:
    """One day of memory; points for every single use."""
    assert faults(text) == ""

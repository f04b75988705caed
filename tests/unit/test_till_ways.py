"""What comes next for a member, beside the ticket: every kind of way, the nearest first."""

import datetime

import pytest

from pos_app.languages.words import Words
from pos_app.screens.parts import stamp_rows
from pos_app.till.view import Bar, StampCard
from pos_app.till.ways import care_text, ends_of, ways_of
from rules.account import Account, Holding
from rules.decision import Progress
from rules.ticket import Event
from tests.unit.kind_kit import programme
from tests.unit.till_kit import BREAD, COFFEE, HEAD, Shop

LOAF = b"""
[[rule]]
id = "loaf"
kind = "stamp"
label = "Bread card"
lines = ".category == 'bread'"
need = 2
reward = { kind = "free_unit", lines = ".category == 'bread'", expires = "30d" }

[[rule]]
id = "first"
kind = "earn.birthday"
label = "Birthday bread"
reward = { kind = "free_unit", lines = ".category == 'bread'", expires = "10d" }
"""
NEAR = b"""
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00

[[rule]]
id = "visit"
kind = "earn.visit"
label = "A visit"
points = 5
min_basket = 5.00
"""
LABELS = """
[[rule]]
id = "five"
kind = "burn.money"
label = "5 off"
points = 100
value = 5.00
[[rule]]
id = "ten"
kind = "burn.money"
label = "10 off"
points = 200
value = 10.00
[[rule]]
id = "month"
kind = "earn.visits"
label = "4th visit"
steps = [{ visit = 4, points = 30 }]
[[rule]]
id = "weeks"
kind = "earn.streak"
label = "4 weeks"
period = "week"
length = 4
points = 20
"""
UNTIL = datetime.date(2026, 11, 29)
WALK = (
    Progress("reward", "ten", "ten", "points", 60, 200),
    Progress("reward", "five", "five", "points", 60, 100),
    Progress("tier", "tiers", "gold", "cents", 10, 100),
    Progress("visits", "month", "month", "visits", 3, 4),
    Progress("streak", "weeks", "weeks", "weeks", 2, 4, UNTIL),
    Progress("lapse", "expiry", "expiry", "points", 9, 9, UNTIL),
    Progress("alert", "incidents", "incidents", "weight", 6, 5),
)


def test_ways_stand_in_the_order_of_what_is_left() -> None:
    """Three of four visits, 60 of 100 points, two of four weeks, a tenth of the level; care has its own line above."""
    ways = ways_of(WALK, {}, programme(LABELS), Words("en"))
    care = care_text(WALK, programme(LABELS), Words("en"))
    assert care == "Take special care: incidents weigh 6, alert from 5"
    assert [one.title for one in ways if not isinstance(one, str)] == [
        "4th visit",
        "Next reward: 5 off",
        "4 weeks",
        "Next tier: gold",
    ]
    assert ways[0] == StampCard("4th visit", 3, 4, "1 visit left")
    assert isinstance(ways[1], Bar)
    assert ways[2] == StampCard("4 weeks", 2, 4, "1 visit by 29/11/2026 keeps the streak")


def test_a_reached_reward_is_no_way_and_the_next_one_shows() -> None:
    """With 120 points the 5 off is on offer: what comes next is the 10 off."""
    walk = (
        Progress("reward", "five", "five", "points", 120, 100),
        Progress("reward", "ten", "ten", "points", 120, 200),
    )
    [way] = ways_of(walk, {}, programme(LABELS), Words("en"))
    assert isinstance(way, Bar)
    assert (way.title, way.left) == ("Next reward: 10 off", "80 points left")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_streak_that_has_not_begun_is_a_sentence(language: str) -> None:
    """No week is kept yet: there is nothing to draw."""
    walk = (Progress("streak", "weeks", "weeks", "weeks", 0, 4),)
    [way] = ways_of(walk, {}, programme(LABELS), Words(language))
    assert isinstance(way, str)
    assert "4 weeks" in way


def test_visits_of_the_month_stand_beside_the_ticket(shop: Shop) -> None:
    """The shop's own rule for the 4th visit: after this ticket it is the first."""
    shop.scan(shop.member(1))
    shop.till.typed("1000")
    assert shop.view.member is not None
    found = [one for one in shop.view.member.ways if isinstance(one, StampCard)]
    assert ("4th visit of the month", 1, 4) in [(one.title, one.have, one.need) for one in found]


def test_what_the_basket_nearly_has_is_one_line_on_the_ticket(shop: Shop) -> None:
    """3.50 of 5.00: 1.50 more. With 2.40 it is not near, with 5.00 it is given."""
    shop.publish("programme", HEAD + NEAR)
    shop.scan(shop.member(1))
    gaps = []
    for typed in ("350", "240", "500"):
        shop.till.typed(typed)
        assert shop.view.ticket is not None
        gaps.append(shop.view.ticket.next_gap)
    assert gaps == ["€1.50 more: A visit", "", ""]


def test_what_a_full_card_becomes_is_announced_before_it_is_recorded(shop: Shop) -> None:
    """Two loaves fill the card of two: a stamp each, and the free item."""
    shop.publish("programme", HEAD + LOAF)
    shop.scan(shop.member(1))
    shop.till.scan_text(BREAD, "wedge")
    shop.clock.pass_ms(2000)
    shop.till.scan_text(BREAD, "wedge")
    assert shop.view.ticket is not None
    assert [one.amount for one in shop.view.ticket.earn] == ["+ 2 stamps", "+ 1 free item"]


def test_a_programme_without_points_shows_no_balance(shop: Shop) -> None:
    """Stamps alone: neither the screen nor the paper speaks of 0 points; the paper says how full the card is."""
    shop.publish("programme", HEAD + LOAF)
    shop.scan(shop.member(1))
    shop.till.scan_text(BREAD, "wedge")
    assert shop.view.member is not None
    assert not shop.view.member.has_points
    assert "points" not in shop.view.member.freshness
    shop.till.record()
    assert shop.view.done is not None
    assert "Bread card: 1 of 2 stamps" in shop.view.done.lines
    assert not any("Balance" in line for line in shop.view.done.lines)
    shop.till.escape()
    shop.scan(shop.member(2))
    shop.till.scan_text(COFFEE, "wedge")
    shop.till.record()
    assert shop.view.done is not None
    assert not any("stamps" in line for line in shop.view.done.lines), "an empty card is not worth a line"


def test_a_card_that_was_filled_here_begins_anew_on_the_receipt(shop: Shop) -> None:
    """The till made the free item itself: what is told of the card is the new, empty one."""
    shop.publish("programme", HEAD + LOAF)
    card = shop.member(1)
    for _ in range(2):
        shop.scan(card)
        shop.clock.pass_ms(2000)
        shop.till.scan_text(BREAD, "wedge")
        shop.till.record()
    assert shop.view.done is not None
    lines = " · ".join(shop.view.done.lines)
    assert "Bread card: + 1 free item" in lines
    assert "2 of 2 stamps" not in lines
    assert "Bread card: a product free, until 20/12/2026" in lines


def test_a_level_without_a_label_has_a_name_for_people(shop: Shop) -> None:
    """The prize of a level stands on the receipt under a word, not under the name of a table."""
    levels = b"""
[tiers]
measure = "spend"
window = "365d"
levels = [{ id = "base", from = 0.00 }, { id = "gold", from = 10.00, gives = { points = 50 } }]
"""
    shop.publish("programme", HEAD + levels)
    shop.sale(shop.member(1), "1500")
    assert shop.view.done is not None
    assert "Level: + 50 points" in shop.view.done.lines


def test_what_a_reward_leaves_is_told_beside_the_others_chosen(shop: Shop) -> None:
    """120 points: once 100 are taken by one reward, a second one would start from 20."""
    rules = b"""
[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00

[[rule]]
id = "give"
kind = "burn.donation"
points = 10
value = 1.00
to = "food-bank"
"""
    shop.publish("programme", HEAD + rules)
    shop.scan(shop.with_points(1, 120))
    shop.till.typed("2000")
    shop.till.choose(1)
    shop.grant(1, shop.ledger.holds[-1][0], "points", 120)
    assert shop.view.ticket is not None
    assert [one.after for one in shop.view.ticket.rewards] == ["120 -> 20", "20 -> 10"]
    shop.till.escape()
    shop.scan(shop.with_points(2, 105))
    shop.till.typed("2000")
    shop.till.choose(1)
    shop.grant(2, shop.ledger.holds[-1][0], "points", 105)
    other = shop.view.ticket.rewards[1]
    assert (other.possible, other.reason) == (False, "What is chosen leaves too little for this one.")
    shop.till.choose(1)
    assert shop.view.ticket.rewards[1].possible


def test_a_second_reward_is_asked_for_beside_the_first(shop: Shop) -> None:
    """300 points, 150 of them held here: what the donation lacks beside the discount is asked for, and comes."""
    rules = b"""
[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00

[[rule]]
id = "give"
kind = "burn.donation"
points = 60
value = 1.00
to = "food-bank"
"""
    shop.publish("programme", HEAD + rules)
    shop.scan(shop.with_points(1, 300))
    shop.till.typed("2000")
    ticket = shop.ledger.holds[-1][0]
    shop.grant(1, ticket, "points", 150)
    shop.till.choose(1)
    shop.till.choose(2)
    assert shop.code == "reward_asked"
    assert shop.ledger.holds[-1][2][0].quantity == 10
    shop.grant(1, ticket, "points", 10)
    assert shop.view.ticket is not None
    assert [one.chosen for one in shop.view.ticket.rewards] == [True, True]
    shop.till.enter()
    assert shop.view.done is not None
    assert "Balance 140 points" in shop.view.done.lines


def test_care_stands_on_the_alert_line(shop: Shop) -> None:
    """Incidents that weigh enough are said above everything, once the member is on the ticket."""
    rules = b"""
[incidents]
kinds = { rude = 3 }
window = "180d"
red_alert = 3
"""
    shop.publish("programme", HEAD + NEAR + rules)
    shop.scan(shop.member(1))
    assert shop.view.alert == ""
    shop.till.happened(Event("incident", ref="i1", fields={"kind": "rude"}))
    shop.till.typed("1000")
    assert "Take special care" in shop.view.alert
    assert shop.view.member is not None
    assert not any("special care" in str(one) for one in shop.view.member.ways)


def test_stamps_and_free_items_say_when_they_lapse() -> None:
    """Eight stamps end the day after tomorrow and the free coffee tomorrow; what lasts longer has no day."""
    today = UNTIL - datetime.timedelta(days=2)
    held = [
        ("stamp:coffee", 8, 2),
        ("stamp:coffee", 1, 300),
        ("reward:coffee", 1, 1),
        ("reward:coffee", 1, 90),
    ]
    holdings = tuple(
        Holding(asset, str(n), units, today, today, today + datetime.timedelta(days=days))
        for n, (asset, units, days) in enumerate(held)
    )
    ends = ends_of(Account(member=1, holdings=holdings), today, 60)
    card = Progress("stamps", "coffee", "reward:coffee", "stamps", 9, 10)
    (way,) = ways_of((card,), {"reward:coffee": 2}, programme(LABELS), Words("en"), ends)
    assert isinstance(way, StampCard)
    assert way.ready == "2 free items to take: scan them · 1 until 28/11/2026"
    assert way.ends == "8 stamps until 29/11/2026"
    rows = ["".join(text for text, _ in line).strip() for line in stamp_rows(way, 44)]
    assert rows[1:] == [
        "2 free items to take: scan them · 1 until",
        "28/11/2026",
        "8 stamps until 29/11/2026",
    ]

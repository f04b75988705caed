"""The member beside the ticket: visits and usual products here, what to say aloud, the last incident."""

import itertools
from datetime import date

from sync.answered import with_said
from sync.entry import TicketBody
from sync.habits import HabitsAnswer, PastVisit
from sync.till.events import HabitsArrived
from tests.unit.test_till_incident import INCIDENTS
from tests.unit.till_kit import BREAD, COFFEE, DAY_MS, HEAD, Shop

ONE_WAY = b"""
[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00

[[rule]]
id = "five"
kind = "burn.money"
points = 100
value = 5.00
"""


def visit(shop: Shop, card: str, *products: str) -> None:
    """One visit on a day of its own."""
    shop.clock.pass_ms(DAY_MS)
    shop.scan(card)
    for product in products:
        shop.scan(product)
    shop.till.record()


def test_the_last_visits_and_what_is_bought_more_than_once(shop: Shop) -> None:
    """The newest visit first, with what it was worth; a product bought once is no habit."""
    card = shop.member(1, name="Martin")
    visit(shop, card, COFFEE)
    visit(shop, card, COFFEE, BREAD)
    visit(shop, card, BREAD, BREAD)
    visit(shop, card, COFFEE)
    shop.scan(card)
    member = shop.view.member
    assert member is not None
    assert member.before == (
        ("24/11/2026", "€1.60  + 31 points"),
        ("23/11/2026", "€7.00  + 7 points"),
        ("22/11/2026", "€5.10  + 5 points"),
        ("21/11/2026", "€1.60  + 1 point"),
    )
    assert member.usual == ("Espresso", "Bread")


def test_an_undone_ticket_is_no_visit_and_another_member_has_none(shop: Shop) -> None:
    """Only what counted is remembered, and only for whom it was."""
    visit(shop, shop.member(1), COFFEE)
    shop.till.undo()
    for n in (1, 2):
        shop.scan(shop.member(n))
        assert shop.view.member is not None
        assert (shop.view.member.before, shop.view.member.usual) == ((), ())


def told(member: int, *visits: PastVisit) -> HabitsArrived:
    """The ledger's answer about a member who takes F002 most often."""
    return HabitsArrived(HabitsAnswer(member, visits, ("F002", "gone"), 1_000))


def test_on_line_the_visits_are_those_of_all_tills(shop: Shop) -> None:
    """Asked at the scan; where it was is said of other stores only, and an article that is no more has no name."""
    shop.scan(shop.member(1))
    assert shop.ledger.habits == [1]
    days = [date(2026, 11, day) for day in (19, 18)]
    here = PastVisit(days[0], 700, 7, shop.till.parts.identity.store)
    shop.till.heard(told(1, here, PastVisit(days[1], 1_300, -87, "gare")))
    shop.till.pump()
    member = shop.view.member
    assert member is not None
    assert member.before == (
        ("19/11/2026", "€7.00  + 7 points"),
        ("18/11/2026", "€13.00  - 87 points  gare"),
    )
    assert (member.everywhere, member.usual, member.average) == (True, ("Bread",), "€10.00")
    shop.scan(COFFEE)
    assert shop.view.member is not None
    assert shop.view.member.everywhere


def test_an_answer_about_somebody_who_has_left_is_shown_to_nobody(shop: Shop) -> None:
    """It may come late: the next member's screen has the next member's visits."""
    shop.scan(shop.member(1))
    shop.till.escape()
    shop.scan(shop.member(2))
    shop.till.heard(told(1, PastVisit(date(2026, 11, 19), 700, 7, "gare")))
    shop.till.pump()
    assert shop.view.member is not None
    assert (shop.view.member.everywhere, shop.view.member.before) == (False, ())


def test_off_line_nothing_is_asked_and_what_the_till_saw_is_shown(shop: Shop) -> None:
    """The title says that it is this till's."""
    card = shop.member(1)
    visit(shop, card, COFFEE)
    shop.ledger.habits.clear()
    shop.ledger.online = False
    shop.scan(card)
    assert shop.ledger.habits == []
    assert shop.view.member is not None
    assert (shop.view.member.everywhere, len(shop.view.member.before)) == (False, 1)


def test_the_line_to_say_is_not_the_one_of_the_last_visit(shop: Shop) -> None:
    """Two lines that matter take turns from visit to visit."""
    said = []
    for visits in (3, 4, 5):
        shop.scan(shop.member(1, balance={"points": 40, "stamp:coffee": 8}, visits=visits))
        assert shop.view.member is not None
        said.append(shop.view.member.say)
        shop.till.escape()
        shop.clock.pass_ms(DAY_MS)
    assert said[0] != said[1]
    assert all(said)
    assert said[0] == said[2]


def test_the_last_incident_stays_in_sight(shop: Shop) -> None:
    """Below the red alert it is no alarm, and still good to know."""
    shop.publish("programme", INCIDENTS)
    shop.scan(shop.member(1))
    shop.till.errand("incident")
    shop.till.choose_in_errand(2)
    assert shop.view.member is not None
    assert shop.view.member.incident == "Last incident 20/11/2026: Long queue · nothing given for it yet"
    assert shop.view.alert == ""


def test_the_line_is_another_one_though_the_nearest_goal_has_changed(shop: Shop) -> None:
    """What was said on the last ticket decides, not how often the member came nor which goal is nearer now."""
    said = []
    for visits, stamps in ((4, 8), (4, 1), (5, 9), (5, 0)):
        card = shop.member(1, balance={"points": 40, "stamp:coffee": stamps}, visits=visits)
        shop.scan(card)
        shop.scan(BREAD)
        assert shop.view.member is not None
        said.append(shop.view.member.say.split(":")[0])
        shop.till.record()
        shop.clock.pass_ms(DAY_MS)
    assert all(one != after for one, after in itertools.pairwise(said)), said


def test_the_line_stays_while_the_ticket_goes_on(shop: Shop) -> None:
    """Products make another goal the nearest; what the cashier began to say stays on the screen."""
    shop.scan(shop.member(1, balance={"points": 40, "stamp:coffee": 2}, visits=4))
    assert shop.view.member is not None
    first = shop.view.member.say.split(":")[0]
    for _ in range(6):
        shop.scan(COFFEE)
        shop.clock.pass_ms(1000)
    assert shop.view.member is not None
    assert shop.view.member.say.split(":")[0] == first


def test_the_line_names_the_reward_and_how_far_it_is(shop: Shop) -> None:
    """One sentence that can be read aloud: no heading before it."""
    shop.scan(shop.member(1, balance={"points": 40}))
    assert shop.view.member is not None
    assert shop.view.member.say == "5 EUR off: 60 points left"


def test_the_only_line_there_is_rests_for_a_visit(shop: Shop) -> None:
    """Never word for word what was said last time: with one thing to say, every other visit has none."""
    shop.publish("programme", HEAD + ONE_WAY)
    card, said = shop.member(1, balance={"points": 10}), []
    for _ in range(4):
        shop.scan(card)
        assert shop.view.member is not None
        said.append(bool(shop.view.member.say))
        shop.till.put_amount("100")
        shop.till.record()
        shop.till.escape()
        shop.clock.pass_ms(DAY_MS)
    assert said == [True, False, True, False]


def test_what_another_till_said_last_is_not_said_again(shop: Shop) -> None:
    """The member's row tells it; a visit here that the row does not have yet is later than that."""
    card = shop.member(1, name="Martin")
    shop.scan(card)
    state = shop.till.state
    assert state.basket is not None
    first = state.basket.said
    assert first
    shop.till.escape()
    shop.member(1, name="Martin", fields=with_said({}, first, 1))
    shop.scan(card)
    assert shop.till.state.basket is not None
    second = shop.till.state.basket.said
    assert second not in ("", first)
    shop.till.put_amount("1000")
    shop.till.record()
    [ticket] = shop.bodies("TICKET")
    assert isinstance(ticket, TicketBody)
    assert ticket.said == second
    shop.clock.pass_ms(DAY_MS)
    shop.scan(card)
    assert shop.till.state.basket is not None
    assert shop.till.state.basket.said == first

"""Which gate keeps a rule from a ticket or a member, in which order, and what is told (rules.md section 4)."""

from datetime import date

import pytest

from rules.account import Account
from rules.decision import Choice, Gap, Reason
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import evaluate
from tests.unit.test_evaluate import BASE, DAY, PAY, outcome, programme, ticket


@pytest.mark.parametrize(
    ("extra", "account", "reason"),
    [
        ("", Account(), Reason.NOT_MEMBER),
        ("", Account(member=1, blocked=True), Reason.ON_HOLD),
        ('stores = ["s2"]', Account(member=1), Reason.WRONG_STORE),
        ('channels = ["web"]', Account(member=1), Reason.WRONG_CHANNEL),
        ("valid = { from = 2026-05-06T10:01:00 }", Account(member=1), Reason.NOT_YET_VALID),
        ("valid = { from = 2026-05-06T10:00:00 }", Account(member=1), Reason.APPLIED),
        ("valid = { to = 2026-05-06T10:00:00 }", Account(member=1), Reason.ENDED),
        ("valid = { to = 2026-05-06T10:01:00 }", Account(member=1), Reason.APPLIED),
        ('schedule = [{ days = ["tue"] }]', Account(member=1), Reason.OUTSIDE_SCHEDULE),
        (
            'schedule = [{ days = ["wed"], from = 08:00:00, to = 10:00:00 }]',
            Account(member=1),
            Reason.OUTSIDE_SCHEDULE,
        ),
        (
            'schedule = [{ days = ["wed"], from = 10:00:00, to = 11:00:00 }]',
            Account(member=1),
            Reason.APPLIED,
        ),
        ("min_basket = 10.01", Account(member=1), Reason.BELOW_MINIMUM),
        ("min_basket = 10.00", Account(member=1), Reason.APPLIED),
        ("lines = \".sku == 'tea'\"", Account(member=1), Reason.NO_ELIGIBLE_LINE),
        ('when = "ticket.total >= 10.01"', Account(member=1), Reason.CONDITION_FALSE),
        ('when = "member.months >= 6"', Account(member=1), Reason.FIELD_ABSENT),
    ],
)
def test_gates_refuse_with_their_reason(extra: str, account: Account, reason: Reason) -> None:
    """Each gate, on both sides of its boundary; 10:00 is the first minute of a window from 10:00."""
    loaded = programme(BASE + extra + "\n")
    assert outcome(evaluate(ticket(("bread", 1000)), account, loaded), "base").reason is reason


def test_gates_speak_in_their_order() -> None:
    """Of several reasons the first in the order of the gates is told: store before window before minimum."""
    loaded = programme(BASE + 'stores = ["s2"]\nvalid = { to = 2026-02-01T00:00:00 }\nmin_basket = 99.00\n')
    decision = evaluate(ticket(("bread", 100)), Account(member=1), loaded)
    assert outcome(decision, "base").reason is Reason.WRONG_STORE


def test_a_minimum_tells_how_much_is_missing() -> None:
    """The gap of a basket of 8.00 under a minimum of 10.00."""
    decision = evaluate(ticket(("bread", 800)), Account(member=1), programme(BASE + "min_basket = 10.00\n"))
    assert outcome(decision, "base").gap == Gap("cents", 800, 1000)


def test_excluded_lines_neither_earn_nor_count() -> None:
    """Tobacco is outside the total, the points and the minimum."""
    loaded = programme(BASE, 'exclude = { categories = ["tobacco"] }')
    decision = evaluate(ticket(("bread", 300), ("tobacco", 1200)), Account(member=1), loaded)
    assert (decision.gross, decision.net, decision.earned()) == (1500, 300, 3)
    assert decision.contributions[0].allocation == (3, 0)


def test_a_ticket_below_count_from_counts_for_nothing() -> None:
    """No earning, no burning and no visit below the threshold; at the threshold all of it."""
    account = Account(member=1, usable={"points": 500}, balance={"points": 500})
    loaded = programme(BASE + PAY, "count_from = 6.00")
    below = evaluate(ticket(("bread", 599)), account, loaded, (Choice("pay"),))
    assert (below.counted, below.earned(), below.reward, below.options) == (False, 0, 0, ())
    assert outcome(below, "pay").reason is Reason.BELOW_MINIMUM
    at = evaluate(ticket(("bread", 600)), account, loaded, (Choice("pay"),))
    assert (at.counted, at.earned(), at.reward) == (True, 1, 500)


@pytest.mark.parametrize(("points", "earned"), [(5, 3), (6, 12)])
def test_lines_may_depend_on_the_member(points: int, earned: int) -> None:
    """Everything counts for members with many points, bread alone for the others."""
    loaded = programme(BASE + "lines = \"member.points > 5 || .sku == 'bread'\"\n")
    account = Account(member=1, balance={"points": points})
    assert evaluate(ticket(("bread", 320), ("cake", 920)), account, loaded).earned() == earned


def test_dates_of_a_member_are_compared_as_dates() -> None:
    """However they were written down."""
    field = '[fields]\n"member.joined" = { type = "date" }\n'
    loaded = programme(BASE + 'when = "has(member.joined) && member.joined < 2026-02-10"\n', groups=field)
    for joined, earned in (("2026-02-09", 3), ("2026-02-10", 0)):
        account = Account(member=1, fields={"joined": joined})
        assert evaluate(ticket(("bread", 320)), account, loaded).earned() == earned


@pytest.mark.parametrize(
    "asked",
    [
        "ticket.till == 'till-7'",
        "member.points == 0",
        "clock.hour == 10 && clock.minute == 600",
        "visit.zone_count == 0",
        "member.visits == 0 && ticket.lines == 1",
    ],
)
def test_what_conditions_know_of_a_plain_ticket(asked: str) -> None:
    """A first ticket at ten o'clock, at till 7, without zones and points."""
    sold = Ticket("t", (Line(1000, "x", "x"),), DAY, 600, "s1", "till-7")
    told = evaluate(sold, Account(member=1), programme(BASE + f'when = "{asked}"\n'))
    assert outcome(told, "base").reason is Reason.APPLIED


@pytest.mark.parametrize(
    ("minute", "night"), [(0, True), (59, True), (149, True), (150, False), (151, False), (1439, False)]
)
def test_windows_go_by_the_clock_of_the_night(minute: int, night: bool) -> None:
    """The business day of the 6th ends at 02:30 of the 7th: a campaign of the 7th has begun after midnight."""
    header = "business_day_ends = 02:30:00"
    sold = ticket(("bread", 1000), minute=minute)
    begun = programme(BASE + "valid = { from = 2026-05-07T00:00:00 }\n", header)
    assert (evaluate(sold, Account(member=1), begun).earned() > 0) is night
    over = programme(BASE + "valid = { to = 2026-05-07T00:00:00 }\n", header)
    assert (evaluate(sold, Account(member=1), over).earned() > 0) is not night
    next_day = programme(BASE + "valid = { from = 2026-05-08T00:00:00 }\n", header)
    assert evaluate(sold, Account(member=1), next_day).earned() == 0


def test_goods_have_a_product_or_a_category() -> None:
    """Where typed amounts count for nothing, either of the two makes goods of a line."""
    loaded = programme(BASE, 'typed_amount = "nothing"')
    lines = (Line(100, sku="x"), Line(200, category="c"), Line(400))
    assert evaluate(Ticket("t", lines, DAY, 600, "s1"), Account(member=1), loaded).earned() == 3


def test_what_is_owned_is_handed_out_under_fewer_gates() -> None:
    """The minimum and the condition are for earning stamps: the full card is redeemed on a small ticket."""
    card = """[[rule]]
id = "card"
kind = "stamp"
need = 9
reward = {}
min_basket = 50.00
when = "ticket.lines > 1"
"""
    account = Account(member=1, usable={"reward:card": 1}, balance={"reward:card": 1})
    decision = evaluate(ticket(("tea", 300)), account, programme(card), (Choice("card"),))
    assert (decision.reward, decision.earned("stamp:card")) == (300, 0)


def test_gates_of_redemptions_are_told_when_none_is_decided() -> None:
    """At the centre, too, every rule says why it could not have been."""
    loaded = programme(PAY + PAY.replace('"pay"', '"there"') + 'stores = ["s2"]\n')
    account = Account(member=1, usable={"points": 100})
    decision = evaluate(ticket(("a", 2000)), account, loaded, burns=())
    assert [each.reason for each in decision.outcomes] == [Reason.NOT_CHOSEN, Reason.WRONG_STORE]


@pytest.mark.parametrize(("since", "reason"), [(6, Reason.APPLIED), (7, Reason.CONDITION_FALSE)])
def test_months_are_whole(since: int, reason: Reason) -> None:
    """On the day itself the month is full, a day earlier it is not."""
    account = Account(member=1, since=date(2025, 11, since))
    loaded = programme(BASE + 'when = "member.months >= 6"\n')
    assert outcome(evaluate(ticket(("bread", 1000)), account, loaded), "base").reason is reason


def test_what_an_event_does_not_say_is_absent() -> None:
    """A review without a place, with stars: only the condition on stars can be told true or false."""
    call = '[[rule]]\nid = "call"\nkind = "earn.event"\nevent = "web.review"\npoints = 9\n'
    event = Ticket("e", (), DAY, 600, "s1", event=Event("web.review", fields={"stars": 4, "category": ""}))
    for asked, reason in (
        ("event.stars >= 4", Reason.APPLIED),
        ("event.stars > 4", Reason.CONDITION_FALSE),
        ("event.place != 'x'", Reason.FIELD_ABSENT),
        ("event.category != 'x'", Reason.FIELD_ABSENT),
    ):
        decision = evaluate(event, Account(member=1), programme(call + f'when = "{asked}"\n'))
        assert outcome(decision, "call").reason is reason


def test_a_ticket_below_count_from_says_how_much_is_missing() -> None:
    """4.99 of 5.00."""
    loaded = programme(BASE, header="count_from = 5.00")
    told = outcome(evaluate(ticket(("bread", 499)), Account(member=1), loaded), "base")
    assert told.gap == Gap("cents", 499, 500)

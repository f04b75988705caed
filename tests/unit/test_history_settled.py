"""Tickets settled again after one before them came back: what rises, what falls, and where it is written down."""

from datetime import date

from rules.ticket import Line
from tests.unit.history_kit import BASE, STREAK, TIERS, Told, back, programme, sold, some
from tests.unit.test_history_members import REFER, VEGAN, big, told

TEN = Line(1000, "x", "food")
FIVE = Line(500, "y", "food")
SECOND = """
[[rule]]
id = "second"
kind = "earn.amount"
points = 1
per = 10.00
when = "member.visits == 1"
"""


def bonus(replay: Told) -> list[tuple[str, str, int]]:
    """Cause, ticket and quantity of what was posted for the second visit after it was given."""
    assert all(isinstance(one.why.day, date) for one in replay.postings)
    return [
        (one.why.cause, one.why.ticket, one.quantity)
        for one in replay.postings
        if one.why.rule == "second" and one.why.cause != "ACCRUE"
    ]


def test_a_bonus_of_no_period_is_netted_ticket_by_ticket() -> None:
    """The second visit becomes the first: its point is clawed, the third ticket gets one, and so on with the next."""
    replay = Told(programme(SECOND)).take(
        sold("1", 0, TEN), *[sold(str(n), n, FIVE, FIVE) for n in (2, 3, 4)]
    )
    replay.take(back("r1", 5, "1", TEN))
    assert bonus(replay) == [("CLAWBACK", "2", -1), ("TOP_UP", "3", 1)]
    replay.take(back("r2", 6, "2", FIVE), back("r3", 6.1, "2", FIVE))
    assert bonus(replay)[2:] == [("CLAWBACK", "3", -1), ("TOP_UP", "4", 1)]


def test_what_was_topped_up_on_a_ticket_that_came_back_in_part_falls_again() -> None:
    """The half that came back of the second ticket took half of a bonus that then moves on, with all that was taken."""
    replay = Told(programme(SECOND)).take(
        sold("1", 0, TEN), *[sold(str(n), n, TEN, TEN) for n in (2, 3, 4)], back("h", 5, "2", TEN)
    )
    replay.take(back("r1", 6, "1", TEN), back("i", 7, "3", TEN), back("r2", 8, "2", TEN))
    assert [one[:2] for one in bonus(replay)][-1] == ("TOP_UP", "4")
    member = replay.replay.members["m"]
    assert [member.sales[name].rows["second", "points"].given for name in "234"] == [0, 0, 2]
    assert some(replay.row(), "balance", "deficit") == (2, 0)


def test_a_bonus_that_shrinks_gives_back_what_goods_took_of_it() -> None:
    """Three times the points, half of which came back; then only twice: half of what is left stays."""
    levels = TIERS.rstrip().removesuffix("]") + ', { id = "top", from = 60.00, multiply = "3" }]\n'
    thirty = (Line(3000, "a", "food"), Line(3000, "b", "food"))
    replay = Told(programme(BASE, levels)).take(sold("1", 0, *thirty), sold("2", 1, TEN, TEN))
    replay.take(back("h", 2, "2", TEN))
    assert some(replay.row(), "earned", "clawed", "balance") == (120, 30, 90)
    replay.take(back("r", 3, "1", thirty[0]))
    assert some(replay.row(), "earned", "clawed", "balance") == (120, 70, 50)


def test_a_bonus_of_two_lots_gives_back_as_much_as_it_took() -> None:
    """Ten under a cap and five that a return let go, half of both taken; what falls then is lifted once."""
    cap = '[[rule]]\nid = "cap"\nkind = "cap"\nof = ["*"]\nmax = 15\nper = "month"\n'
    replay = Told(programme(BASE, cap)).take(sold("1", 0, FIVE), sold("2", 1, TEN, TEN))
    replay.take(back("r", 2, "1", FIVE), back("h", 3, "2", TEN), back("i", 4, "2", TEN))
    assert some(replay.row(), "earned", "clawed", "balance", "deficit") == (20, 20, 0, 0)


def test_two_prizes_of_one_ticket_stay_when_it_is_settled_again() -> None:
    """Levels at 10 and 30 euros give 5 and 7 points at once; a smaller ticket before comes back, they still do."""
    levels = TIERS.replace(
        "from = 0.00 }", 'from = 0.00 }, { id = "silver", from = 10.00, gives = { points = 5 } }'
    ).replace('multiply = "2"', "gives = { points = 7 }")
    replay = Told(programme(BASE, levels)).take(sold("1", 0, FIVE), sold("2", 1, TEN, TEN, TEN))
    replay.take(back("r", 2, "1", FIVE))
    assert some(replay.row(), "earned", "clawed", "balance") == (47, 5, 42)


def test_what_an_event_told_holds_when_later_tickets_are_settled_again() -> None:
    """A ticket before the enrolment comes back: the diet that was told is not forgotten."""
    replay = Told(programme(BASE, VEGAN)).take(
        sold("1", 0, TEN), told("e", 1, member_diet="vegan"), sold("2", 2, TEN), back("r", 3, "1", TEN)
    )
    assert some(replay.row(), "earned:vegan", "clawed", "balance") == (5, 10, 15)


def test_a_ticket_is_settled_again_with_the_balance_of_its_day() -> None:
    """Twenty points were there when it was sold; the ticket that brought five of them came back since."""
    rich = STREAK.replace('kind = "earn.streak"\nperiod = "week"\nlength = 2', 'kind = "earn.visit"').replace(
        "repeat = true", 'when = "member.points >= 20"'
    )
    replay = Told(programme(BASE, rich)).take(sold("1", 0, FIVE), sold("2", 1, TEN, FIVE), sold("3", 2, TEN))
    assert replay.row()["earned:weeks"] == 7
    replay.take(back("r", 3, "1", FIVE))
    assert some(replay.row(), "earned:weeks", "clawed", "balance") == (7, 5, 32)


def test_goods_that_leave_only_a_free_item_leave_no_turnover() -> None:
    """The item for nothing was kept: net is 0, not a cent more."""
    replay = Told(programme(BASE)).take(
        sold("1", 0, TEN, Line(-1000, "off", "food"), Line(300, "z", "food")), back("r", 1, "1", TEN)
    )
    assert replay.row()["net_cents"] == 0


LATE = (
    big("1", 1, "m"),
    big("2", 2, "m"),
    sold("3", 3, TEN, TEN, member="s"),
    back("4", 9, "1", Line(2500, "x", "food")),
)


def test_a_referral_found_out_late_counts_at_its_own_time() -> None:
    """The sponsor's visit after it is one visit still, and who was brought in is remembered as on time."""
    replay = Told(programme(BASE, REFER)).take(
        told("e", 0, sponsor="s"), sold("0", 0.5, TEN, member="s"), *LATE
    )
    assert some(replay.row(member="s"), "visit_days", "earned:refer", "clawed") == (2, 60, 30)
    assert len(replay.replay.members["s"].history.state["refer"]["refs"]) == 1
    levels = Told(programme(BASE, REFER, TIERS)).take(
        told("e", 0, sponsor="s"), sold("0", 0.5, FIVE, member="s"), *LATE
    )
    assert levels.row(member="s")["tier"] == "blue"


def test_a_referral_found_out_late_sees_the_balance_of_its_time() -> None:
    """The sponsor had ten points then and thirty now: twenty were asked for."""
    rich = REFER.rstrip() + '\nwhen = "member.points >= 20"\n'
    before = [sold(f"b{n}", 0.1 + n / 10, Line(1200, "x", "food")) for n in (0, 1)]
    replay = Told(programme(BASE, rich)).take(
        told("e", 0, sponsor="s"), *before, sold("0", 0.5, TEN, member="s"), *LATE
    )
    assert replay.row()["earned:refer"] == 40
    assert replay.row(member="s")["earned:refer"] == 0


def test_a_sponsor_is_served_by_the_store_of_the_ticket() -> None:
    """A referral that holds in one store is given for a ticket of that store."""
    here = REFER + 'stores = ["s1"]\n'
    replay = Told(programme(BASE, here)).take(told("e", 0, sponsor="s"), big("1", 1, "m"))
    assert replay.row(member="s")["earned:refer"] == 30

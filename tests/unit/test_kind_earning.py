"""Earning kinds at their boundaries: amounts, visits, multipliers, birthdays."""

from datetime import date, timedelta

import pytest

from rules.account import FOREVER, Account
from rules.decision import Choice, Gap, Progress, Reason
from rules.fold import fold
from rules.ticket import Line
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, reason, sale

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'


@pytest.mark.parametrize(
    ("rounding", "cents", "points"),
    [("floor", 99, 0), ("floor", 100, 1), ("floor", 199, 1), ("half_up", 149, 1), ("half_up", 150, 2)],
)
def test_amounts_are_rounded_once(rounding: str, cents: int, points: int) -> None:
    """The whole ticket is rounded, by the mode of the header."""
    loaded = programme(BASE, f'rounding = "{rounding}"')
    assert evaluate(sale(DAY, Line(cents)), Account(member=1), loaded).earned() == points


def test_amounts_are_not_rounded_by_line() -> None:
    """Two lines of 0.50 make one point between them."""
    assert evaluate(sale(DAY, Line(50), Line(50)), Account(member=1), programme(BASE)).earned() == 1


def test_an_amount_too_small_for_a_point_says_what_is_missing() -> None:
    """0.60 under one point per euro has no effect, with the gap to 1.00."""
    decision = evaluate(sale(DAY, Line(60)), Account(member=1), programme(BASE))
    assert decision.outcomes[0].reason is Reason.NO_EFFECT
    assert decision.outcomes[0].gap == Gap("cents", 60, 100)


def test_filtered_lines_are_clamped_at_zero() -> None:
    """A discount larger than the filtered goods makes no negative points, and other lines still earn."""
    text = BASE + '[[rule]]\nid = "tea"\nkind = "earn.amount"\npoints = 2\nper = 1.00\n'
    text += """lines = ".category == 'tea'"\n"""
    lines = (Line(300, "t", "tea"), Line(-500, "coupon", "tea"), Line(1000, "x", "x"))
    decision = evaluate(sale(DAY, *lines), Account(member=1), programme(text))
    assert [(c.rule, c.quantity) for c in decision.contributions] == [("base", 8)]
    assert decision.contributions[0].allocation == (2, 0, 6)


def test_a_rule_may_earn_on_gross_beside_a_net_programme() -> None:
    """A campaign is not lowered by the reward: 20.00 less 5.00 earns 15 + 20."""
    text = BASE + '[[rule]]\nid = "more"\nkind = "earn.amount"\npoints = 1\nper = 1.00\nearn_on = "gross"\n'
    text += '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 100\nvalue = 5.00\n'
    account = Account(member=1, usable={"points": 100})
    decision = evaluate(sale(DAY, Line(2000)), account, programme(text), (Choice("pay"),))
    assert {c.rule: c.quantity for c in decision.contributions} == {"base": 15, "more": 20}


def test_a_visit_earns_once_a_day() -> None:
    """The second ticket of a day gives nothing, the next day gives again."""
    loaded = programme('[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 2\nmin_basket = 3.00\n')
    visits = [(0, 299), (0, 300), (0, 900), (1, 900)]
    tickets = [
        sale(DAY + timedelta(days=day), Line(cents), name=str(n)) for n, (day, cents) in enumerate(visits)
    ]
    account, given = in_turn(tickets, loaded)
    assert [(decision.earned(), reason(decision, "visit")) for decision in given] == [
        (0, Reason.BELOW_MINIMUM),
        (2, Reason.APPLIED),
        (0, Reason.ALREADY_USED),
        (2, Reason.APPLIED),
    ]
    assert account.visits == 2


VISITS = """[[rule]]
id = "regular"
kind = "earn.visits"
steps = [{ visit = 2, points = 30 }, { visit = 3, points = 60 }]
min_basket = 3.00
"""


def test_the_nth_visit_of_a_month() -> None:
    """Days count, not tickets; small baskets do not; a new month begins at one."""
    visits = [(29, 500), (29, 500), (30, 299), (30, 300), (31, 500), (32, 500), (33, 500)]
    tickets = [
        sale(date(2026, 3, 1) + timedelta(days=offset - 1), Line(cents), name=str(n))
        for n, (offset, cents) in enumerate(visits)
    ]
    _, given = in_turn(tickets, programme(VISITS))
    assert [decision.earned() for decision in given] == [0, 0, 0, 30, 60, 0, 30]


def test_progress_to_the_next_visit_bonus() -> None:
    """After the first visit of May: one of two, until the end of the month."""
    decision = evaluate(sale(DAY), Account(member=1), programme(VISITS))
    assert decision.progress == (Progress("visits", "regular", "regular", "visits", 1, 2, date(2026, 5, 31)),)


def test_wrong_visit_steps_are_load_errors() -> None:
    """A visit named twice, or one beyond the days of a month."""
    assert "name every visit once" in faults(VISITS.replace("visit = 3", "visit = 2"))
    assert "at most 31 visits" in faults(VISITS.replace("visit = 3", "visit = 32"))


def _double(more: str = "") -> str:
    return BASE + '[[rule]]\nid = "x2"\nkind = "earn.multiply"\nfactor = "2"\n' + more


def test_a_multiplier_adds_its_part_in_the_proportions_of_the_base() -> None:
    """Base 3 and 9 points on two lines, doubled: 12 more as 3 and 9."""
    decision = evaluate(sale(DAY, Line(320), Line(920)), Account(member=1), programme(_double()))
    assert [(c.rule, c.quantity, c.allocation) for c in decision.contributions] == [
        ("base", 12, (3, 9)),
        ("x2", 12, (3, 9)),
    ]


def test_an_exact_factor_is_rounded_once() -> None:
    """Half of 7 points is 3 by floor and 4 by half_up."""
    text = _double().replace('"2"', '"3/2"')
    for mode, points in (("floor", 3), ("half_up", 4)):
        decision = evaluate(sale(DAY, Line(700)), Account(member=1), programme(text, f'rounding = "{mode}"'))
        assert decision.contributions[1].quantity == points
        assert decision.outcomes[1].exact == "7/2"


def test_a_multiplier_on_some_lines_takes_their_part_of_the_points() -> None:
    """Double points on cake: only its 9 of 12 points are doubled."""
    text = _double("""lines = ".category == 'cake'"\n""")
    lines = (Line(320, "b", "bread"), Line(920, "c", "cake"))
    decision = evaluate(sale(DAY, *lines), Account(member=1), programme(text))
    assert [(c.rule, c.allocation) for c in decision.contributions] == [("base", (3, 9)), ("x2", (0, 9))]


def test_only_the_best_multiplier_counts_unless_the_group_stacks() -> None:
    """Factors 2 and 3 on 10 points: best adds 20; stacked 2 then 3 adds 10 and 40; summed 10 and 20."""
    text = _double() + '[[rule]]\nid = "x3"\nkind = "earn.multiply"\nfactor = "3"\n'
    expected = {"best": [20], "stack": [10, 40], "sum": [10, 20]}
    for mode, more in expected.items():
        loaded = programme(f'[groups]\nmultiplier = "{mode}"\n' + text)
        decision = evaluate(sale(DAY, Line(1000)), Account(member=1), loaded)
        assert [c.quantity for c in decision.contributions] == [10, *more]


def test_a_multiplier_needs_something_that_exists() -> None:
    """Unknown names in applies_to and a factor that multiplies nothing are load errors."""
    assert '"bass" is neither a rule nor a group' in faults(_double('applies_to = ["bass"]\n'))
    assert "factor above 1" in faults(_double().replace('"2"', '"1"'))


BIRTHDAY = '[[rule]]\nid = "bday"\nkind = "earn.birthday"\nbefore = "7d"\nafter = "3d"\npoints = 50\n'


@pytest.mark.parametrize(
    ("birthday", "day", "points"),
    [
        ((5, 13), date(2026, 5, 6), 50),
        ((5, 14), date(2026, 5, 6), 0),
        ((5, 3), date(2026, 5, 6), 50),
        ((5, 2), date(2026, 5, 6), 0),
        ((1, 2), date(2026, 12, 27), 50),
        ((12, 31), date(2027, 1, 3), 50),
        ((12, 31), date(2027, 1, 4), 0),
        ((2, 29), date(2026, 2, 28), 50),
        ((2, 29), date(2026, 3, 4), 0),
    ],
)
def test_around_the_birthday(birthday: tuple[int, int], day: date, points: int) -> None:
    """Seven days before to three days after, both inclusive, across the year's end and on leap days."""
    account = Account(member=1, birthday=birthday)
    assert evaluate(sale(day), account, programme(BIRTHDAY)).earned() == points


def test_a_birthday_is_given_once_although_its_window_spans_two_years() -> None:
    """A birthday on 2 January is paid on 28 December; not again on 4 January; again next December."""
    tickets = [sale(day) for day in (date(2026, 12, 28), date(2027, 1, 4), date(2027, 12, 28))]
    _, given = in_turn(tickets, programme(BIRTHDAY), Account(member=1, birthday=(1, 2)))
    assert [(decision.earned(), reason(decision, "bday")) for decision in given] == [
        (50, Reason.APPLIED),
        (0, Reason.ALREADY_USED),
        (50, Reason.APPLIED),
    ]


def test_without_a_birthday_the_rule_says_so() -> None:
    """A member who never told a birthday."""
    assert reason(evaluate(sale(DAY), Account(member=1), programme(BIRTHDAY)), "bday") is Reason.FIELD_ABSENT


def test_a_birthday_cake_is_redeemed_on_a_later_ticket() -> None:
    """The free item is an asset of its own, usable from the next ticket, on a line that fits."""
    text = BIRTHDAY.replace(
        "points = 50", """reward = { lines = ".category == 'cake'", max_value = 4.00, expires = "30d" }"""
    )
    loaded, account = programme(text), Account(member=1, birthday=(5, 6))
    first = sale(DAY, Line(450, "c", "cake"), name="1")
    decision = evaluate(first, account, loaded, (Choice("bday"),))
    assert (decision.reward, decision.earned("reward:bday")) == (0, 1)
    assert decision.contributions[0].last_day == DAY + timedelta(days=30)
    account = fold(account, first, decision)
    again = evaluate(sale(DAY, Line(450, "c", "cake"), name="2"), account, loaded, (Choice("bday"),))
    assert (again.reward, again.paid, again.earned("reward:bday")) == (400, 50, 0)
    assert reason(again, "bday") is Reason.APPLIED


def test_a_birthday_gives_one_thing() -> None:
    """Neither, or both, of points and reward is a load error."""
    assert "one of the two" in faults(BIRTHDAY.replace("points = 50", ""))
    assert "one of the two" in faults(BIRTHDAY + "reward = {}\n")


@pytest.mark.parametrize(("before", "after", "fine"), [(90, 90, True), (90, 91, False), (0, 181, False)])
def test_a_birthday_is_not_half_a_year_away(before: int, after: int, fine: bool) -> None:
    """180 days around it at most."""
    said = faults(BIRTHDAY.replace('"7d"', f'"{before}d"').replace('"3d"', f'"{after}d"'))
    assert said == "" if fine else "under half a year" in said


def test_a_free_item_without_an_end_does_not_lapse() -> None:
    """`expires` is left out."""
    loaded = programme(BIRTHDAY.replace("points = 50", "reward = {}"))
    decision = evaluate(sale(DAY), Account(member=1, birthday=(5, 6)), loaded)
    assert decision.contributions[0].last_day == FOREVER


def test_goods_given_free_are_not_counted_by_the_rule() -> None:
    """A bread given for points never counts; tea that was paid with points counts on gross alone."""
    gift = '[[rule]]\nid = "gift"\nkind = "burn.product"\npoints = 10\ngives = { sku = "b" }\n'
    pay = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 3.00\nlines = ".sku == \'t\'"\n'
    lines = (Line(200, "b", "bread"), Line(300, "t", "tea"), Line(500, "x", "x"))
    account = Account(member=1, usable={"points": 20}, balance={"points": 20})
    chosen = (Choice("gift"), Choice("pay"))
    counted = []
    for earn_on in ("net", "gross"):
        loaded = programme(BASE + f'earn_on = "{earn_on}"\n' + gift + pay)
        decision = evaluate(sale(DAY, *lines), account, loaded, chosen)
        counted.append(next(one.lines for one in decision.outcomes if one.rule == "base"))
    assert counted == [(2,), (1, 2)]
    free = evaluate(sale(DAY, lines[0]), account, programme(BASE + gift), (Choice("gift"),))
    assert reason(free, "base") is Reason.NO_ELIGIBLE_LINE


def test_birthday_points_belong_to_the_lines_that_count() -> None:
    """50 points of a birthday rule for tea: returned bread takes none of them back."""
    loaded = programme(BIRTHDAY + """lines = ".category == 'tea'"\n""")
    ticket = sale(DAY, Line(300, "b", "bread"), Line(700, "t", "tea"))
    (given,) = evaluate(ticket, Account(member=1, birthday=(5, 6)), loaded).contributions
    assert given.allocation == (0, 50)


def test_a_multiplier_of_whole_points_and_of_none() -> None:
    """One point doubled is one more, told without a fraction; nothing doubled has no effect."""
    one, none = (
        evaluate(sale(DAY, Line(cents)), Account(member=1), programme(_double())) for cents in (100, 60)
    )
    assert [each.quantity for each in one.contributions] == [1, 1]
    assert next(each.exact for each in one.outcomes if each.rule == "x2") == ""
    assert reason(none, "x2") is Reason.NO_EFFECT


def test_all_that_is_wrong_with_a_multiplier_is_said_at_once() -> None:
    """An unknown group and a factor of 1."""
    said = faults(_double('applies_to = ["bass"]\n').replace('"2"', '"1"'))
    assert '"bass" is neither' in said
    assert "factor above 1" in said

"""Kinds beside each other: caps, limits, budgets, groups, exclusions and redemptions on one ticket."""

from datetime import date, timedelta

import pytest

from rules.account import Account, Holding
from rules.decision import Choice, Decision, Gap, Outcome, Reason
from rules.explain import Voice, outcome_text
from rules.fold import fold
from rules.programme.model import Programme
from rules.ticket import Line, Ticket
from tests.unit.kind_kit import DAY, evaluate, faults, in_turn, programme, reason, sale

BASE = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
LIFE = '[[rule]]\nid = "v"\nkind = "voucher"\nvalue = 1.00\n'
VISIT = '[[rule]]\nid = "visit"\nkind = "earn.visit"\npoints = 5\n'


def cap(name: str, most: int, per: str, of: str = '["*"]', priority: int = 0) -> str:
    return f'[[rule]]\nid = "{name}"\nkind = "cap"\nof = {of}\nmax = {most}\nper = "{per}"\npriority = {priority}\n'


def told(decision: Decision, rule: str) -> Outcome:
    return next(each for each in decision.outcomes if each.rule == rule)


def rich(*holdings: Holding, points: int = 1000) -> Account:
    lots = (Holding("points", "p", points, DAY, DAY, date(2030, 1, 1)), *holdings)
    return Account(member=1, holdings=lots, first_visit=DAY, last_visit=DAY)


def walk(loaded: Programme, *days: date, cents: int = 1000) -> list[Decision]:
    return in_turn([sale(day, Line(cents, "x", "x"), name=str(n)) for n, day in enumerate(days)], loaded)[1]


def test_a_campaign_is_charged_only_what_caps_leave_of_it() -> None:
    """100 points under a cap of 30: the budget pays 30; nothing at all when the cap is full."""
    loaded = programme(BASE + "budget = 500\n" + cap("cap", 30, "day"))
    first, second = walk(loaded, DAY, DAY, cents=10_000)
    assert (first.drawn, first.earned()) == ({"budget:base": 30}, 30)
    assert (second.drawn, second.earned()) == ({}, 0)
    tight = evaluate(sale(DAY, Line(10_000)), Account(member=1), loaded, stock={"budget:base": 20})
    assert (tight.drawn, tight.earned()) == ({"budget:base": 20}, 20)


def test_a_use_of_which_a_cap_left_nothing_is_no_use() -> None:
    """`max` counts what the member got: the cap took Monday's bonus, Tuesday's is still there."""
    loaded = programme(VISIT + 'max = { count = 1, per = "week" }\n' + BASE + cap("cap", 10, "day"))
    monday, tuesday = date(2026, 5, 4), date(2026, 5, 5)
    account = Account(member=1)
    first = evaluate(sale(monday, Line(1000)), account, loaded)
    assert (reason(first, "visit"), "max:visit" in first.state) == (Reason.CAP_REACHED, False)
    account = fold(account, sale(monday), first)
    second = evaluate(sale(tuesday, Line(700)), account, loaded)
    assert (told(second, "visit").quantity, second.state["max:visit"]["n"]) == (3, 1)


def test_a_run_goes_on_while_its_bonus_is_spent() -> None:
    """Neither `max` nor an empty budget stops the counting of weeks: only the bonus stays away."""
    streak = (
        '[[rule]]\nid = "run"\nkind = "earn.streak"\nperiod = "week"\nlength = 2\nrepeat = true\npoints = 9\n'
    )
    weeks = [DAY + timedelta(days=7 * n) for n in range(6)]
    limited = walk(programme(streak + 'max = { count = 1, per = "year" }\n'), *weeks)
    assert [told(each, "run").quantity for each in limited] == [0, 9, 0, 0, 0, 0]
    assert [each.state["run"]["run"] for each in limited] == [1, 2, 3, 4, 5, 6]
    assert [told(each, "run").reason for each in limited][2:4] == [Reason.NO_EFFECT, Reason.CAP_REACHED]
    tickets = [sale(week, name=str(n)) for n, week in enumerate(weeks)]
    decision = in_turn(tickets, programme(streak + "budget = 100\n"), stock={})[1][-1]
    assert (decision.state["run"]["run"], reason(decision, "run")) == (6, Reason.BUDGET_SPENT)


def test_the_last_of_a_budget_leaves_vouchers_alone() -> None:
    """A visit that gives points and a voucher: the budget cuts the points only."""
    text = LIFE + (
        '[[rule]]\nid = "n"\nkind = "earn.visits"\nbudget = 100\nsteps = [{ visit = 1, points = 10 }]\n'
    )
    two = text.replace("points = 10 }", 'points = 10 }, { visit = 2, voucher = "v" }')
    account = Account(member=1, state={"n": {"month": "2026-05", "visits": 0, "day": "2026-05-01"}})
    part = evaluate(sale(DAY), account, programme(two), stock={"budget:n": 4})
    assert [(one.asset, one.quantity) for one in part.contributions] == [("points", 4)]
    assert (told(part, "n").reason, told(part, "n").cut) == (Reason.BUDGET_SPENT, 6)
    rolling = (
        two.replace("steps", 'per = "9d"\nsteps')
        .replace("visit = 2", "visit = 1")
        .replace("visit = 1, points", "visit = 2, points")
    )
    account = Account(member=1, state={"n": {"days": ["2026-05-05"], "given": {}}})
    none = evaluate(sale(DAY), account, programme(rolling), stock={})
    assert [(one.asset, one.quantity) for one in none.contributions] == [("voucher:v", 1)]
    assert (told(none, "n").reason, told(none, "n").quantity, none.drawn) == (Reason.BUDGET_SPENT, 0, {})


def test_a_cap_counts_what_the_later_caps_leave() -> None:
    """The month comes first and the ticket cuts after it: the month is not charged for what was cut."""
    loaded = programme(BASE + cap("month", 100, "month", priority=1) + cap("ticket", 10, "ticket"))
    seen = walk(loaded, DAY, DAY, cents=5000)
    assert [each.earned() for each in seen] == [10, 10]
    assert seen[-1].state["month"]["n"] == 20


def test_the_prize_of_a_level_stays_outside_the_caps() -> None:
    """A cap on everything counts the ticket, not the prize that comes after it."""
    tiers = '[tiers]\nlevels = [{ id = "a", from = 5, gives = { points = 40 } }]\n'
    decision = evaluate(sale(DAY), Account(member=1), programme(BASE + tiers + cap("cap", 8, "month")))
    assert decision.earned() == 48
    assert decision.state["cap"]["n"] == 8


def test_a_level_tells_what_a_cap_took_of_its_multiplier_beside_its_prize() -> None:
    """Multiplied 10, cut to 4, and a prize of 20: one outcome tells 24 with 6 cut."""
    tiers = (
        '[tiers]\nmeasure = "visits"\nlevels = [{ id = "a", from = 0, multiply = "2" }, '
        '{ id = "b", from = 1, gives = { points = 20 } }]\n'
    )
    loaded = programme(BASE + tiers + cap("cap", 4, "day", '["multiplier"]'))
    outcome = told(evaluate(sale(DAY), Account(member=1), loaded), "tiers")
    assert (outcome.reason, outcome.quantity, outcome.cut, outcome.by) == (Reason.CAP_CUT, 24, 6, "cap")
    assert outcome.lines == (0,)


def test_a_level_counts_its_measure_although_its_prize_is_spent() -> None:
    """With the budget gone the member climbs all the same."""
    tiers = '[tiers]\nbudget = 10\nlevels = [{ id = "a", from = 5, gives = { points = 40 } }]\n'
    decision = evaluate(sale(DAY), Account(member=1), programme(BASE + tiers), stock={})
    assert (decision.tier, decision.earned(), reason(decision, "tiers")) == ("a", 10, Reason.BUDGET_SPENT)


def test_an_exclusion_reaches_back_although_a_cap_cut_in_between() -> None:
    """The bonus excludes the base points, which a cap has cut: they must still go."""
    text = BASE + VISIT + 'excludes = ["base"]\n' + cap("cap", 4, "ticket", '["base"]')
    decision = evaluate(sale(DAY), Account(member=1), programme(text))
    assert (reason(decision, "base"), told(decision, "base").by) == (Reason.EXCLUDED_BY, "visit")
    assert decision.earned() == 5


def test_a_free_item_is_no_use_of_the_card() -> None:
    """`max` on a stamp card limits the stamps, not the free items the member has won."""
    text = (
        '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 2\nper = "ticket"\nmax = { count = 1, per = "day" }\n'
        "reward = {}\n"
    )
    loaded = programme(text)
    account = rich(Holding("reward:card", "r", 3, DAY, DAY, date(2030, 1, 1)))
    ticket = sale(DAY, Line(300, "a", "a"))
    decision = evaluate(ticket, account, loaded, (Choice("card"),))
    assert (decision.reward, "max:card" in decision.state) == (300, False)
    both = evaluate(sale(DAY, Line(300, "a", "a"), Line(200, "b", "b")), account, loaded, (Choice("card"),))
    assert (both.earned("stamp:card"), both.state["max:card"]["n"]) == (1, 1)


@pytest.mark.parametrize(("mode", "kept"), [("best", "big"), ("first", "small"), ("list", "")])
def test_one_redemption_of_a_group(mode: str, kept: str) -> None:
    """`best` keeps the one that takes most off, `first` the one that was chosen first, `list` all."""
    text = (
        f'[groups]\ndeals = "{mode}"\n'
        '[[rule]]\nid = "small"\nkind = "burn.money"\ngroup = "deals"\npoints = 10\nvalue = 1.00\n'
        '[[rule]]\nid = "big"\nkind = "burn.percent"\ngroup = "deals"\npoints = 10\npercent = "50%"\n'
    )
    choices = (Choice("small"), Choice("big"))
    decision = evaluate(sale(DAY), rich(), programme(text), choices)
    assert [burn.rule for burn in decision.burns] == ([kept] if kept else ["small", "big"])
    lost = {each.rule: each.by for each in decision.outcomes if each.reason is Reason.NOT_BEST_IN_GROUP}
    assert lost == ({} if not kept else {"big" if kept == "small" else "small": kept})


def test_the_winner_of_a_group_takes_what_other_redemptions_leave() -> None:
    """Half of the ticket is worked out again after 8.00 are gone: 1.00 and not 5.00."""
    text = (
        '[groups]\ndeals = "best"\n'
        '[[rule]]\nid = "half"\nkind = "burn.percent"\ngroup = "deals"\npoints = 10\npercent = "50%"\n'
        '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 8.00\n'
    )
    decision = evaluate(sale(DAY), rich(), programme(text), (Choice("half"), Choice("pay")))
    assert [(burn.rule, burn.cents) for burn in decision.burns] == [("pay", 800), ("half", 100)]
    assert decision.paid == 100


def test_money_off_stays_on_the_lines_it_is_for() -> None:
    """With `lines` points pay cheese only, and no more than the cheese costs."""
    text = (
        '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\nlines = ".category == \'c\'"\n'
    )
    ticket = sale(DAY, Line(350, "brie", "c"), Line(900, "wine", "w"))
    decision = evaluate(ticket, rich(), programme(text), (Choice("pay", 9),))
    assert decision.burns[0].allocation == (300, 0)
    short = evaluate(sale(DAY, Line(60, "brie", "c"), Line(900, "w", "w")), rich(), programme(text))
    assert told(short, "pay").gap == Gap("cents", 60, 100)


def test_a_card_by_day_wants_goods_that_were_paid() -> None:
    """A free coffee alone brings no stamp of the day; a late ticket of an older day takes none back."""
    text = (
        '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 3\nper = "day"\nlines = ".category == \'coffee\'"\n'
        "reward = { lines = \".category == 'coffee'\" }\n"
    )
    loaded = programme(text)
    account = rich(Holding("reward:card", "r", 1, DAY, DAY, date(2030, 1, 1)))
    ticket = sale(DAY, Line(300, "a", "coffee"), Line(100, "bread", "bread"))
    free = evaluate(ticket, account, loaded, (Choice("card"),))
    assert (free.earned("stamp:card"), free.reward) == (0, 300)
    assert evaluate(ticket, account, loaded).earned("stamp:card") == 1
    late = Account(member=1, state={"card": {"day": "2026-05-09"}})
    assert "card" not in {one.rule for one in evaluate(ticket, late, loaded).contributions}


def test_a_prize_that_waits_can_still_be_used() -> None:
    """A voucher that begins after its own life lasts at least its first day."""
    text = LIFE + 'life = "5d"\n' + VISIT.replace("points = 5", 'voucher = "v"\nvesting = "9d"')
    (one,) = evaluate(sale(DAY), Account(member=1), programme(text)).contributions
    assert one.available_on == one.last_day == DAY + timedelta(days=9)


def test_after_the_last_day_to_earn_there_are_no_stamps_either() -> None:
    """A programme of stamps stops where it says."""
    text = (
        '[[rule]]\nid = "card"\nkind = "stamp"\nneed = 3\nreward = {}\n'
        '[transition]\nto = "other"\nlast_earn = 2026-05-06\n'
    )
    loaded = programme(text)
    assert evaluate(sale(DAY), Account(member=1), loaded).earned("stamp:card") == 1
    after = evaluate(sale(DAY + timedelta(days=1)), Account(member=1), loaded)
    assert (after.contributions, reason(after, "card")) == ((), Reason.ENDED)


def test_a_counter_of_others_does_not_close_the_days_burning() -> None:
    """What a store may redeem a day holds for one ticket even where its counter says more."""
    text = (
        '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n'
        '[transition]\nto = "other"\nburn_limit = 20\n'
    )
    decision = evaluate(sale(DAY), rich(), programme(text), stock={"limit:transition": 10_000})
    assert decision.options[0].max_steps == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE + "budget = 50.00\n", "a budget in money goes with money off"),
        (
            '[[rule]]\nid = "p"\nkind = "burn.money"\npoints = 1\nvalue = 1.00\nbudget = 9\n',
            "in points goes with",
        ),
        ('[[rule]]\nid = "s"\nkind = "stamp"\nneed = 2\nreward = {}\nbudget = 9\n', "in points goes with"),
        ('[[rule]]\nid = "s"\nkind = "stamp"\nneed = 2\nreward = {}\nvesting = "2d"\n', "leave vesting out"),
        (
            LIFE + '[[rule]]\nid = "c"\nkind = "convert"\npoints = 9\nvoucher = "v"\nmin_basket = 5.00\n',
            "leave min_basket out: convert",
        ),
        (
            VISIT + '[[rule]]\nid = "x"\nkind = "earn.multiply"\nfactor = "2"\napplies_to = ["visit"]\n',
            "visit gives",
        ),
        (
            '[tiers]\napplies_to = ["bonus"]\nlevels = [{ id = "a", from = 1 }]\n',
            "bonus gives nothing before",
        ),
        ('[expiry]\nlot_life = "9d"\nstores = ["s1"]\n', "leave stores out: expiry"),
        (
            '[[rule]]\nid = "v"\nkind = "earn.visit"\npoints = 2\nearn_on = "gross"\n',
            "leave earn_on out: earn.visit",
        ),
    ],
)
def test_a_key_that_would_do_nothing_is_refused(text: str, said: str) -> None:
    """Nobody believes in a limit that does not hold."""
    assert said in faults(text)


def test_points_of_a_ticket_pay_on_a_later_one() -> None:
    """What a ticket earns cannot be spent on it, however much it is."""
    text = BASE + '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n'
    decision = evaluate(sale(DAY, Line(90_000)), Account(member=1), programme(text), (Choice("pay"),))
    assert (decision.burns, reason(decision, "pay")) == ((), Reason.NO_BALANCE)


def test_the_level_that_a_ticket_reaches_does_not_multiply_it() -> None:
    """The tier before the ticket holds for the whole of it."""
    tiers = '[tiers]\nlevels = [{ id = "a", from = 5, multiply = "3" }]\n'
    first, second = walk(programme(BASE + tiers), DAY, DAY)
    assert ([first.earned(), second.earned()], first.tier) == ([10, 30], "a")


def test_points_lapse_after_their_last_day_and_not_on_it() -> None:
    """Earned on day E with a life of n days: usable on E + n, gone on E + n + 1."""
    text = (
        BASE
        + '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n[expiry]\nlot_life = "7d"\n'
    )
    loaded, account = programme(text), Account(member=1)
    account = fold(account, sale(DAY), evaluate(sale(DAY), account, loaded))
    last = evaluate(Ticket("b", (Line(500),), DAY + timedelta(days=7), 600, "s1"), account, loaded)
    over = evaluate(Ticket("c", (Line(500),), DAY + timedelta(days=8), 600, "s1"), account, loaded)
    assert (reason(last, "pay"), reason(over, "pay")) == (Reason.NOT_CHOSEN, Reason.NO_BALANCE)


def test_what_is_said_of_the_last_points_of_a_budget() -> None:
    """Who still got some is told so; who loses to a rival is not told that the rival gives more."""
    voice = Voice(str, str, str, lambda asset, n: f"{n} {asset}")
    loaded = programme(BASE + "budget = 500\n")
    last = told(evaluate(sale(DAY), Account(member=1), loaded, stock={"budget:base": 4}), "base")
    none = told(evaluate(sale(DAY), Account(member=1), loaded, stock={}), "base")
    assert outcome_text(last, voice) == "base: + 4 points, the last of the campaign's budget"
    assert outcome_text(none, voice) == "base: the budget of the campaign is spent"
    lost = Outcome("a", "earn.visit", Reason.NOT_BEST_IN_GROUP, by="b")
    assert outcome_text(lost, voice) == "a gives way to b"


def test_who_loses_in_a_group_keeps_counting() -> None:
    """The fifth visit is counted although the larger bonus of the group wins the second."""
    text = (
        '[groups]\nbonus = "best"\n'
        '[[rule]]\nid = "big"\nkind = "earn.visit"\ngroup = "bonus"\npoints = 50\n'
        '[[rule]]\nid = "n"\nkind = "earn.visits"\ngroup = "bonus"\nsteps = [{ visit = 2, points = 5 }]\n'
    )
    days = [DAY + timedelta(days=n) for n in range(3)]
    seen = walk(programme(text), *days)
    assert [each.earned() for each in seen] == [50, 50, 50]
    assert [each.state["n"]["visits"] for each in seen] == [1, 2, 3]


def test_exclusions_that_come_to_light_one_after_the_other() -> None:
    """`late` shuts `big` out; then `small` wins the group in its place, and shuts the base points out."""
    text = (
        BASE + '[groups]\nrivals = "best"\n'
        '[[rule]]\nid = "big"\nkind = "earn.visit"\ngroup = "rivals"\npoints = 50\n'
        '[[rule]]\nid = "small"\nkind = "earn.visit"\ngroup = "rivals"\npoints = 5\nexcludes = ["base"]\n'
        '[[rule]]\nid = "late"\nkind = "earn.visit"\npoints = 1\nexcludes = ["big"]\n'
    )
    decision = evaluate(sale(DAY), Account(member=1), programme(text))
    assert {one.rule: one.quantity for one in decision.contributions} == {"small": 5, "late": 1}
    assert (told(decision, "big").by, told(decision, "base").by) == ("late", "small")


def test_a_store_counts_all_redemptions_of_a_ticket() -> None:
    """Two rules, 10 points each: the day's limit is charged with 20."""
    pay = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 10\nvalue = 1.00\n'
    text = pay + pay.replace('"pay"', '"two"') + '[transition]\nto = "other"\nburn_limit = 20\n'
    choices = (Choice("pay"), Choice("two"))
    decision = evaluate(sale(DAY), rich(), programme(text), choices, stock={"limit:transition": 50})
    assert decision.drawn == {"limit:transition": 20}


def test_a_multiplier_that_a_cap_took_whole_is_told_beside_the_prize() -> None:
    """The second ticket of the day: nothing is left of the multiplier, and the prize comes."""
    tiers = (
        '[tiers]\nlevels = [{ id = "a", from = 0, multiply = "3/2" }, '
        '{ id = "b", from = 20, gives = { points = 20 } }]\n'
    )
    loaded = programme(BASE + tiers + cap("cap", 4, "day", '["multiplier"]'))
    seen = walk(loaded, DAY, DAY, cents=1100)
    assert [each.earned() for each in seen] == [15, 31]
    outcome = told(seen[1], "tiers")
    assert (outcome.reason, outcome.quantity, outcome.cut, outcome.by) == (Reason.CAP_CUT, 20, 5, "cap")
    assert outcome.exact == "11/2"


def test_a_multiplier_beyond_its_budget_is_told_beside_a_voucher() -> None:
    """4 of 10 points are left in the budget; the voucher of the level comes all the same."""
    tiers = (
        '[tiers]\nbudget = 100\nmeasure = "visits"\nlevels = [{ id = "a", from = 0, multiply = "2" }, '
        '{ id = "b", from = 1, gives = { voucher = "v" } }]\n'
    )
    decision = evaluate(
        sale(DAY), Account(member=1), programme(BASE + LIFE + tiers), stock={"budget:tiers": 4}
    )
    outcome = told(decision, "tiers")
    assert (outcome.reason, outcome.asset, outcome.cut) == (Reason.BUDGET_SPENT, "voucher:v", 6)
    assert (decision.earned(), decision.earned("voucher:v")) == (14, 1)

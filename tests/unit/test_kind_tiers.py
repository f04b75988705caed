"""Tiers: up at once, down with grace, and what a level gives."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rules.account import Account
from rules.decision import Choice, Progress, Reason
from rules.explain import Voice, progress_text
from rules.fold import expire, fold
from rules.kinds.tiers import benefits_of, brought, less_returns, lowered, measure_of, tier_of
from rules.programme.load import check_programme
from rules.programme.model import Programme
from rules.refund import LineReturn, Return, returned
from rules.ticket import Event, Line, Ticket
from tests.unit.kind_kit import DAY, HEADER, evaluate, faults, happened, in_turn, programme, reason, sale

TIERS = """[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
[tiers]
measure = "points_earned"
window = "10d"
levels = [{ id = "basic", from = 0 }, { id = "silver", from = 20, multiply = "3/2" }, { id = "gold", from = 40 }]
"""
SPEND = """[tiers]
measure = "spend"
window = "calendar_year"
levels = [{ id = "silver", from = 15.00 }]
"""


def bought(*visits: tuple[int, int]) -> list[Ticket]:
    """Tickets by day and cents."""
    return [
        sale(DAY + timedelta(days=offset), Line(cents), name=str(n))
        for n, (offset, cents) in enumerate(visits)
    ]


def walk(loaded: Programme, *visits: tuple[int, int]) -> Account:
    return in_turn(bought(*visits), loaded)[0]


@pytest.mark.parametrize(
    ("cents", "tier"), [(1999, "basic"), (2000, "silver"), (3999, "silver"), (4000, "gold")]
)
def test_a_level_begins_at_its_measure(cents: int, tier: str) -> None:
    """Up at once: the account has the tier after the ticket that reached it."""
    account = walk(programme(TIERS), (0, cents))
    assert (account.tier, account.tier_since) == (tier, DAY)


def test_the_multiplier_of_a_tier_begins_with_the_next_ticket() -> None:
    """A ticket that reaches silver is not multiplied; the next one of 10.00 gives 10 and 5."""
    loaded = programme(TIERS)
    account = walk(loaded, (0, 2000))
    assert account.balance["points"] == 20
    decision = evaluate(sale(DAY), account, loaded)
    assert [(c.rule, c.quantity) for c in decision.contributions] == [("base", 10), ("tiers", 5)]
    assert next(each for each in decision.outcomes if each.rule == "tiers").quantity == 5


def test_the_tier_competes_with_campaigns() -> None:
    """A campaign that doubles beats the tier's three halves; together they are not added."""
    loaded = programme(TIERS + '[[rule]]\nid = "x2"\nkind = "earn.multiply"\nfactor = "2"\n')
    account = Account(member=1, state={"tiers": {"days": {DAY.isoformat(): 20}}})
    decision = evaluate(sale(DAY), account, loaded)
    assert [(c.rule, c.quantity) for c in decision.contributions] == [("base", 10), ("x2", 10)]
    assert reason(decision, "tiers") is Reason.NOT_BEST_IN_GROUP


def test_a_rolling_window_holds_its_number_of_days() -> None:
    """20 points on day 0 hold silver up to day 9 of a window of ten days."""
    loaded = programme(TIERS)
    account = walk(loaded, (0, 2000))
    tiers = [tier_of(account, loaded, DAY + timedelta(days=n)) for n in (0, 9, 10)]
    assert tiers == ["silver", "silver", "basic"]


def test_grace_keeps_a_level_for_its_days() -> None:
    """With three days of grace silver lasts up to day 12."""
    loaded = programme(TIERS.replace('window = "10d"', 'window = "10d"\ngrace = "3d"'))
    account = walk(loaded, (0, 2000), (5, 100))
    tiers = [tier_of(account, loaded, DAY + timedelta(days=n)) for n in (9, 12, 13)]
    assert tiers == ["silver", "silver", "basic"]


def test_grace_remembers_a_peak_between_two_days() -> None:
    """Gold was held on day 9 only, by two tickets; its grace of three days ends on day 12."""
    loaded = programme(TIERS.replace('window = "10d"', 'window = "10d"\ngrace = "3d"'))
    account = Account(member=1, state={"tiers": {"days": {"2026-05-06": 20, "2026-05-15": 20}}})
    tiers = [tier_of(account, loaded, DAY + timedelta(days=n)) for n in (8, 9, 12, 13)]
    assert tiers == ["silver", "gold", "gold", "silver"]


def test_spend_of_a_calendar_year() -> None:
    """What is paid counts from 1 January; a new year begins at nothing."""
    loaded = programme(SPEND)
    account = walk(loaded, (0, 1499))
    assert account.tier == ""
    account = walk(loaded, (0, 1499), (1, 1))
    assert account.tier == "silver"
    assert tier_of(account, loaded, date(2026, 12, 31)) == "silver"
    assert tier_of(account, loaded, date(2027, 1, 1)) == ""


def test_spend_is_what_is_paid_after_rewards() -> None:
    """A reward of 5.00 lowers the measure."""
    loaded = programme(SPEND + '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 1\nvalue = 5.00\n')
    decision = evaluate(
        sale(DAY, Line(1600)), Account(member=1, usable={"points": 1}), loaded, (Choice("pay"),)
    )
    assert decision.state["tiers"] == {"days": {"2026-05-06": 1100}}
    assert decision.tier == ""


def test_visits_count_days() -> None:
    """Two tickets of one day are one visit."""
    loaded = programme(SPEND.replace("spend", "visits").replace("15.00", "2"))
    assert walk(loaded, (0, 100), (0, 100)).tier == ""
    assert walk(loaded, (0, 100), (1, 100)).tier == "silver"


def test_old_days_are_forgotten() -> None:
    """Buckets that no window can reach again leave the state."""
    account = walk(programme(TIERS), (0, 500), (9, 500), (10, 500))
    assert sorted(account.state["tiers"]["days"]) == ["2026-05-15", "2026-05-16"]


def test_progress_to_the_next_level() -> None:
    """After 12 points silver is 8 away."""
    decision = evaluate(sale(DAY, Line(1200)), Account(member=1), programme(TIERS))
    assert decision.progress == (Progress("tier", "tiers", "silver", "points", 12, 20),)


def test_a_level_that_outlives_its_measure_is_not_the_next_one() -> None:
    """In the grace of gold nobody is told the way to silver; in that of silver the way to gold goes on."""
    loaded = programme(TIERS.replace('window = "10d"', 'window = "10d"\ngrace = "30d"'))
    for cents, goals in ((4000, set()), (2000, {"gold"})):
        account = walk(loaded, (0, cents))
        decision = evaluate(sale(DAY + timedelta(days=20), Line(100)), account, loaded)
        assert {one.goal for one in decision.progress if one.what == "tier"} == goals


def test_a_thin_account_keeps_the_tier_it_came_with() -> None:
    """The index row says silver: it multiplies, and no counter is invented."""
    decision = evaluate(sale(DAY), Account(member=1, known="thin", tier="silver"), programme(TIERS))
    assert (decision.earned(), decision.tier, decision.state) == (15, "silver", {})


def test_a_refund_lowers_the_day_of_its_ticket() -> None:
    """Points taken back count on the day they were earned."""
    table = programme(TIERS).rule("tiers").table
    state = lowered({"days": {"2026-05-06": 20}}, DAY, 5)
    assert measure_of(table, state, DAY) == 15


def test_wrong_levels_are_load_errors() -> None:
    """Order, ids, and money without decimals or with them in the wrong place."""
    assert "from low to high" in faults(TIERS.replace("from = 40", "from = 10"))
    assert "an id of its own" in faults(TIERS.replace('"gold"', '"silver"'))
    assert "two decimals" in faults(SPEND.replace("15.00", "15"))
    assert "without decimals" in faults(TIERS.replace("from = 20", "from = 20.00"))
    assert "calendar_year" in faults(TIERS.replace('"10d"', '"ten"'))
    assert "at least one level" in faults("[tiers]\nlevels = []\n")
    assert "at least 1" in faults(TIERS.replace('"3/2"', '"1/2"'))
    assert faults(TIERS.replace('"3/2"', '"1"')) == ""


def test_points_die_on_the_day_after_their_last() -> None:
    """With a life of 90 days a lot of 1 January is there on 1 April and gone on 2 April."""
    loaded = programme('[expiry]\nlot_life = "90d"\n' + TIERS)
    account = walk(loaded, (0, 2000))
    last = DAY + timedelta(days=90)
    assert expire(account, last).balance["points"] == 20
    gone = expire(account, last + timedelta(days=1))
    assert (gone.balance["points"], gone.holdings) == (0, ())
    assert account.held("points", last) == 20
    assert account.held("points", last + timedelta(days=1)) == 0


def test_the_first_to_expire_is_drawn_first() -> None:
    """A redemption of 5 points takes the lots by last day, whatever order they are held in."""
    text = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 5\nvalue = 1.00\n'
    text += (
        '[expiry]\nlot_life = "10d"\n[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
    )
    loaded = programme(text)
    account = walk(loaded, (1, 300), (0, 400))
    ticket = sale(DAY + timedelta(days=2), Line(200), name="z")
    account = fold(account, ticket, evaluate(ticket, account, loaded, (Choice("pay"),)))
    assert [(h.lot, h.quantity) for h in account.holdings] == [("0:0", 2), ("z:0", 1)]
    assert account.balance == {"points": 3}


def test_a_soft_landing_takes_one_level_a_review() -> None:
    """Gold lapses on 16 May; the reviews of 1 June and 1 July take one level each."""
    loaded = programme(
        TIERS.replace('window = "10d"', 'window = "10d"\ndown = "one_step"\nreview = "monthly"')
    )
    account = walk(loaded, (0, 4000))
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [tier_of(account, loaded, day) for day in days] == ["gold", "silver", "silver", "basic"]


def test_a_window_of_months() -> None:
    """20 points of 6 May hold silver up to 5 June."""
    loaded = programme(TIERS.replace('"10d"', '"1m"'))
    account = walk(loaded, (0, 2000))
    days = [date(2026, 6, 5), date(2026, 6, 6)]
    assert [tier_of(account, loaded, day) for day in days] == ["silver", "basic"]


PRIZES = TIERS.replace("from = 20,", "from = 20, gives = { points = 5 },").replace(
    "from = 40 }", "from = 40, gives = { points = 7 } }"
)


def test_a_level_gives_its_prize_once() -> None:
    """With the ticket that reaches it; falling and coming back gives nothing more."""
    account, given = in_turn(bought((0, 2000), (1, 100), (30, 2000), (31, 2000)), programme(PRIZES))
    earned = [[(one.rule, one.quantity) for one in decision.contributions] for decision in given]
    assert earned[0] == [("base", 20), ("tiers", 5)]
    assert earned[2] == [("base", 20)]
    assert account.tier == "gold"
    assert earned[3] == [("base", 20), ("tiers", 10), ("tiers", 7)]
    assert account.state["tiers"]["given"] == ["gold", "silver"]


def test_points_of_a_prize_count_for_the_next_level() -> None:
    """36 points, and 5 for silver, are gold: both prizes come at once, and a second ticket brings none."""
    decision = evaluate(sale(DAY, Line(3600)), Account(member=1), programme(PRIZES))
    assert [one.quantity for one in decision.contributions] == [36, 5, 7]
    assert decision.tier == "gold"
    (outcome,) = (one for one in decision.outcomes if one.rule == "tiers")
    assert (outcome.reason, outcome.quantity) == (Reason.APPLIED, 12)


def test_a_level_that_is_in_force_already_gives_no_prize() -> None:
    """A member who was gold before the programme gave anything is not paid for it now."""
    account = Account(member=1, state={"tiers": {"days": {DAY.isoformat(): 50}}})
    decision = evaluate(sale(DAY, Line(100)), account, programme(PRIZES))
    assert [one.quantity for one in decision.contributions] == [1]


def test_what_keeps_the_level() -> None:
    """Silver of 20 points falls on day 10; spent on day 9, the 20 points of a new window would keep it."""
    account = Account(member=1, state={"tiers": {"days": {"2026-05-06": 15, "2026-05-08": 8}}})
    found = evaluate(sale(DAY + timedelta(days=4), Line(100)), account, programme(TIERS)).progress
    assert found == (
        Progress("tier", "tiers", "gold", "points", 24, 40),
        Progress("keep", "tiers", "silver", "points", 9, 20, date(2026, 5, 15)),
    )
    silent = programme(TIERS.replace('window = "10d"', 'window = "10d"\nnotice = "3d"'))
    told = evaluate(sale(DAY + timedelta(days=4), Line(100)), account, silent).progress
    assert [one.what for one in told] == ["tier"]


def test_what_keeps_the_level_in_words() -> None:
    """Money, points and visits each have their sentence."""
    voice = Voice(str, lambda cents: f"{cents / 100:.2f}", str, lambda asset, n: f"{n} {asset}")
    until = date(2026, 12, 31)
    for unit, said in (
        ("cents", "120.00 to spend by 2026-12-31 to keep the level gold"),
        ("points", "12000 points by 2026-12-31 keep the level gold"),
        ("visits", "12000 visits by 2026-12-31 keep the level gold"),
    ):
        assert progress_text(Progress("keep", "tiers", "gold", unit, 3000, 15000, until), voice) == said


def test_the_benefits_of_a_level() -> None:
    """In the language asked for, else the first; one list may serve all."""
    words = 'benefits = { fr = ["Ventes privées", "Retouches"], en = ["Private sales"] },'
    loaded = programme(TIERS.replace("from = 20,", f"from = 20, {words}"))
    assert benefits_of(loaded, "silver", "en") == ("Private sales",)
    assert benefits_of(loaded, "silver", "de") == ("Ventes privées", "Retouches")
    assert benefits_of(loaded, "gold", "fr") == ()
    loaded = programme(TIERS.replace("from = 20,", 'from = 20, benefits = ["Coffee"],'))
    assert benefits_of(loaded, "silver", "fr") == ("Coffee",)
    assert benefits_of(programme(""), "silver", "fr") == ()


def test_wrong_prizes_and_words_are_load_errors() -> None:
    """Each names what to write."""
    assert "voucher" in faults(PRIZES.replace("points = 5", 'points = 5, voucher = "x"'))
    assert "earn.once" in faults(TIERS.replace("from = 0", "from = 0, gives = { points = 5 }"))
    assert "1 to 80" in faults(TIERS.replace("from = 20,", 'from = 20, benefits = [""],'))
    assert "did you mean one_step" in faults(TIERS.replace("[tiers]", '[tiers]\ndown = "onestep"'))


def test_days_stay_in_order_whatever_arrives() -> None:
    """A ticket of an earlier business date, and a refund of a forgotten day, leave the buckets in order."""
    account = Account(member=1, state={"tiers": {"days": {"2026-05-08": 8}}})
    state = evaluate(sale(DAY, Line(100)), account, programme(TIERS)).state["tiers"]
    assert list(state["days"].items()) == [("2026-05-06", 1), ("2026-05-08", 8)]
    assert list(lowered(state, date(2026, 5, 7), 3)["days"].items()) == [
        ("2026-05-06", 1),
        ("2026-05-07", 0),
        ("2026-05-08", 8),
    ]


def test_levels_without_a_prize_are_passed_over() -> None:
    """From basic to gold at once: silver gives nothing, gold does."""
    loaded = programme(TIERS.replace("from = 40 }", "from = 40, gives = { points = 7 } }"))
    decision = evaluate(sale(DAY, Line(5000)), Account(member=1), loaded)
    assert [(one.rule, one.quantity) for one in decision.contributions] == [("base", 50), ("tiers", 7)]


def test_a_prize_counts_only_where_points_are_measured() -> None:
    """Points as a prize are no visits, and a voucher is no point."""
    visits = '[tiers]\nmeasure = "visits"\nwindow = "9d"\nlevels = [{ id = "a", from = 1, gives = { points = 5 } }]\n'
    assert walk(programme(visits), (0, 1000)).state["tiers"]["days"] == {DAY.isoformat(): 1}
    cake = '[[rule]]\nid = "cake"\nkind = "voucher"\nvalue = 5.00\n'
    given = TIERS.replace("from = 20,", 'from = 20, gives = { voucher = "cake" },')
    assert walk(programme(given + cake), (0, 2000)).state["tiers"]["days"] == {DAY.isoformat(): 20}


def test_who_never_came_measures_nothing() -> None:
    """Without counters there is nothing to add up."""
    assert measure_of(programme(TIERS).rules[1].table, None, DAY) == 0


@pytest.mark.parametrize(("text", "left"), [(TIERS, 15), (SPEND, 1500)])
def test_what_was_returned_is_taken_off_the_measure(text: str, left: int) -> None:
    """A quarter of 20.00 comes back: 15 of 20 points stay, or 15.00."""
    lines, loaded = (Line(1500), Line(500)), programme(text)
    account, (decision,) = in_turn([sale(DAY, *lines)], loaded)
    backs = returned(lines, (Return(lines=(LineReturn(0, 500, Decimal(0)),)),))
    after = less_returns(account, decision, loaded, backs)
    assert after.state["tiers"]["days"] == {DAY.isoformat(): left}
    assert less_returns(account, decision, loaded, ()) == account


def test_points_of_an_event_count_and_its_day_does_not() -> None:
    """A check-in gives 20 points and is no visit."""
    event = '[[rule]]\nid = "in"\nkind = "earn.event"\nevent = "in"\npoints = 20\n'
    for text, tier in ((TIERS, "silver"), (TIERS.replace("points_earned", "visits"), "basic")):
        account, _ = in_turn([happened(Event("in"))], programme(text + event))
        assert account.tier == tier
        assert ("tiers" in account.state) is (tier == "silver")


def test_below_all_levels_the_first_one_is_next() -> None:
    """12.00 of 15.00 to silver."""
    told = evaluate(sale(DAY, Line(1200)), Account(member=1), programme(SPEND)).progress
    assert told == (Progress("tier", "tiers", "silver", "cents", 1200, 1500),)


def test_what_somebody_brings_who_was_in_a_tier_elsewhere() -> None:
    """It counts as reached on that day, and what it and those below it give once as given; later ones give theirs."""
    loaded = programme(PRIZES)
    counters = brought(loaded, "silver", DAY)
    assert counters == {"days": {"2026-05-06": 20}, "given": ["silver"]}
    newcomer = Account(member=1, state={"tiers": counters})
    assert tier_of(newcomer, loaded, DAY) == "silver"
    decision = evaluate(sale(DAY, Line(1000)), newcomer, loaded)
    assert [(one.rule, one.quantity) for one in decision.contributions] == [("base", 10), ("tiers", 5)]
    assert brought(loaded, "gold", DAY) == {"days": {"2026-05-06": 40}, "given": ["gold", "silver"]}
    assert brought(programme(TIERS), "silver", DAY) == {"days": {"2026-05-06": 20}}
    assert [brought(one, "bronze", DAY) for one in (loaded, programme(""))] == [None, None]


def test_a_return_is_no_visit_taken_back_and_an_old_day_may_be_unknown() -> None:
    """Whoever came has come; points of a member without counters are lowered from nothing."""
    loaded = programme(SPEND.replace("spend", "visits").replace("15.00", "2"))
    account, (decision,) = in_turn([sale(DAY)], loaded)
    backs = returned((Line(1000),), (Return(lines=(LineReturn(0, 500, Decimal(0)),)),))
    assert less_returns(account, decision, loaded, backs) == account
    assert lowered(None, DAY, 5) == {"days": {"2026-05-06": 0}}


def test_the_first_day_of_a_window_is_kept() -> None:
    """Day 1 is the first that a window of day 10 holds; day 0 is forgotten."""
    account = walk(programme(TIERS), (0, 500), (1, 700), (10, 500))
    assert sorted(account.state["tiers"]["days"]) == ["2026-05-07", "2026-05-16"]


def test_points_of_a_level_lie_on_the_lines_of_its_ticket() -> None:
    """Those that the table counts, for the five points of silver."""
    loaded = programme(PRIZES.replace("[tiers]", "[tiers]\nlines = \".category == 'x'\""))
    decision = evaluate(sale(DAY, Line(1500), Line(500, "x", "x")), Account(member=1), loaded)
    assert [one.allocation for one in decision.contributions] == [(15, 5), (0, 5)]


def test_a_fault_of_a_level_names_it() -> None:
    """Whichever it is: a prize, a word in one of two languages, a beginning below zero; no words at all are fine."""
    for change in (
        PRIZES.replace("points = 5", 'points = 5, voucher = "x"'),
        TIERS.replace("from = 20,", 'from = 20, benefits = { fr = [""], en = ["Coffee"] },'),
        TIERS.replace("from = 20,", "from = -1,"),
    ):
        assert "levels.silver" in {one.key for one in check_programme(HEADER + change.encode())}
    empty = programme(TIERS.replace("from = 20,", "from = 20, benefits = {},"))
    assert benefits_of(empty, "silver", "fr") == ()

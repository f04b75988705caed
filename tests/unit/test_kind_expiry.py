"""Points of members who stay away, and what lapses soon."""

from datetime import date, timedelta

import pytest

from rules.account import FOREVER, Account, Holding
from rules.calendar import add_months
from rules.decision import Choice, Progress, Reason
from rules.explain import Voice, progress_text
from rules.fold import drawn, expire
from rules.lifetime import lapsing, last_day, last_day_of, parse_life
from rules.programme.model import Programme
from rules.ticket import Event
from tests.unit.kind_kit import DAY, evaluate, faults, happened, in_turn, programme, reason, sale

EARN = '[[rule]]\nid = "base"\nkind = "earn.amount"\npoints = 1\nper = 1.00\n'
PAY = '[[rule]]\nid = "pay"\nkind = "burn.money"\npoints = 5\nvalue = 1.00\n'
QUIET = '[expiry]\ninactivity = "30d"\n'


def on(n: int) -> date:
    return DAY + timedelta(days=n)


def walk(loaded: Programme, *offsets: int) -> Account:
    """Ten points a visit."""
    return in_turn([sale(on(n)) for n in offsets], loaded)[0]


def test_all_points_lapse_after_the_last_visit() -> None:
    """30 days after the last of two visits both lots can still be used, on day 31 they are dead."""
    loaded = programme(EARN + QUIET)
    account = walk(loaded, 0, 20)
    assert last_day_of(loaded, DAY) == FOREVER
    assert expire(account, on(50), loaded) == account
    gone = expire(account, on(51), loaded)
    assert (gone.balance, gone.holdings) == ({"points": 0}, ())
    assert expire(account, on(51)) == account


def test_the_first_of_life_and_absence_ends_a_lot() -> None:
    """A life of 40 days ends the older lot first; absence ends the younger."""
    loaded = programme(EARN + QUIET + 'lot_life = "40d"\n')
    account = walk(loaded, 0, 20)
    assert [expire(account, on(n), loaded).balance["points"] for n in (40, 41, 50, 51)] == [20, 10, 10, 0]


def test_points_of_an_event_count_from_their_own_day() -> None:
    """Earned from home after the last visit they live their days; a stamp is no point."""
    held = (
        Holding("points", "e:0", 3, on(10), on(10), FOREVER),
        Holding("stamp:card", "s", 2, on(0), on(0), FOREVER),
    )
    account = Account(member=1, holdings=held, last_visit=on(0))
    loaded = programme(EARN + QUIET)
    assert expire(account, on(40), loaded).holdings == held
    assert expire(account, on(41), loaded).holdings == held[1:]
    never = Account(member=1, holdings=held)
    assert expire(never, on(41), loaded).holdings == held[1:]


@pytest.mark.parametrize(("day", "said"), [(30, Reason.APPLIED), (31, Reason.NO_BALANCE)])
def test_a_member_who_comes_back_too_late_spends_nothing(day: int, said: Reason) -> None:
    """On the first unusable day the points are no offer any more, whatever the till holds for the member."""
    loaded = programme(EARN + PAY + QUIET)
    account = walk(loaded, 0)
    for usable in (None, {"points": 10}):
        here = Account(
            member=1,
            holdings=account.holdings,
            balance=account.balance,
            last_visit=account.last_visit,
            usable=usable,
        )
        assert reason(evaluate(sale(on(day)), here, loaded, (Choice("pay"),)), "pay") is said


def test_what_lapses_soon() -> None:
    """By day and inside the longest notice, or as far as one asks."""
    loaded = programme(EARN + '[expiry]\nlot_life = "40d"\nnotice = ["3d", "14d"]\n')
    account = walk(loaded, 0, 0, 10)
    assert lapsing(account, loaded, on(25)) == ()
    assert lapsing(account, loaded, on(26)) == ((on(40), 20),)
    assert lapsing(account, loaded, on(40)) == ((on(40), 20), (on(50), 10))
    assert lapsing(account, loaded, on(41)) == ((on(50), 10),)
    assert lapsing(account, loaded, on(26), within=30) == ((on(40), 20), (on(50), 10))
    assert lapsing(account, programme(EARN), on(26)) == ()


def test_the_ticket_tells_what_lapses_after_it() -> None:
    """What the ticket spends comes out of those points; today's visit ends an absence."""
    loaded = programme(EARN + PAY + QUIET + 'lot_life = "60d"\nnotice = ["14d"]\n')
    account = walk(loaded, 0)
    assert lapsing(account, loaded, on(28)) == ((on(30), 10),)
    told = evaluate(sale(on(28)), account, loaded).progress
    assert [one.what for one in told] == []
    account = walk(loaded, 0, 25)
    told = evaluate(sale(on(50)), account, loaded, (Choice("pay"),)).progress
    assert told == (Progress("lapse", "expiry", "expiry", "points", 5, 5, on(60)),)
    voice = Voice(str, str, str, lambda asset, n: f"{n} {asset}")
    assert progress_text(told[0], voice) == f"5 points can be used until {on(60)}, then they lapse"


def test_wrong_tables_are_load_errors() -> None:
    """One of the two lives is needed; what has no effect is said."""
    assert "inactivity" in faults("[expiry]\n")
    assert "leave align out" in faults(QUIET + 'align = "year_end"\n')
    assert "at least one day" in faults('[expiry]\ninactivity = "0d"\n')
    assert "one day before" in faults('[expiry]\nlot_life = "9d"\nnotice = ["0d"]\n')


def test_nobody_is_told_without_a_notice() -> None:
    """Not even on the last day; nor where the programme has no expiry at all."""
    loaded = programme(EARN + QUIET)
    account = walk(loaded, 0)
    assert lapsing(account, loaded, on(30)) == ()
    held = Account(member=1, holdings=(Holding("points", "p", 3, on(0), on(0), on(1)),))
    assert lapsing(held, programme(EARN), on(0)) == lapsing(held, programme(EARN), on(1)) == ()


def test_the_calendar_ends_with_the_year_9999() -> None:
    """A day in that year is a day, one after it is for ever."""
    assert add_months(date(9998, 5, 31), 13) == date(9999, 6, 30)
    with pytest.raises(ValueError, match="beyond"):
        add_months(date(9999, 5, 31), 8)


def test_a_life_beyond_the_calendar_is_for_ever() -> None:
    """A hundred years from 9950, in months and in days."""
    for text in ("1200m", "36525d"):
        assert last_day(parse_life(text), "", date(9950, 1, 1)) == FOREVER


def test_a_ticket_without_points_starts_no_life() -> None:
    """The policy speaks where points are given."""
    assert reason(evaluate(sale(DAY), Account(member=1), programme(QUIET)), "expiry") is Reason.NO_EFFECT


def test_an_event_does_not_put_an_absence_off() -> None:
    """All ten points lapse on the day told; a visit on that day would have kept them."""
    loaded = programme(EARN + QUIET + 'notice = ["14d"]\n')
    account = walk(loaded, 0)
    told = evaluate(happened(Event("check_in"), on(28)), account, loaded).progress
    assert told == (Progress("lapse", "expiry", "expiry", "points", 10, 10, on(30)),)
    assert evaluate(sale(on(28)), account, loaded).progress == ()


def test_a_till_without_the_history_tells_of_no_lapse() -> None:
    """The lots that it has may not be all of them."""
    held = (Holding("points", "p", 3, on(0), on(0), on(5)),)
    loaded = programme('[expiry]\nlot_life = "5d"\nnotice = ["14d"]\n')
    for known, told in (("full", 1), ("thin", 0)):
        account = Account(member=1, known=known, holdings=held)
        assert len(evaluate(sale(on(0)), account, loaded).progress) == told


def lives(table: str, day: date = DAY) -> date:
    return last_day_of(programme(f"[expiry]\n{table}"), day)


def test_the_life_of_points() -> None:
    """n days after the day earned, inclusive; months keep the day of the month; ends are rounded up."""
    assert last_day_of(programme(EARN), DAY) == FOREVER
    assert lives('lot_life = "90d"', date(2017, 1, 1)) == date(2017, 4, 1)
    assert lives('lot_life = "1m"', date(2026, 1, 31)) == date(2026, 2, 28)
    assert lives('lot_life = "2m"', date(2026, 1, 31)) == date(2026, 3, 31)
    assert lives('lot_life = "12m"', date(2028, 2, 29)) == date(2029, 2, 28)
    assert lives('lot_life = "90d"\nalign = "month_end"', DAY) == date(2026, 8, 31)
    assert lives('lot_life = "90d"\nalign = "year_end"', DAY) == date(2026, 12, 31)
    assert "365d" in faults('[expiry]\nlot_life = "1y"\n')


def test_a_short_life_is_drawn_before_an_older_lot() -> None:
    """What lapses first goes first, also when it was earned later; a lot that is not usable yet is left."""
    days = [DAY + timedelta(days=n) for n in range(5)]
    held = (
        Holding("points", "old", 4, days[0], days[0], days[4]),
        Holding("points", "new", 4, days[1], days[1], days[3]),
        Holding("points", "vesting", 4, days[1], days[3], days[3]),
    )
    left = drawn(held, "points", 5, days[2])
    assert [(h.lot, h.quantity) for h in left] == [("old", 3), ("vesting", 4)]

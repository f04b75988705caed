"""A programme tried on a history: what each member comes to, what it all comes to, and how programmes compare."""

from datetime import timedelta
from typing import Any

import msgspec

from rules.history.record import Record
from rules.ticket import Event, Line
from rules.tools.comparison import compared, span, together
from rules.tools.offers import Paid
from rules.tools.trial import Month, Result, Trial, joined, trial
from tests.unit.history_kit import BASE, CARD, CHEQUE, EXPIRY, PAY, START, back, programme, sold

WORSE = BASE.replace("points = 1", "points = 2")
LOADED = programme(BASE, PAY, EXPIRY)


def tried(*records: Record, days: int = 5, redeem: bool = True, loaded: Any = LOADED) -> Trial:
    """Numbered records, up to a day."""
    return trial(loaded, enumerate(records, 1), (), START + timedelta(days=days), redeem=redeem)


def at(store: str, name: str, day: int) -> Record:
    return msgspec.structs.replace(sold(name, day), store=store)


def test_a_month_is_added_up_and_bad_lines_are_named() -> None:
    """Ten points, spent for 1.00 on the next ticket, whose nine lapse in June; a return of nothing is passed over."""
    found = tried(sold("1", 0), back("r", 0.5, "9", Line(1)), sold("2", 1), days=120)
    assert found.months == {"2026-03": Month(19, 10, 0, 100), "2026-06": Month(0, 0, 9, 0)}
    assert (found.paid, found.peaks) == ({"points": Paid(10, 100)}, {"points": 10})
    assert [number for number, _ in found.faults] == [2]
    assert tried(sold("1", 0), sold("2", 1), redeem=False).paid == {}


def test_a_voucher_that_is_used_is_no_burned_point() -> None:
    """Twenty points become a voucher of 2.00: cents of the month, and of its own asset."""
    found = tried(sold("1", 0), sold("2", 1), sold("3", 2), loaded=programme(BASE, CHEQUE))
    assert found.paid == {"voucher:two": Paid(1, 200)}
    assert found.months == {"2026-03": Month(28, 0, 0, 200)}


def test_a_member_belongs_to_the_store_of_most_tickets() -> None:
    """Two of three; the first by name where there are as many; nowhere without one."""
    records = [at("b", "1", 0), at("a", "2", 1), at("b", "3", 2), at("z", "4", 0), at("y", "5", 1)]
    records = [msgspec.structs.replace(one, member="m" if n < 3 else "n") for n, one in enumerate(records)]
    assert [one.store for one in tried(*records).results] == ["b", "y"]


def test_parts_of_the_members_add_up() -> None:
    """Two members tried apart are the two tried together."""
    mine = [sold("1", 0), back("r", 0.5, "9", Line(1)), sold("2", 1), sold("3", 40)]
    other = [msgspec.structs.replace(one, member="n") for one in mine]
    parts = [tried(*some, days=41) for some in (mine, other)]
    one = joined(parts)
    assert one.paid == {"points": Paid(2 * parts[0].paid["points"].units, 2 * parts[0].paid["points"].cents)}
    assert one.months["2026-03"] == Month(38, 20, 0, 200)
    assert sorted(one.months) == ["2026-03", "2026-04"]
    assert (len(one.faults), len(one.results), one.peaks) == (2, 2, parts[0].peaks)


def test_programmes_are_compared_by_groups() -> None:
    """Of two members one came twice and spent less; under the second programme both get more."""
    records = [sold("1", 0), sold("2", 1), sold("3", 2, Line(5000, "x"), member="n")]
    both = [
        together(loaded, [tried(*records, loaded=loaded, redeem=False)])
        for loaded in (programme(BASE, PAY, CARD), programme(WORSE, PAY, CARD))
    ]
    first, second = compared(both)
    assert (first.total.by, first.total.name, first.months) == ("", "", {"2026-03": Month(70, 0, 0, 0)})
    assert (first.total.gain, first.total.lose, second.total.gain, second.total.lose) == (0, 0, 2, 0)
    assert compared(both[::-1])[1].total.lose == 2
    groups = {(one.by, one.name): one.net for one in first.groups}
    assert groups["spend", "1"] == groups["regularity", "3"] == 2000
    assert groups["spend", "3"] == groups["regularity", "1"] == 5000
    assert groups["tier", ""] == groups["store", "s1"] == 7000


def test_what_nothing_tells_the_value_of_is_named() -> None:
    """Stamps for a free coffee of any price: they are held, and count for nothing."""
    loaded = programme(BASE, PAY, CARD)
    one = tried(sold("1", 0, Line(250, "c", "coffee")), loaded=loaded, redeem=False)
    (found,) = compared([together(loaded, [one])])
    assert (found.held, found.unpriced) == ({"points": 2, "stamp:card": 1}, ("stamp:card",))


def test_what_is_spent_again_is_added() -> None:
    """Two steps on two tickets; who only enrolled has no store."""
    assert tried(*[sold(str(n), n) for n in range(4)]).paid == {"points": Paid(20, 200)}
    event = Record("e", START, (), "m", "s1", event=Event("enrolment"))
    assert [one.store for one in tried(event).results] == [""]


def result(member: str, reward: int, held: int, visits: int = 3) -> Result:
    """A member with different figures everywhere."""
    come = START.date()
    return Result(
        member,
        "s1",
        "",
        tickets=4,
        visits=visits,
        net=10_000 - 1000 * visits,
        reward=reward,
        issued=7,
        burned=2,
        converted=3,
        expired=5,
        clawed=6,
        held={"points": held},
        first_visit=come,
        last_visit=come,
        first_reward=None,
    )


def test_two_programmes_are_compared_figure_by_figure() -> None:
    """Ten points are worth 1.00; who is a member of the second one alone had nothing, came least and spent least."""
    loaded = programme(BASE, PAY)
    months = {"2026-03": Month(issued=7, expired=5)}
    results = ([result("a", 100, 40), result("b", 100, 0, 5)], [result("a", 100, 50), result("b", 1, 0, 5)])
    results[1].append(result("s", 1, 0, 9))
    one, other = compared(
        [together(loaded, [Trial(tuple(some), months, {}, {"points": 9}, ())]) for some in results]
    )
    total = other.total
    assert (other.programme, other.version, other.sha256) == ("h", 1, loaded.sha256)
    assert (total.members, total.tickets, total.issued, total.burned) == (3, 12, 21, 6)
    assert (total.converted, total.expired, total.clawed) == (9, 15, 18)
    assert (total.reward, total.liability, total.gain, total.lose) == (102, 500, 2, 1)
    assert (one.held, other.held, one.total.gain) == ({"points": 40}, {"points": 50}, 0)
    fifths = {
        (group.by, group.name): group.net for group in other.groups if group.by in ("spend", "regularity")
    }
    assert fifths == {
        ("spend", "1"): 6000,
        ("spend", "3"): 7000,
        ("regularity", "1"): 8000,
        ("regularity", "3"): 5000,
    }


def test_parts_of_a_trial_add_up() -> None:
    """Months and redemptions are added, of what was held at most the most is kept, even where it is nothing."""
    parts = [
        Trial((), {"2026-03": Month(1, 2, 3, 4)}, {"points": Paid(1, 2)}, {"points": peak, "stamp:x": 0}, ())
        for peak in (5, 3)
    ]
    whole = joined(parts)
    assert whole.months == {"2026-03": Month(2, 4, 6, 8)}
    assert (whole.paid, whole.peaks) == ({"points": Paid(2, 4)}, {"points": 5, "stamp:x": 0})
    lone = msgspec.structs.replace(result("a", 0, 0), first_visit=None)
    assert span(together(programme(BASE), [Trial((lone,), {}, {}, {}, ())])) is None


def test_a_trial_ends_with_its_last_day_and_not_with_the_programme() -> None:
    """Points lapse on the day after their last, tickets of years later count, and so does a single point held."""
    loaded, days = programme(BASE, EXPIRY), (89, 90)
    gone = [
        trial(loaded, [(1, sold("1", 0))], set(), START + timedelta(days=last), redeem=False)
        .results[0]
        .expired
        for last in days
    ]
    assert gone == [0, 10]
    late = trial(loaded, [(1, sold("1", 2000, Line(100)))], set(), START + timedelta(days=2000), redeem=False)
    assert (late.faults, late.results[0].tickets, late.peaks) == ((), 1, {"points": 1})
    paying = [(n, sold(str(n), n)) for n in range(5)]
    spent = trial(programme(BASE, PAY), paying, set(), START + timedelta(days=9), redeem=True)
    assert sum(month.cents for month in spent.months.values()) == spent.results[0].reward > 100
    (fault,) = trial(loaded, [(1, back("b", 0, "none", Line(1)))], set(), START, redeem=False).faults
    assert fault[0] == 1
    assert "none" in fault[1]

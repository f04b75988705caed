"""Lots of a history by the day: what can be spent, what lapses, what becomes something else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rules.history.book import Posting, Why
from rules.history.record import LIMIT, Record, RecordError, fault_of
from rules.history.replay import Replay, ticket_of
from rules.history.versions import Versions
from rules.programme.load import load_programme
from rules.ticket import Line
from tests.unit.history_kit import (
    BASE,
    CARD,
    CHEQUE,
    EXPIRY,
    HEADER,
    PAY,
    START,
    TIERS,
    Told,
    programme,
    sold,
    some,
)
from tests.unit.test_history_members import REFER, VEGAN, big, told

TEN = Line(1000, "x", "food")
DAY = START.date()
LATE = BASE.replace('"base"', '"late"') + 'vesting = "30d"\nwhen = "ticket.total >= 20.00"\n'


def test_points_are_spent_on_their_last_day() -> None:
    """Ninety days after they were given."""
    replay = Told(programme(BASE, PAY, EXPIRY), redeem=True).take(sold("1", 0), sold("2", 90, Line(150, "y")))
    assert some(replay.row(91), "burned", "expired") == (10, 0)


def test_what_lapses_takes_nothing_of_what_has_a_day_left() -> None:
    """On day 95 the points of day 0 are gone, those of day 5 have their last day and pay."""
    replay = Told(programme(BASE, PAY, EXPIRY), redeem=True)
    replay.take(sold("1", 0, Line(900)), sold("2", 5), sold("3", 95, Line(150, "y")))
    assert some(replay.row(), "expired", "burned") == (9, 10)


def test_points_that_are_not_yet_usable_are_not_drawn() -> None:
    """Those of day 0 wait for thirty days and would be first; those of day 1 pay on day 2."""
    replay = Told(programme(BASE.replace("1.00", "5.00"), LATE, PAY, EXPIRY), redeem=True)
    replay.take(sold("1", 0, TEN, TEN), sold("2", 1, Line(3000)), sold("3", 2, Line(150, "y")))
    spent = [(one.lot, one.quantity) for one in replay.postings if one.why.cause == "BURN"]
    assert spent == [("1:0", -4), ("2:0", -6)]


def test_points_that_are_not_yet_usable_become_no_cheque() -> None:
    """Thirty wait: the cheque of twenty waits with them, the card beside it does not."""
    waiting = BASE + 'vesting = "30d"\n'
    replay = Told(programme(waiting, CHEQUE, CARD.replace('"card"', '"mug"'))).take(
        sold("1", 0, *[Line(1000, "c", "coffee") for _ in range(3)])
    )
    assert some(replay.row(1), "vouchers_issued", "cards:mug", "balance") == (0, 1, 30)


def test_a_second_card_is_counted_with_the_first() -> None:
    """Three coffees, and three more: two cards; each reward is of the day of its last stamp."""
    coffees = [Line(250, "c", "coffee") for _ in range(3)]
    replay = Told(programme(CARD)).take(sold("1", 0, *coffees), sold("2", 1, *coffees))
    assert replay.row()["cards:card"] == 2
    rewards = replay.replay.members["m"].book.open["reward:card"]
    assert [lot.earned_on for lot in rewards] == [DAY, DAY + timedelta(days=1)]


def test_points_live_through_the_day_after_the_last_record() -> None:
    """A history ends at midnight after its last day: what may be used that day is there."""
    replay = Told(programme(BASE, EXPIRY)).take(sold("1", 0), sold("2", 89, member="n"))
    assert some(replay.row(), "expired", "balance") == (0, 10)


def test_a_level_is_posted_with_the_points_of_the_member() -> None:
    """No asset, no lot and no quantity."""
    replay = Told(programme(BASE, TIERS)).take(sold("1", 0, Line(3000, "x")))
    assert replay.postings[-1] == Posting(Why("TIER", DAY, rule="gold"), "", "", 0, 30)


def test_the_rules_see_where_and_how_a_ticket_was_sold() -> None:
    """Store, till and channel go on as the record has them."""
    record = Record("1", START, (TEN,), "m", "s7", "t3", "web")
    moment = Versions([programme(BASE)]).at(START)
    assert moment is not None
    ticket = ticket_of(record, moment)
    assert (ticket.store, ticket.till, ticket.channel) == ("s7", "t3", "web")


def test_records_after_the_end_are_counted() -> None:
    """Both of two."""
    replay = Replay([programme(BASE)], until=DAY)
    replay.take(sold("1", 0))
    replay.take(sold("2", 1))
    assert replay.later == 2


def test_a_day_that_no_version_covers_ends_when_the_business_day_does() -> None:
    """At two in the morning of the first day the business date is still the one before."""
    night = load_programme((HEADER + "business_day_ends = 04:00:00\n" + BASE).encode())
    with pytest.raises(RecordError, match="2024-12-31"):
        Replay([night]).take(Record("1", datetime(2025, 1, 1, 1, 0, tzinfo=UTC), (TEN,), "m"))


def test_members_concern_each_other_by_referrals_and_budgets() -> None:
    """Only then must their records come in one order; and only then is a sponsor who never came a member."""
    rules = ((BASE,), (BASE, REFER), (BASE + "budget = 15\n",))
    assert [Replay([programme(*some_rules)]).joined for some_rules in rules] == [False, True, True]
    replay = Told(programme(BASE, VEGAN)).take(told("e", 0, sponsor="s"))
    assert list(replay.replay.members) == ["m"]


def test_a_profile_leaves_sponsor_and_enrolment_as_they_were() -> None:
    """It tells a diet: neither is the sponsor forgotten, nor is its day the day of the enrolment."""
    replay = Told(programme(BASE, REFER, VEGAN)).take(
        told("e", 0, sponsor="s"), told("p", 0.5, "profile", member_diet="any"), big("1", 1, "m")
    )
    assert replay.row(member="s")["earned:refer"] == 30
    other = Told(programme(BASE, VEGAN)).take(told("p", 0, "profile", member_diet="any"))
    assert other.replay.members["m"].history.since is None


def test_the_largest_amounts_make_sense() -> None:
    """Of lines and of what is told of a member, on both sides of zero, and not one more."""
    for cents in (LIMIT, -LIMIT):
        assert fault_of(Record("1", START, (Line(cents, "x"),))) == ""
        beyond = Record("1", START, (Line(cents + cents // LIMIT, "x"),))
        assert fault_of(beyond).startswith("an amount lies beyond")
    assert fault_of(Record("1", START, (Line(1, qty=Decimal(-LIMIT)),))) == ""
    for kids in (LIMIT, -LIMIT):
        replay = Told(programme(VEGAN)).take(told("e", 0, member_kids=kids))
        assert replay.replay.members["m"].history.fields["kids"] == kids


def test_a_date_that_is_no_text_is_a_bad_line() -> None:
    """A number in its place is named like any other fault."""
    for fields in ({"since": 5}, {"birthday": 5}):
        with pytest.raises(RecordError, match="write it like"):
            Replay([programme(BASE)]).take(told("e", 0, **fields))

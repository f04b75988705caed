"""A history through the rules: what members earn, spend, lose and have left."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from rules.errors import ProgrammeError
from rules.history.counters import Counters
from rules.history.record import Record, RecordError, fault_of, name_key
from rules.history.replay import Replay, ticket_of
from rules.history.totals import totals
from rules.history.versions import Versions
from rules.kinds.transition import BURN_LIMIT
from rules.programme.load import load_programme
from rules.ticket import Event, Line
from tests.unit.history_kit import (
    BASE,
    CARD,
    CHEQUE,
    EXPIRY,
    HEADER,
    PAY,
    START,
    STREAK,
    TIERS,
    VISIT,
    Told,
    programme,
    sold,
    some,
)

COFFEE = Line(250, "c", "coffee")


def test_points_are_earned_spent_and_lapse_on_their_day() -> None:
    """10 points by three tickets; the third pays with 10; the rest dies 91 days after it was earned."""
    told = Told(programme(BASE, PAY, EXPIRY), redeem=True).take(sold("1", 0), sold("2", 1), sold("3", 100))
    assert told.moves() == [
        ("ACCRUE", "base", 10, 10),
        ("BURN", "pay", -10, 0),
        ("ACCRUE", "base", 9, 9),
        ("EXPIRE", "base", -9, 0),
        ("ACCRUE", "base", 10, 10),
    ]
    dead = next(each.why.day for each in told.postings if each.why.cause == "EXPIRE")
    assert dead == (START + timedelta(days=92)).date()
    names = ("earned", "burned", "expired", "balance", "rewards", "reward_cents", "net_cents", "paid_cents")
    assert some(told.row(), *names) == (29, 10, 9, 10, 1, 100, 3000, 2900)


def test_points_of_a_member_who_stays_away_lapse_in_the_replay() -> None:
    """Two visits keep both tens alive to day 30 after the second; a third visit on day 31 finds nothing."""
    quiet = '[expiry]\ninactivity = "30d"\n'
    told = Told(programme(BASE, quiet)).take(sold("1", 0), sold("2", 20), sold("3", 51))
    assert told.moves() == [
        ("ACCRUE", "base", 10, 10),
        ("ACCRUE", "base", 10, 20),
        ("EXPIRE", "base", -10, 10),
        ("EXPIRE", "base", -10, 0),
        ("ACCRUE", "base", 10, 10),
    ]
    days = {each.why.day for each in told.postings if each.why.cause == "EXPIRE"}
    assert days == {(START + timedelta(days=51)).date()}
    assert some(told.row(82), "expired", "balance") == (30, 0)
    kept = Told(programme(BASE, quiet)).take(sold("1", 0), sold("2", 30))
    assert [kept.row(day)["balance"] for day in (60, 61)] == [20, 0]


def test_without_auto_nothing_is_redeemed() -> None:
    """The same tickets, all points kept."""
    told = Told(programme(BASE, PAY)).take(sold("1", 0), sold("2", 1))
    assert some(told.row(), "burned", "balance", "rewards") == (0, 20, 0)


def test_auto_takes_one_step_of_the_first_by_priority_then_id() -> None:
    """Two rewards are possible: the one of higher priority is taken, once."""
    cheap = PAY.replace('"pay"', '"a"').replace("points = 10", "points = 5")
    dear = PAY.replace('"pay"', '"b"') + "priority = 1\n"
    told = Told(programme(BASE, cheap, dear), redeem=True).take(sold("1", 0), sold("2", 1))
    assert [move for move in told.moves() if move[0] == "BURN"] == [("BURN", "b", -10, 0)]


def test_stamps_become_a_card_and_the_card_a_coffee() -> None:
    """Three coffees fill a card; the free one is taken by itself on the next ticket and earns no stamp."""
    told = Told(programme(BASE, CARD), redeem=True)
    told.take(sold("1", 0, COFFEE, COFFEE), sold("2", 1, COFFEE), sold("3", 2, COFFEE, COFFEE))
    assert told.moves("stamp:card") == [
        ("ACCRUE", "card", 2, 2),
        ("ACCRUE", "card", 1, 3),
        ("CONVERT", "card", -2, 1),
        ("CONVERT", "card", -1, 0),
        ("ACCRUE", "card", 1, 1),
    ]
    assert told.moves("reward:card") == [("CONVERT", "card", 1, 1), ("BURN", "card", -1, 0)]
    assert some(told.row(), "cards:card", "stamps:card", "rewards", "reward_cents") == (1, 1, 1, 250)


def test_points_become_a_voucher_that_is_used_or_lapses() -> None:
    """Two tickets make a cheque, the third uses it; the next cheque is left until it dies after 30 days."""
    told = Told(programme(BASE, CHEQUE), redeem=True)
    told.take(*[sold(str(n), n) for n in range(3)], sold("3", 3, Line(1200, "x")))
    assert told.moves("voucher:two") == [
        ("CONVERT", "cheque", 1, 1),
        ("BURN", "two", -1, 0),
        ("CONVERT", "cheque", 1, 1),
    ]
    names = (
        "earned",
        "converted",
        "balance",
        "vouchers_issued",
        "vouchers_used",
        "vouchers_expired",
        "rewards",
    )
    assert some(told.row(5), *names) == (40, 40, 0, 2, 1, 0, 0)
    assert some(told.row(40), "vouchers_expired", "reward_cents") == (1, 200)


def test_tiers_have_the_day_they_were_reached_and_the_last_one() -> None:
    """Gold with the third ten euros; the multiplier counts from the next ticket; a year later it is gone."""
    told = Told(programme(BASE, TIERS)).take(*[sold(str(n), n) for n in range(4)])
    row = told.row()
    assert some(row, "tier", "since:gold", "earned:base", "earned:tiers") == ("gold", "2026-03-04", 40, 10)
    assert told.row(400)["tier"] == "blue"


def test_the_streak_and_visit_days() -> None:
    """Two weeks in a row; two tickets on one day are one visit."""
    told = Told(programme(STREAK, VISIT)).take(sold("1", 0), sold("2", 0.1), sold("3", 7), sold("4", 30))
    names = ("tickets", "visit_days", "earned:weeks", "earned:visit", "longest:weeks")
    assert some(told.row(), *names) == (4, 3, 7, 9, 2)


def test_small_and_negative_tickets_count_for_nothing() -> None:
    """A ticket of nothing is no visit; its net is never below zero."""
    told = Told(programme(BASE, VISIT)).take(sold("1", 0, Line(-500, "x")), sold("2", 1, Line(0, "x")))
    names = ("tickets", "qualifying", "visit_days", "net_cents", "earned")
    assert some(told.row(), *names) == (2, 0, 0, 0, 0)


def test_the_state_of_a_day_leaves_later_records_out() -> None:
    """Records from the day on are counted apart; lots whose first unusable day it is are gone."""
    replay = Replay([programme(BASE, EXPIRY)], until=date(2026, 6, 1))
    replay.take(sold("1", 0))
    replay.take(sold("2", 91))
    assert (replay.tickets, replay.later) == (1, 1)
    [row] = replay.rows(date(2026, 6, 1))
    assert dict(zip(replay.columns, row, strict=True))["expired"] == 10
    again = Replay([programme(BASE, EXPIRY)], until=date(2026, 5, 31))
    again.take(sold("1", 0))
    [row] = again.rows(date(2026, 5, 31))
    assert dict(zip(again.columns, row, strict=True))["balance"] == 10


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), "2026-03-29"),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "2026-03-29"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "2026-03-30"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "2026-10-25"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2026-10-25"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "2026-10-26"),
    ],
)
def test_days_are_those_of_the_shop_through_both_clock_changes(at: datetime, day: str) -> None:
    """The day of 23 hours and the day of 25 hours begin and end at local midnight."""
    told = Told(programme(BASE)).take(Record("1", at, (Line(100),), "m"))
    assert told.postings[0].why.day.isoformat() == day


def test_each_ticket_is_counted_under_the_version_of_its_day() -> None:
    """The second version doubles; a day without a version is an error; versions that overlap are refused."""
    first = load_programme((HEADER.replace("2029-01-01", "2026-03-05") + BASE).encode())
    later = HEADER.replace("2025-01-01", "2026-03-06").replace("version = 1", "version = 2")
    second = load_programme((later + BASE.replace("points = 1", "points = 2")).encode())
    replay = Replay([second, first])
    replay.take(sold("1", 0))
    replay.take(sold("2", 4))
    with pytest.raises(RecordError, match="no version"):
        replay.take(sold("3", 3))
    [row] = replay.rows()
    assert dict(zip(replay.columns, row, strict=True))["earned"] == 30
    with pytest.raises(ProgrammeError, match="begins before"):
        Replay([programme(BASE), second])


def test_a_campaign_stops_when_its_budget_is_spent() -> None:
    """15 points in all, for whoever comes first."""
    told = Told(programme(BASE + "budget = 15\n"))
    told.take(sold("1", 0, member="a"), sold("2", 1, member="b"), sold("3", 2, member="c"))
    assert [told.row(member=name)["earned"] for name in "abc"] == [10, 5, 0]


def test_rows_come_by_member_numbers_before_names() -> None:
    """9 before 10 before a; the same order breaks ties of tickets."""
    told = Told(programme(BASE)).take(*[sold(name, 0, member=name) for name in ("a", "10", "9")])
    assert [row[0] for row in told.replay.rows()] == ["9", "10", "a"]
    assert sorted(["b", "10", "9" * 5000, "09", "9", "a", "²"], key=name_key) == [
        *("09", "9", "10", "9" * 5000),
        *("a", "b", "²"),
    ]


def test_a_ticket_without_a_member_is_counted_apart() -> None:
    """Nobody showed a card."""
    told = Told(programme(BASE)).take(sold("1", 0, member=""))
    assert (told.replay.strangers, told.replay.tickets, list(told.replay.rows())) == (1, 0, [])


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record("1", datetime(2026, 1, 1), (Line(1),)), "offset from UTC"),
        (Record("", START, (Line(1),)), "name of its own"),
        (Record("1", START, (Line(1),), refund_of="1"), "not itself"),
        (Record("1", START, (Line(10**13),)), "beyond all sense"),
        (Record("1", START), "lines of the ticket"),
    ],
)
def test_records_that_make_no_sense_are_refused(record: Record, said: str) -> None:
    """Without a zone, a name, lines; an amount nobody pays."""
    assert said in fault_of(record)


def test_points_of_an_event_live_on_when_those_of_the_last_visit_lapse() -> None:
    """Ten of day 0 are gone on day 31, five of an event on day 10 on day 41."""
    quiet = '[expiry]\ninactivity = "30d"\n'
    gift = '[[rule]]\nid = "in"\nkind = "earn.event"\nevent = "in"\npoints = 5\n'
    event = Record("e", START + timedelta(days=10), (), "m", "s1", event=Event("in"))
    told = Told(programme(BASE, gift, quiet)).take(sold("1", 0), event)
    assert [told.row(day)["balance"] for day in (30, 31, 40, 41)] == [15, 5, 5, 0]


def test_a_voucher_that_lapses_names_what_it_was_made_of() -> None:
    """Its line in the ledger has the ticket that filled it and the rule that converted."""
    told = Told(programme(BASE, CHEQUE)).take(sold("1", 0), sold("2", 1))
    told.row(40)
    lapsed = [one.why for one in told.postings if one.why.cause == "EXPIRE"]
    assert [(why.ticket, why.rule) for why in lapsed] == [("2", "cheque")]


def test_one_ticket_may_fill_several_cards() -> None:
    """Two cards and a cheque at once; one that is owed does not stop the others."""
    tea = CARD.replace('"card"', '"tea"')
    told = Told(programme(BASE, CARD, tea, CHEQUE)).take(
        sold("1", 0, Line(2000, "c", "coffee", qty=Decimal(3)))
    )
    made = {one.asset: one.lot for one in told.postings if one.why.cause == "CONVERT" and one.quantity > 0}
    assert made == {"reward:card": "1:c0", "voucher:two": "1:c1", "reward:tea": "1:c2"}
    other = Told(programme(BASE, CARD, tea))
    other.replay.member("m", START.date()).book.total("reward:card").owed = 1
    other.take(sold("1", 0, Line(2000, "c", "coffee", qty=Decimal(3))))
    assert some(other.row(), "cards:card", "stamps:card", "cards:tea", "stamps:tea") == (0, 3, 1, 0)


def test_points_given_away_concern_no_other_member() -> None:
    """A donation is done elsewhere, and nobody is told of it."""
    give = '[[rule]]\nid = "give"\nkind = "burn.donation"\npoints = 5\nvalue = 1.00\nto = "food-bank"\n'
    told = Told(programme(BASE, give), redeem=True).take(sold("1", 0), sold("2", 1))
    assert some(told.row(), "burned", "rewards", "reward_cents", "balance") == (5, 1, 0, 15)


def test_levels_that_multiply_nothing_have_no_points_of_their_own() -> None:
    """There is a column for what a level adds, where one adds something."""
    plain = TIERS.replace(', multiply = "2"', "")
    columns = [Replay([programme(BASE, text)]).columns for text in (TIERS, plain)]
    assert ["earned:tiers" in names for names in columns] == [True, False]


def test_what_a_store_may_redeem_a_day() -> None:
    """50.00 a day and store, in cents; what is used up stays so until the next day, which begins whole."""
    move = '[transition]\nto = "new"\nburn_limit = 50.00\n'
    loaded = programme(BASE + "budget = 9\n", move)
    counters, version, day = Counters([loaded]), Versions([loaded]).all[0], START.date()

    def left(store: str, day: date) -> int:
        found = counters.left(version, store, day)
        assert found is not None
        return found[BURN_LIMIT]

    counters.take({BURN_LIMIT: 3000}, "s1", day)
    assert (left("s1", day), left("s2", day), left("s1", day + timedelta(days=1))) == (2000, 5000, 5000)
    counters.take({BURN_LIMIT: 2000}, "s1", day)
    assert left("s1", day) == 0
    counters.take({BURN_LIMIT: 100}, "s1", day + timedelta(days=1))
    assert left("s1", day + timedelta(days=1)) == 4900


def test_the_version_of_a_day() -> None:
    """From its first day on; after the last one, and before the first, the nearest; a day outside is named."""
    first = load_programme((HEADER.replace("2029-01-01", "2026-03-05") + BASE).encode())
    later = HEADER.replace("2025-01-01", "2026-03-05").replace("version = 1", "version = 2")
    versions = Versions([first, load_programme((later + BASE).encode())])
    days = [date(2024, 1, 1), date(2026, 3, 4), date(2026, 3, 5), date(2031, 1, 1)]
    assert [versions.on(day).header.version for day in days] == [1, 1, 2, 2]
    with pytest.raises(RecordError, match="2031-01-01"):
        Replay([first]).take(Record("1", datetime(2030, 12, 31, 23, 30, tzinfo=UTC), (Line(1),), "m"))


def test_what_is_counted_beside_the_members() -> None:
    """Tickets, returns and strangers, each one by one."""
    told = Told(programme(BASE)).take(
        *[sold(str(n), n) for n in range(3)], *[sold(f"x{n}", 3, member="") for n in range(2)]
    )
    told.take(
        *[Record(f"r{n}", START + timedelta(days=4), (Line(400),), "m", refund_of=str(n)) for n in (0, 1)]
    )
    assert (told.replay.tickets, told.replay.refunds, told.replay.strangers) == (3, 2, 2)


def test_the_sums_of_a_replay() -> None:
    """Members, the sum of every number, how many have each level and how many ever had one."""
    told = Told(programme(BASE, TIERS)).take(
        sold("1", 0, Line(3000, "x"), member="a"),
        sold("2", 0, Line(3000, "x"), member="b"),
        sold("3", 0, member="c"),
        sold("4", 500, member="b"),
    )
    found = totals(told.replay.columns, told.replay.rows())
    assert (found.members, found.sums["tickets"], found.sums["earned"]) == (3, 4, 80)
    assert (found.tiers, found.since) == ({"blue": 3}, {"gold": 2})
    assert "member" not in found.sums
    assert not [name for name in found.sums if name == "tier" or name.startswith("since:")]
    odd = totals(("member", "since:a:b", "tier"), [("m", "2026-01-01", "x"), ("n", "", "x")])
    assert (odd.since, odd.tiers, odd.sums) == ({"a:b": 1}, {"x": 2}, {})


def test_a_campaign_pays_no_more_because_something_was_redeemed() -> None:
    """15 points in all: ten, and five of the nine of a ticket that was paid with points."""
    told = Told(programme(BASE + "budget = 15\n", PAY), redeem=True).take(sold("1", 0), sold("2", 1))
    assert some(told.row(), "earned", "burned") == (15, 10)


def test_a_level_is_the_one_of_the_last_day() -> None:
    """Gold by 365 days holds on the last of them, and is gone on the next."""
    told = Told(programme(BASE, TIERS)).take(sold("1", 0, Line(3000, "x")))
    assert [told.row(day)["tier"] for day in (365, 366)] == ["gold", "blue"]


def test_what_happens_at_the_end_is_caused_by_no_record() -> None:
    """Points lapse after the last ticket; nothing is redeemed unless somebody asks for it."""
    causes: list[Record | None] = []
    replay = Replay(
        [programme(BASE, PAY, EXPIRY)], post=lambda record, _name, _posting: causes.append(record)
    )
    tickets = [sold("1", 0), sold("2", 1)]
    for ticket in tickets:
        replay.take(ticket)
    replay.finish(date(2027, 1, 1))
    assert causes == [*tickets, None, None]


def test_a_record_is_seen_with_its_zones() -> None:
    """Where in the shop something was bought goes on to the rules."""
    record = Record("1", START, (Line(1),), "m", zones=("garden",))
    moment = Versions([programme(BASE)]).at(START)
    assert moment is not None
    assert ticket_of(record, moment).zones == ("garden",)


def test_the_largest_quantity_makes_sense() -> None:
    """A billion of thousands, and not one more."""
    for qty, fault in ((10**12, ""), (10**12 + 1, "a quantity lies beyond all sense")):
        assert fault_of(Record("1", START, (Line(1, qty=Decimal(qty)),))) == fault

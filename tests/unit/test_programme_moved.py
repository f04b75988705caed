"""What a move from one programme to another comes to, worked out on records: rates, groups, answers and provision."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
import pytest

from rules.history.record import Record
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Event, Line
from rules.tools.move import Channels, Message, Move, NoMove, check_notice, move
from tests.unit.history_kit import BASE, CARD, EXPIRY, HEADER, PAY, START, back, programme, sold

OLD = programme(BASE, PAY, CARD)
DAY = date(2026, 6, 15)
MOVED = (DAY - START.date()).days
TOLD = START.date() + timedelta(days=3)
AT_HALF = 'vouchers = ["five"]\npoint_value = 0.05\nper_points = 2\n'
FIVE = '[[rule]]\nid = "five"\nkind = "voucher"\nvalue = 5.00\nlife = "180d"\n'
FORFEIT = 'rate = "1 = 1"\nafter = "forfeit"\n'


def new(table: str, *rules: str) -> Programme:
    """The programme that members of "h" come to on 15 June, told a month before, with this in its [transition]."""
    head = HEADER.replace('"h"', '"n"').replace("2025-01-01", str(DAY))
    return load_programme(
        (head + f'[transition]\nfrom = "h"\nnotice = "30d"\n{table}' + "".join(rules)).encode()
    )


def moved(
    table: str, records: Iterable[Record], *rules: str, old: Programme = OLD, channels: Channels | None = None
) -> Move:
    """The move of these members, told of it on Thursday 5 March."""
    ways = channels or Channels({}, {})
    numbered = list(enumerate(records, 1))
    names = {one.member for _, one in numbered}
    return move(old, new(table, *(rules or (BASE, PAY))), numbered, names, TOLD, ways, redeem=False)


def of(name: str, *days: float, store: str = "s1") -> list[Record]:
    """Tickets of ten euros of one member."""
    tickets = [sold(f"{name}{day}", day, member=name) for day in days]
    return [msgspec.structs.replace(one, store=store) for one in tickets]


def coffees(number: int, day: float = 0) -> Record:
    return sold(f"c{day}", day, Line(100 * number, "c", "coffee", qty=number))


def test_a_stamp_and_a_full_card_are_worth_the_points_they_stand_for() -> None:
    """At 2.5 cents a point and ten points a stamp: four points, a full card of three and a stamp more are 1.10."""
    total = moved(AT_HALF + "stamps = { card = 10 }\n", [coffees(4)], BASE, FIVE).total
    assert (total.held, total.converted, total.kept) == (10 + 75 + 25, 110, 0)


def test_points_for_stamps_that_the_old_programme_does_not_have_count_for_nothing() -> None:
    """Neither for a rule that is not there nor for one that gives no stamps."""
    total = moved(AT_HALF + "stamps = { other = 10, base = 10 }\n", [coffees(4)], BASE, FIVE).total
    assert (total.held, total.converted) == (10, 10)


def test_without_a_value_of_a_point_stamps_have_none_either() -> None:
    """An old programme that redeems nothing: what is held cannot be told in money."""
    total = moved('rate = "1 = 2"\nstamps = { card = 10 }\n', [coffees(2)], old=programme(BASE, CARD)).total
    assert (total.held, total.new_points) == (0, 2 * 2 + 2 * 10)


def test_what_is_given_is_added_up_over_the_members() -> None:
    """Two members with points and one without: three bonuses, two vouchers."""
    none = sold("z", 1, Line(10, "x", "food"), member="z")
    records = [*of("a", 0), *of("b", 1), none]
    found = moved(AT_HALF + "bonus = { points = 20 }\n", records, BASE, PAY, FIVE)
    total = found.total
    assert (total.by, total.name, total.members, total.with_balance) == ("", "", 3, 2)
    assert (total.vouchers, total.voucher_value, total.bonus_value) == (2, 1000, 3 * 200)
    assert found.vouchers == {"five": 2}


def test_sales_from_the_day_of_the_move_on_belong_to_the_new_programme() -> None:
    """The day before still counts."""
    assert moved(FORFEIT, of("a", 0, MOVED - 1, MOVED, MOVED + 1)).total.new_points == 20


def test_stores_are_in_the_order_of_their_numbers() -> None:
    """Store 9 before store 10."""
    found = moved(FORFEIT, [*of("a", 0, store="10"), *of("b", 1, store="9")])
    assert [each.name for each in found.groups if each.by == "store"] == ["9", "10"]


def test_members_are_grouped_by_the_days_since_the_last_visit() -> None:
    """Thirty days are within thirty; more than a year ago, or never with anything bought, is earlier."""
    only_told = Record("e", START, (), "e", "s1", event=Event("review"))
    away = {"a": MOVED - 30, "b": MOVED - 31, "c": MOVED - 365, "d": MOVED - 366}
    records = [
        record for name, day in sorted(away.items(), key=lambda each: each[1]) for record in of(name, day)
    ]
    found = moved(FORFEIT, [*records, only_told])
    seen = {each.name: each.members for each in found.groups if each.by == "seen"}
    assert seen == {"30": 1, "90": 1, "365": 1, "earlier": 2}


def test_who_was_in_a_shop_lately_is_told_at_the_till() -> None:
    """One lately, two long ago; a channel without a cost costs nothing."""
    records = [*of("a", 0), *of("b", 1), *of("c", MOVED - 5)]
    told = moved(FORFEIT, records, channels=Channels({}, {"letter": 12_050})).messages
    assert told == (Message("letter", 2, 2, 241), Message("till", 1, 1, 0))


def test_who_accepts_is_converted_and_welcomed_who_refuses_loses_what_the_terms_say() -> None:
    """The bill of all is that of everybody accepting; each answer has its own."""
    terms = FORFEIT + 'bonus = { points = 20 }\naccept = true\ndeadline = 2026-12-31\nrefused = "forfeit"\n'
    found = moved(terms, of("a", 0))
    assert (found.total.new_points, found.total.bonus_value, found.total.lapsed) == (10, 200, 0)
    assert [(each.by, each.name) for each in found.answers] == [("answer", "refused"), ("answer", "silent")]
    assert [(each.new_points, each.lapsed) for each in found.answers] == [(0, 100), (0, 100)]


def test_who_never_answers_passes_on_the_day_after_the_deadline() -> None:
    """A lot whose last day that is lapses with the terms, not by its age."""
    last = START.date() + timedelta(days=130)
    terms = FORFEIT + f"accept = true\ndeadline = {last - timedelta(days=1)}\n"
    old = programme(BASE, PAY, EXPIRY.replace("90d", "130d"))
    _, silent = moved(terms, of("a", 0), old=old).answers
    assert (silent.lapsed, silent.kept) == (100, 0)


def test_what_comes_back_after_the_notice_is_taken_out_of_the_provision() -> None:
    """Ten points held when members are told, ten more after; the first ticket comes back."""
    found = moved(
        FORFEIT, [*of("a", 0), *of("a", 10), back("r", 20, "a0", Line(1000, "x", "food"), member="a")]
    )
    assert found.faults == ()
    provision = found.provision
    assert (provision.opened, provision.added, provision.taken_back, provision.converted) == (
        100,
        100,
        100,
        100,
    )


@pytest.mark.parametrize(("after", "lapsed", "kept"), [("forfeit", 100, 0), ("keep", 0, 100)])
def test_the_provision_was_opened_with_what_lapses_or_stays(after: str, lapsed: int, kept: int) -> None:
    """Nothing came after the notice: what is there at the end was there when members were told."""
    provision = moved(f'after = "{after}"\n', of("a", 0)).provision
    assert (provision.opened, provision.added) == (100, 0)
    assert (provision.lapsed, provision.kept) == (lapsed, kept)


def test_stamps_without_a_value_add_nothing_to_the_provision() -> None:
    """Two coffees after the notice: two points, and two stamps that nothing tells the value of."""
    assert moved(FORFEIT, [coffees(2, day=10)]).provision.added == 20


def test_a_programme_that_members_only_leave_has_no_move_to_it() -> None:
    """A [transition] with `to` alone belongs to the old programme."""
    leaving = programme(BASE, PAY, '[transition]\nto = "n"\nlast_earn = 2028-06-01\n')
    with pytest.raises(NoMove, match="with from"):
        check_notice(leaving, TOLD)

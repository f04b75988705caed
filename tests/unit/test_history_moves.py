"""A history that runs from one programme into another: what becomes of balances, and the columns that stay true."""

from datetime import date, timedelta
from typing import Any

import pytest

from rules.errors import ProgrammeError
from rules.history.book import Posting
from rules.history.record import Record, RecordError
from rules.history.replay import Replay
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.ticket import Event, Line
from tests.unit.history_kit import BASE, CARD, CHEQUE, EXPIRY, HEADER, PAY, START, sold, some

DAY = date(2026, 4, 1)  # 30 days after START
OLD = HEADER.replace('"h"', '"old"').replace("2029-01-01", "2026-04-01")
NEW = HEADER.replace("2025-01-01", "2026-04-01")
MOVE = '[transition]\nfrom = "old"\n'
RATE = MOVE + 'rate = "2 = 3"\n'
TWO = '[[rule]]\nid = "two"\nkind = "voucher"\nvalue = 2.00\nlife = "30d"\n'
VOUCHERS = TWO + MOVE + 'vouchers = ["two"]\npoint_value = 0.05\n'
ASKED = 'accept = true\ndeadline = 2026-05-01\nafter = "forfeit"\nrefused = "voucher"\n'


def loaded(header: str, *parts: str) -> Programme:
    return load_programme((header + "".join(parts)).encode())


class Moved:
    """A replay of an old and a new programme, and the lines of its ledger."""

    def __init__(self, *programmes: Programme, redeem: bool = False) -> None:
        self.postings: list[Posting] = []
        self.causes: list[Record | None] = []
        self.replay = Replay(programmes, redeem=redeem, post=self._post)

    def _post(self, record: Record | None, _member: str, posting: Posting) -> None:
        self.postings.append(posting)
        self.causes.append(record)

    def take(self, *records: Record) -> "Moved":
        for record in records:
            self.replay.take(record)
        return self

    def row(self, day: float | None = None) -> dict[str, str | int]:
        """The figures of member m, whose sum must be right."""
        as_of = None if day is None else (START + timedelta(days=day)).date()
        rows = [dict(zip(self.replay.columns, row, strict=True)) for row in self.replay.rows(as_of)]
        for row in rows:
            got = sum(int(row[name]) for name in ("earned", "honoured", "deficit"))
            gone = sum(int(row[name]) for name in ("burned", "converted", "expired", "clawed", "balance"))
            assert got == gone
        return next(row for row in rows if row["member"] == "m")

    def passage(self) -> list[tuple[str, str, int, str]]:
        """Cause, asset, quantity and day of what the passage posted."""
        return [
            (one.why.cause, one.asset, one.quantity, one.why.day.isoformat())
            for one in self.postings
            if one.why.ticket.startswith("passage:")
        ]


def terms(day: float, **fields: Any) -> Record:
    return Record(f"t{day}", START + timedelta(days=day), (), "m", "s1", event=Event("terms", fields=fields))


def test_points_become_points_on_the_first_day_of_the_new_programme() -> None:
    """21 at 2 = 3 are 32, dated on the day, before the member's next ticket, caused by no record."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, RATE))
    moved.take(sold("1", 1, Line(1000)), sold("2", 2, Line(1100)), sold("3", 45, Line(500)))
    assert moved.passage() == [
        ("CONVERT", "points", -10, "2026-04-01"),
        ("CONVERT", "points", -11, "2026-04-01"),
        ("ACCRUE", "points", 32, "2026-04-01"),
    ]
    assert [
        cause for cause, one in zip(moved.causes, moved.postings, strict=True) if "pass" in one.why.ticket
    ] == [None] * 3
    columns = ("earned", "converted", "balance", "earned:base", "earned:transition")
    assert some(moved.row(), *columns) == (58, 21, 37, 26, 32)


def test_who_never_comes_again_is_moved_as_well() -> None:
    """At the end of the history; a state before that day still has the old points."""
    history = sold("1", 1, Line(1000)), sold("x", 60, member="n")
    assert some(Moved(loaded(OLD, BASE), loaded(NEW, BASE, RATE)).take(*history).row(29), "balance") == (10,)
    assert some(Moved(loaded(OLD, BASE), loaded(NEW, BASE, RATE)).take(*history).row(), "balance") == (15,)


def test_who_is_new_makes_no_passage() -> None:
    """A bonus for coming along is for those who were there before; it comes once."""
    bonus = MOVE + "bonus = { points = 7 }\n"
    late = Moved(loaded(OLD, BASE), loaded(NEW, BASE, bonus)).take(sold("1", 31))
    assert (late.passage(), late.row()["balance"]) == ([], 10)
    early = Moved(loaded(OLD, BASE), loaded(NEW, BASE, bonus)).take(
        sold("1", 1), sold("2", 31), sold("3", 32)
    )
    assert early.passage() == [("ACCRUE", "points", 7, "2026-04-01")]


def test_stamps_and_what_is_forfeited() -> None:
    """Two stamps become points, points that nothing converts lapse: both in their columns."""
    move = MOVE + 'stamps = { card = 4 }\nafter = "forfeit"\n'
    moved = Moved(loaded(OLD, BASE, CARD), loaded(NEW, BASE, move))
    moved.take(sold("1", 1, Line(400, "c", "coffee"), Line(300, "c", "coffee")))
    assert some(moved.row(60), "earned", "expired", "balance") == (15, 7, 8)
    assert moved.passage() == [
        ("CONVERT", "stamp:card", -2, "2026-04-01"),
        ("EXPIRE", "points", -7, "2026-04-01"),
        ("ACCRUE", "points", 8, "2026-04-01"),
    ]


def test_vouchers_are_converted_points() -> None:
    """50 points worth 2.50 become two vouchers of 2 euros, and the next ticket pays with one."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS), redeem=True)
    moved.take(sold("1", 1, Line(5000)), sold("2", 31, Line(1000)))
    columns = ("converted", "vouchers_issued", "vouchers_used", "balance", "reward_cents")
    assert some(moved.row(), *columns) == (50, 2, 1, 8, 200)


@pytest.mark.parametrize(
    ("answers", "passage"),
    [
        ([], [("EXPIRE", "points", -10, "2026-05-02")]),
        ([terms(10, accepted=True)], [("CONVERT", "points", -10, "2026-04-01"), "2026-04-01"]),
        ([terms(40, accepted=False)], [("CONVERT", "points", -10, "2026-04-11"), "2026-04-11"]),
        ([terms(61, accepted=True)], [("EXPIRE", "points", -10, "2026-05-02")]),
    ],
)
def test_terms_that_must_be_accepted(answers: list[Record], passage: list[Any]) -> None:
    """Before the day, after it, too late or never; new points meanwhile are nobody's old balance."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED))
    history = [sold("1", 1), *answers, sold("2", 35), sold("3", 70)]
    moved.take(*sorted(history, key=lambda one: one.at))
    found = moved.passage()
    assert found[0] == passage[0]
    assert found[1:2] == [("CONVERT", "voucher:two", 1, day) for day in passage[1:]]
    assert moved.row()["balance"] == 20


def test_no_answer_is_a_bad_line() -> None:
    """An event `terms` says yes or no; without a move it is an event like any other."""
    with pytest.raises(RecordError, match="accepted is true or false"):
        Moved(loaded(OLD, BASE), loaded(NEW, BASE, RATE)).take(terms(40))
    assert Moved(loaded(OLD, BASE)).take(terms(10)).row()["tickets"] == 0


def test_goods_of_the_old_programme_come_back_after_the_move() -> None:
    """What was converted cannot be taken back: the new points pay for it, the columns stay true."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, RATE))
    back = Record("r", START + timedelta(days=40), (Line(1000, "x", "food"),), "m", "s1", refund_of="1")
    moved.take(sold("1", 1), back)
    assert some(moved.row(), "earned", "converted", "clawed", "deficit", "balance") == (25, 10, 10, 0, 5)


def test_two_programmes_do_not_share_a_day() -> None:
    """The old one has to end where the new one begins."""
    with pytest.raises(ProgrammeError) as caught:
        Replay([loaded(OLD.replace("2026-04-01", "2026-05-01"), BASE), loaded(NEW, BASE, RATE)])
    assert "old is still in force when h begins: let it end, on 2026-04-01" in str(
        caught.value.problems[0].message
    )


def test_a_store_redeems_no_more_than_the_move_allows_a_day() -> None:
    """25 points a day and store: the second redemption of a day waits, another store and the next day do not."""
    going = loaded(OLD, BASE, PAY, '[transition]\nto = "h"\nburn_limit = 15\n')
    moved = Moved(going, redeem=True)
    many = [sold(f"{m}0", n / 100, Line(2000), member=m) for n, m in enumerate("mnop")]
    second = [
        sold("m1", 1, member="m"),
        sold("n1", 1.1, member="n"),
        Record("o1", START + timedelta(days=1.2), (Line(1000),), "o", "s2"),
        sold("p1", 2, member="p"),
    ]
    moved.take(*many, *second)
    burned = {one.why.ticket for one in moved.postings if one.why.cause == "BURN"}
    assert burned == {"m1", "o1", "p1"}


def test_gifts_never_run_out_beside_a_budget() -> None:
    """Nobody knows how many gifts a shop had; a campaign's budget beside them changes nothing."""
    gift = '[[rule]]\nid = "cat"\nkind = "burn.gift"\nstock = "chain"\ngifts = [{ id = "mug", points = 5 }]\n'
    moved = Moved(loaded(HEADER, BASE.rstrip() + "\nbudget = 1000\n", gift), redeem=True)
    moved.take(sold("1", 1), sold("2", 2), sold("3", 3))
    assert moved.row()["rewards"] == 2


def test_the_first_day_of_the_new_programme_is_one_of_it() -> None:
    """A ticket of that day finds the new points, and what it gives is of the new programme already."""
    spend = PAY.replace("points = 10", "points = 15")
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, spend, RATE), redeem=True)
    moved.take(sold("1", 1), sold("2", 30))
    assert [one.why.cause for one in moved.postings] == ["ACCRUE", "CONVERT", "ACCRUE", "BURN", "ACCRUE"]
    asked = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED))
    asked.take(sold("1", 1), sold("2", 30), terms(40, accepted=True), sold("3", 50))
    assert some(asked.row(), "converted", "balance") == (10, 20)


@pytest.mark.parametrize("about", [{"programme": "another"}, {"programme": "h", "version": 9}])
def test_an_answer_to_other_terms_is_none(about: dict[str, Any]) -> None:
    """The member waits until the deadline, as one who said nothing."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED))
    moved.take(sold("1", 1), terms(10, accepted=True, **about), sold("2", 70))
    assert [one.why.cause for one in moved.postings][:2] == ["ACCRUE", "EXPIRE"]


@pytest.mark.parametrize(("day", "cause"), [(-1, "EXPIRE"), (0, "CONVERT")])
def test_an_answer_that_names_no_terms_is_one_from_the_notice_on(day: int, cause: str) -> None:
    """Thirty days before the new programme members can be told of it, the day before not yet."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED, 'notice = "30d"\n'))
    moved.take(sold("1", -5), terms(day, accepted=True), sold("2", 70))
    assert moved.passage()[0][0] == cause


def test_an_answer_is_for_one_move() -> None:
    """Who accepted the terms of one programme is asked again for the next."""
    new = loaded(NEW.replace("2029-01-01", "2026-06-01"), BASE, RATE + "accept = true\n")
    third = HEADER.replace('"h"', '"third"').replace("2025-01-01", "2026-06-01")
    again = RATE.replace('"old"', '"h"') + "accept = true\n"
    moved = Moved(loaded(OLD, BASE), new, loaded(third, BASE, again))
    moved.take(sold("1", 1), terms(10, accepted=True), sold("2", 95, Line(100)))
    assert some(moved.row(), "converted", "balance") == (10, 16)
    moved.take(terms(100, accepted=True), sold("3", 101, Line(100)))
    assert some(moved.row(), "converted", "balance") == (25, 25)


def test_who_comes_on_the_first_day_is_new() -> None:
    """No bonus for coming along; and what would be seen of a member who is not there yet."""
    bonus = MOVE + "bonus = { points = 7 }\n"
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, bonus))
    moment = moved.replay.versions.at(START + timedelta(days=30))
    assert moment is not None
    event = Event("enrolment", fields={"birthday": "03-14"})
    account, stock = moved.replay.seen(Record("e", START + timedelta(days=30), (), "m", event=event), moment)
    assert (account.birthday, account.balance, stock) == ((3, 14), {}, None)
    assert (moved.take(sold("1", 30)).passage(), moved.row()["balance"]) == ([], 10)


def test_a_sponsor_moves_before_something_is_told() -> None:
    """The old points are converted before the new programme gives the first ones."""
    refer = '[[rule]]\nid = "refer"\nkind = "referral"\nsponsor_points = 30\nwithin = "60d"\n'
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, refer, RATE))
    enrolled = Record("e", START, (), "n", "s1", event=Event("enrolment", fields={"sponsor": "m"}))
    moved.take(enrolled, sold("1", 1), sold("2", 31, member="n"))
    mine = [(one.why.cause, one.quantity) for one in moved.postings if one.why.ticket not in ("2", "e")]
    assert mine == [("ACCRUE", 10), ("CONVERT", -10), ("ACCRUE", 15), ("ACCRUE", 30)]


def third(*parts: str) -> Programme:
    header = HEADER.replace('"h"', '"third"').replace("2025-01-01", "2026-06-01")
    return loaded(header, BASE, *parts)


def test_two_moves_follow_each_other() -> None:
    """Of 10 points 15, and of those 23, for who did not come in between."""
    new = loaded(NEW.replace("2029-01-01", "2026-06-01"), BASE, RATE)
    moved = Moved(loaded(OLD, BASE), new, third(RATE.replace('"old"', '"h"')))
    moved.take(sold("1", 1), sold("2", 95, Line(100)))
    assert some(moved.row(), "converted", "balance") == (25, 24)


def test_a_later_version_of_the_new_programme_moves_nobody_again() -> None:
    """The move stands in both versions; it is made once."""
    first = loaded(NEW.replace("2029-01-01", "2026-06-01"), BASE, RATE)
    after = HEADER.replace("2025-01-01", "2026-06-01").replace("version = 1", "version = 2")
    moved = Moved(loaded(OLD, BASE), first, loaded(after, BASE, RATE))
    moved.take(sold("1", 1), sold("2", 95, Line(100)))
    assert some(moved.row(), "converted", "balance") == (10, 16)


def test_an_answer_on_the_last_day_is_in_time() -> None:
    """1 May is the deadline."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED))
    moved.take(sold("1", 1), terms(60, accepted=True), sold("2", 70))
    assert moved.passage()[0] == ("CONVERT", "points", -10, "2026-05-01")


def test_an_answer_may_be_the_first_that_is_heard_of_a_member() -> None:
    """Nobody of that name came before: there is nothing to convert."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, VOUCHERS, ASKED))
    assert moved.take(terms(10, accepted=True)).row()["balance"] == 0


def test_what_a_passage_gave_lapses_under_its_name_and_is_converted_at_once() -> None:
    """Points of the move become a cheque on its day, called after it; what is left of them lapses as the move's."""
    moved = Moved(loaded(OLD, BASE), loaded(NEW, BASE, CHEQUE, EXPIRY, RATE))
    moved.take(sold("1", 1, Line(2000)))
    moved.row(200)
    made = [one.why for one in moved.postings if one.why.rule == "cheque" and one.why.cause == "CONVERT"]
    assert {why.ticket for why in made} == {"passage:h"}
    assert [
        one.why.rule for one in moved.postings if one.why.cause == "EXPIRE" and one.asset == "points"
    ] == ["transition"]

"""What a history tells of members: enrolments, profiles, and who brought whom in."""

from datetime import timedelta
from typing import Any

import pytest

from rules.history.record import Record, RecordError
from rules.history.referring import families
from rules.history.replay import Replay
from rules.ticket import Event, Line
from tests.unit.history_kit import BASE, CHEQUE, START, Told, back, programme, sold, some

REFER = """
[[rule]]
id = "refer"
kind = "referral"
sponsor_points = 30
sponsored_points = 20
qualifies = "ticket.total >= 20.00"
within = "60d"
distinct_household = true
max_per_sponsor = { count = 2, per = "year" }
"""
VEGAN = """
[fields]
"member.diet" = { type = "enum", values = ["vegan", "any"] }
"member.kids" = { type = "int" }
"member.limit" = { type = "money" }
"member.news" = { type = "bool" }
"member.moved" = { type = "date" }

[[rule]]
id = "vegan"
kind = "earn.visit"
points = 5
when = "has(member.diet) && member.diet == 'vegan'"
"""
BIRTHDAY = """
[[rule]]
id = "feast"
kind = "earn.birthday"
points = 50
"""
WELCOME = """
[[rule]]
id = "hello"
kind = "earn.once"
on = "enrolment"
points = 10

[[rule]]
id = "known"
kind = "earn.once"
on = "profile"
fields = ["member.diet", "member.birthday_in"]
points = 15
"""


def told(name: str, day: float, event: str = "enrolment", member: str = "m", **fields: Any) -> Record:
    """An event that tells of a member; `member_x` stands for member.x."""
    plain = {key.replace("member_", "member."): value for key, value in fields.items()}
    return Record(name, START + timedelta(days=day), (), member, "s1", event=Event(event, fields=plain))


def big(name: str, day: float, member: str, cents: int = 2500) -> Record:
    return sold(name, day, Line(cents, "x", "food"), member=member)


def test_an_enrolment_tells_since_when_and_what_is_known() -> None:
    """The day of the event, birthday, household and profile fields of every type stand in the account."""
    replay = Told(programme(VEGAN, REFER)).take(
        told(
            "e",
            0,
            birthday="1990-03-14",
            household="h1",
            sponsor="s",
            member_diet="vegan",
            member_kids=2,
            member_limit=1250,
            member_news=True,
            member_moved="2025-09-01",
            member_email=True,
            member_other="x",
        )
    )
    account = replay.replay.members["m"].history
    assert (account.since, account.birthday, account.household) == (START.date(), (3, 14), "h1")
    assert account.sponsor == replay.replay.members["s"].number
    assert account.fields == {
        "diet": "vegan",
        "kids": 2,
        "limit": 1250,
        "news": True,
        "moved": START.date().replace(2025, 9, 1),
        "email": True,
    }
    replay.take(told("p", 1, "profile", member_diet="any"), told("f", 2, since="2026-01-05"))
    account = replay.replay.members["m"].history
    assert (account.since, account.fields["diet"], account.fields["kids"]) == (
        START.date().replace(2026, 1, 5),
        "any",
        2,
    )


def test_rules_read_what_was_told_from_then_on() -> None:
    """A diet, a birthday, an enrolment and a whole profile earn; the ticket before knew nothing of them."""
    replay = Told(programme(BASE, VEGAN, BIRTHDAY, WELCOME)).take(
        sold("1", 0),
        told("e", 1, birthday="03-04"),
        sold("2", 2),
        told("p", 3, "profile", member_diet="vegan"),
        sold("3", 4),
    )
    assert some(
        replay.row(), "earned:base", "earned:vegan", "earned:feast", "earned:hello", "earned:known"
    ) == (
        30,
        5,
        50,
        10,
        15,
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"since": "5 January"}, "since is a date up to the day of the event: write it like 2026-03-02"),
        ({"since": "2026-03-03"}, "since is a date up to the day of the event"),
        ({"sponsor": 7}, "sponsor is a name: write it in quotes"),
        ({"sponsor": "m"}, "nobody is their own sponsor"),
        ({"birthday": "31-12"}, "birthday is a month and a day: write it like 03-14"),
        ({"birthday": "02-30"}, "birthday is a month and a day"),
        ({"household": ""}, "household is a name"),
        ({"brithday": "03-14"}, "'brithday' is no field of an enrolment; did you mean birthday?"),
        ({"member_diet": "meat"}, "member.diet is one of: vegan, any"),
        ({"member_kids": "2"}, "member.kids is a whole number"),
        ({"member_kids": True}, "member.kids is a whole number"),
        ({"member_limit": "12.50"}, "member.limit is an amount in whole cents"),
        ({"member_news": "yes"}, "member.news is true or false"),
        ({"member_moved": "2026"}, "member.moved is a date like 2026-01-31"),
        ({"member_email": "m@example.org"}, "member.email is true or false"),
        ({"household": "", "member_kids": "2"}, "household is a name: write it in quotes; member.kids is"),
    ],
)
def test_a_wrong_enrolment_is_named_and_changes_nothing(fields: dict[str, Any], why: str) -> None:
    """Everything wrong is said at once; there is neither a member nor a sponsor of that line."""
    replay = Replay([programme(VEGAN, REFER)])
    with pytest.raises(RecordError, match=why.replace("?", r"\?")):
        replay.take(told("e", 0, **{"sponsor": "s", **fields}))
    assert not replay.members


def test_a_member_stays_in_the_same_control_group() -> None:
    """The place in control groups comes from the name alone, whoever else is in the history."""
    alone, among = Replay([programme(BASE)]), Replay([programme(BASE)])
    alone.take(sold("1", 0, member="zoe"))
    for n, name in enumerate(("ann", "bob", "zoe")):
        among.take(sold(str(n), n, member=name))
    assert alone.members["zoe"].history.bucket == among.members["zoe"].history.bucket == 58


def test_a_sponsor_gets_points_for_the_first_ticket_that_qualifies() -> None:
    """At the same moment, once, in the sponsor's own row, although the sponsor never bought anything."""
    replay = Told(programme(BASE, REFER)).take(
        told("e", 0, sponsor="s"), sold("1", 1), big("2", 2, "m"), big("3", 3, "m")
    )
    assert some(replay.row(), "earned:base", "earned:refer") == (60, 20)
    assert some(replay.row(member="s"), "tickets", "visit_days", "earned:refer", "balance") == (0, 0, 30, 30)
    given = [one.why for one in replay.postings if one.quantity == 30]
    assert [(why.cause, why.ticket, why.rule, why.day.day) for why in given] == [
        ("ACCRUE", "2/refer", "refer", 4)
    ]


def test_a_sponsor_gets_no_more_than_the_rule_allows() -> None:
    """Two a year, and nobody of the same household."""
    records = [told("s", 0, member="s", household="h")]
    for n, home in enumerate(("h", "a", "b", "c")):
        name = f"m{n}"
        records += [
            told(f"e{n}", n + 1, member=name, sponsor="s", household=home),
            big(f"t{n}", n + 1.1, name),
        ]
    replay = Told(programme(BASE, REFER)).take(*records)
    assert replay.row(member="s")["earned:refer"] == 60
    assert [replay.row(member=f"m{n}")["earned:refer"] for n in range(4)] == [20, 20, 20, 20]


def test_what_comes_back_whole_refers_nobody() -> None:
    """Half of the goods leave the sponsor's points, the other half takes them back."""
    replay = Told(programme(BASE, REFER)).take(
        told("e", 0, sponsor="s"),
        sold("1", 1, Line(1500, "x", "food"), Line(1000, "y", "food")),
        back("2", 2, "1", Line(1000, "y", "food")),
    )
    assert some(replay.row(member="s"), "earned", "clawed", "balance") == (30, 0, 30)
    replay.take(back("3", 3, "1", Line(1500, "x", "food")))
    assert some(replay.row(member="s"), "earned", "clawed", "balance") == (30, 30, 0)
    assert some(replay.row(), "earned", "clawed", "balance") == (45, 45, 0)


def test_a_later_ticket_refers_in_the_place_of_one_that_came_back() -> None:
    """What the first ticket gave the sponsor is taken back, what the second one gives now is topped up."""
    replay = Told(programme(BASE, REFER)).take(
        told("e", 0, sponsor="s"),
        big("1", 1, "m"),
        big("2", 2, "m"),
        big("3", 3, "s"),
        back("4", 9, "1", Line(2500, "x", "food")),
    )
    referred = [
        (one.why.cause, one.why.ticket, one.quantity, one.why.day.day)
        for one in replay.postings
        if one.why.rule == "refer" and one.why.ticket.endswith("/refer")
    ]
    assert referred == [
        ("ACCRUE", "1/refer", 30, 3),
        ("CLAWBACK", "1/refer", -30, 11),
        ("TOP_UP", "2/refer", 30, 11),
    ]
    assert list(replay.replay.members["s"].sales) == ["1/refer", "2/refer", "3"]
    assert some(replay.row(member="s"), "earned", "clawed", "balance") == (85, 30, 55)
    replay.take(back("5", 10, "2", Line(2500, "x", "food")))
    assert some(replay.row(member="s"), "earned", "clawed", "balance") == (85, 60, 25)


def test_an_event_does_not_come_back() -> None:
    """A refund names goods: an event has none, and stays."""
    replay = Told(programme(BASE, WELCOME, VEGAN)).take(told("e", 0))
    with pytest.raises(RecordError, match="e is an event: only goods come back"):
        replay.take(back("r", 1, "e", Line(100)))
    assert replay.row()["earned:hello"] == 10


def test_families_hold_all_who_brought_each_other_in() -> None:
    """Sponsors of sponsors too; strangers are in none."""
    found = families(
        [
            told("1", 0, member="b", sponsor="a"),
            told("2", 0, member="c", sponsor="b"),
            told("3", 0, member="y", sponsor="x"),
            sold("4", 1, member="z"),
        ]
    )
    assert found["a"] == found["b"] == found["c"] != found["x"] == found["y"]
    assert "z" not in found


def test_an_enrolment_is_told_on_its_own_day() -> None:
    """`since` may be the day of the event; who has no sponsor has none."""
    replay = Told(programme(BASE, REFER)).take(
        told("e", 0, since=START.date().isoformat()), told("f", 1, member="n", sponsor="m")
    )
    assert replay.replay.members["m"].history.since == START.date()
    found = [replay.replay.sponsor(name) for name in ("m", "n", "nobody")]
    assert found == [None, replay.replay.members["m"], None]


def test_a_campaign_pays_sponsors_up_to_its_budget() -> None:
    """40 points for all of them: 30, and the 10 that are left."""
    referral = REFER.replace("sponsored_points = 20\n", "budget = 40\n")
    records = [told(f"e{n}", n, member=f"m{n}", sponsor="s") for n in range(2)]
    records += [big(f"t{n}", n + 3, f"m{n}") for n in range(2)]
    assert Told(programme(BASE, referral)).take(*records).row(member="s")["earned:refer"] == 40


def test_what_a_sponsor_gets_late_may_fill_a_cheque() -> None:
    """The first visit was too small and comes back: the second one refers now, and the return is what made it."""
    first = REFER.replace('"ticket.total', '"member.visits < 1 && ticket.total')
    replay = Told(programme(BASE, first, CHEQUE)).take(
        told("e", 0, sponsor="s"), big("1", 1, "m", 1500), big("2", 2, "m")
    )
    assert replay.row(member="s")["earned"] == 0
    replay.take(back("r", 3, "1", Line(1500, "x", "food")))
    assert some(replay.row(member="s"), "earned", "converted", "vouchers_issued") == (30, 20, 1)
    assert list(replay.replay.members["s"].book.lots) == ["2/refer:refer:0", "r:c0"]

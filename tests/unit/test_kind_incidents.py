"""`[incidents]`: weights that add up inside a window, and the red alert."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from rules.account import Account
from rules.decision import Decision, Progress, Reason
from rules.kinds.incidents import Alert, alert_of, goodwill_of
from rules.programme.values import MAX_DAYS
from rules.ticket import Event, Ticket
from tests.unit.kind_kit import DAY, evaluate, faults, happened, in_turn, programme, reason, sale

TABLE = """[incidents]
kinds = { wrong_order = 3, queue = 1, rude = 2 }
window = "30d"
red_alert = 5
goodwill = { presets = [20, 50], max = 100 }
"""
SORRY = """[[rule]]
id = "sorry"
kind = "earn.visit"
points = 10
when = "has(member.alert) && member.alert"
"""


def incident(kind: Any, day: int = 0, name: str = "incident") -> Ticket:
    return happened(Event(name, fields={"kind": kind}), DAY + timedelta(days=day), f"{kind}{day}")


def run(text: str, *tickets: Ticket) -> tuple[Account, list[Decision]]:
    return in_turn(tickets, programme(text))


def weight(account: Account, day: int) -> Alert | None:
    return alert_of(account, programme(TABLE), DAY + timedelta(days=day))


def test_weights_add_up_to_a_red_alert_and_leave_with_the_window() -> None:
    """3 and 2 are red on day 29, after which the first has left the 30 days; a queue alone is not."""
    account, given = run(TABLE, incident("wrong_order"), incident("rude", 10))
    assert weight(account, 29) == Alert(5, 5)
    assert weight(account, 30) == Alert(2, 5)
    assert weight(account, 5) == Alert(3, 5)
    assert [decision.progress for decision in given] == [
        (),
        (Progress("alert", "incidents", "incidents", "weight", 5, 5),),
    ]
    assert not Alert(4, 5).red


def test_conditions_see_the_alert_at_the_next_visit() -> None:
    """Before the second incident it is false, then true, and unknown at a till that knows the member thinly."""
    visit, later = sale(DAY + timedelta(days=1)), sale(DAY + timedelta(days=11))
    _, given = run(TABLE + SORRY, incident("wrong_order"), visit, incident("rude", 10), later)
    assert [decision.earned() for decision in given] == [0, 0, 0, 10]
    thin = evaluate(later, Account(member=1, known="thin"), programme(TABLE + SORRY))
    assert reason(thin, "sorry") is Reason.FIELD_ABSENT


def test_an_incident_is_no_visit_and_earns_nothing() -> None:
    """It is noted; an unknown kind, no kind, or another event is not."""
    account, given = run(
        TABLE, incident("queue"), incident("flood"), incident(3), incident("queue", name="check_in")
    )
    assert [reason(each, "incidents") for each in given] == [
        Reason.APPLIED,
        Reason.FIELD_ABSENT,
        Reason.FIELD_ABSENT,
        Reason.NO_EFFECT,
    ]
    assert (account.visits, account.holdings) == (0, ())
    assert account.state == {"incidents": {"seen": [["2026-05-06", "queue"]]}}


def test_late_incidents_take_their_place() -> None:
    """Whatever the order, the same state; one older than the window is not kept; the state is JSON and bounded."""
    tickets = [incident("queue", 20), incident("rude", 3), incident("wrong_order", -15)]
    one, other = run(TABLE, *tickets)[0], run(TABLE, *reversed(tickets))[0]
    assert (
        one.state == other.state == {"incidents": {"seen": [["2026-05-09", "rude"], ["2026-05-26", "queue"]]}}
    )
    assert msgspec.json.decode(msgspec.json.encode(one.state)) == one.state
    many, _ = run(TABLE, *[incident("queue", n % 20) for n in range(230)])
    assert len(many.state["incidents"]["seen"]) == 200


def test_a_programme_without_the_table_counts_nothing() -> None:
    """No alert, and no goodwill."""
    bare = programme(SORRY)
    assert (alert_of(Account(member=1), bare, DAY), goodwill_of(bare)) == (None, None)
    goodwill = goodwill_of(programme(TABLE))
    assert goodwill is not None
    assert (goodwill.presets, goodwill.needs_role, goodwill.reason_required) == ((20, 50), "manager", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("queue = 1", "queue = 0"), "weight of at least 1"),
        (("queue = 1", "queue = -1"), "weight of at least 1"),
        (("{ wrong_order = 3, queue = 1, rude = 2 }", "{}"), "at least one kind"),
        (("queue = 1", '"Long queue" = 1'), "write an id"),
        (('"30d"', '"0d"'), "at least 1 day"),
        (("red_alert = 5", "red_alert = 0"), "threshold of at least 1"),
        (("max = 100", "max = 40"), "from 1 to 40 points"),
        (("[20, 50]", "[50, 20]"), "rising"),
        (("[20, 50]", "[]"), "rising"),
        (("[20, 50]", "[20, 50, 200]"), "from 1 to 100 points"),
        (("max = 100", "max = 0"), "at least 1 point"),
        (("max = 100", 'max = 100, needs_role = "boss"'), "one of the roles"),
        (("red_alert = 5", "red_alert = 5\nmin_basket = 1.00"), "no lines"),
        (("red_alert = 5", "red_alert = 5\nlines = '.promo'"), "no lines"),
        (("max = 100", "most = 100"), "no key most"),
    ],
)
def test_wrong_tables_are_load_errors(change: tuple[str, str], said: str) -> None:
    """Weights, window, threshold and goodwill that cannot be."""
    assert said in faults(TABLE.replace(*change))


def test_a_kind_that_a_new_version_dropped_weighs_nothing() -> None:
    """Queues are not counted any more; those of before stay in the memory."""
    account, _ = run(TABLE, incident("queue"), incident("rude"))
    without = programme(TABLE.replace(", queue = 1", ""))
    assert alert_of(account, without, DAY) == Alert(2, 5)


def test_one_point_may_make_up_for_it() -> None:
    """The smallest goodwill, and the only one."""
    assert faults(TABLE.replace("presets = [20, 50], max = 100", "presets = [1], max = 1")) == ""


def test_who_never_had_an_incident() -> None:
    """Weighs nothing, and a till that does not have the history tells no alert."""
    assert weight(Account(member=1), 0) == Alert(0, 5)
    assert evaluate(sale(DAY), Account(member=1), programme(TABLE)).progress == ()
    red, _ = run(TABLE, incident("wrong_order"), incident("rude"))
    thin = msgspec.structs.replace(red, known="thin")
    assert evaluate(sale(DAY), thin, programme(TABLE)).progress == ()


@pytest.mark.parametrize(
    "change",
    [
        ("goodwill = { presets = [20, 50], max = 100 }", ""),
        ('"30d"', '"1d"'),
        ('"30d"', f'"{MAX_DAYS}d"'),
        ("red_alert = 5", "red_alert = 1"),
    ],
)
def test_the_least_and_the_longest(change: tuple[str, str]) -> None:
    """No goodwill; a window of a day, and of a hundred years; an alert with the first incident."""
    assert faults(TABLE.replace(*change)) == ""

"""The passage to a new programme at the counter: told once, answered by one key, also off line."""

import datetime

import pytest

from pos_app.printing.rows import Row
from pos_app.printing.viewer import viewed
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.slip import printed
from pos_app.till.view import Stage
from sync.entry import EventBody
from sync.till import spool
from tests.unit.till_kit import DAY_MS, PROGRAMME, Shop

NEW = (
    PROGRAMME.replace(b'"fidele"', b'"nouveau"')
    .replace(
        b'{ fr = "Carte du fournil", en = "Bakery card" }', b'{ fr = "Fournil Plus", en = "Bakery Plus" }'
    )
    .replace(b"2025-01-01", b"2026-12-10")
    + b"""
[transition]
from = "fidele"
notice = "30d"
rate = "1 = 2"
bonus = { points = 40 }
"""
)
TERMS = NEW.replace(b'rate = "1', b'accept = true\ndeadline = 2026-12-31\nrefused = "forfeit"\nrate = "1')
DAY = datetime.date(2026, 12, 10)


def coming(shop: Shop, programme: bytes = NEW) -> Shop:
    shop.publish("programme", programme, DAY)
    shop.scan(shop.with_points(1, 120, name="Martin"))
    return shop


def keys(shop: Shop, *names: str) -> None:
    desk = Desk()
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)


def said(shop: Shop) -> str:
    assert shop.view.errand is not None
    return " | ".join(line.text for line in shop.view.errand.lines)


def receipt(shop: Shop) -> str:
    """The last receipt in one line."""
    job = spool.last_job(shop.store.reader())
    assert job is not None
    rows = viewed(printed(shop.till.parts, job.data)).rows
    return " ".join(" ".join(row.text for row in rows if isinstance(row, Row)).split())


def answers(shop: Shop) -> list[tuple[str, object]]:
    return [
        (body.event.name, body.event.fields.get("accepted"))
        for body in shop.bodies("EVENT")
        if isinstance(body, EventBody)
    ]


def test_the_member_is_told_once_what_the_balance_becomes(shop: Shop) -> None:
    """The alert says that there is something to tell, F8 what; Enter notes it, and nobody is told twice."""
    coming(shop)
    assert "Bakery Plus" in shop.view.alert
    assert shop.view.keys["F8"] == "New programme"
    keys(shop, "f8")
    assert "120 points of the old programme become 240 points" in said(shop)
    assert "40 points for coming along" in said(shop)
    keys(shop, "enter")
    assert (answers(shop), shop.view.stage) == ([("terms_told", None)], Stage.TICKET)
    assert shop.view.alert == ""
    assert "F8" not in shop.view.keys
    keys(shop, "f8")
    assert shop.code == "no_incidents"


@pytest.mark.parametrize(("key", "accepted"), [("1", True), ("2", False)])
def test_new_terms_are_answered_by_one_key_off_line(shop: Shop, key: str, accepted: bool) -> None:
    """The journal has the answer, the programme, its version and the wording that was shown."""
    shop.go_offline()
    coming(shop, TERMS)
    keys(shop, "f8", "enter")
    assert (answers(shop), "Bakery Plus" in shop.view.alert) == ([], True)
    keys(shop, "f8", key)
    assert answers(shop) == [("terms", accepted)]
    (body,) = shop.bodies("EVENT")
    assert isinstance(body, EventBody)
    assert {"programme": "nouveau", "version": 1}.items() <= body.event.fields.items()
    assert len(str(body.event.fields["wording"])) == 16
    assert shop.view.alert == ""


def test_who_was_away_is_still_asked_until_the_deadline(shop: Shop) -> None:
    """After the day of the new programme the answer is still open, after the deadline it is not."""
    shop.publish("programme", TERMS, DAY)
    shop.clock.pass_ms(25 * DAY_MS)
    shop.restart()
    shop.sign_in()
    shop.scan(shop.with_points(1, 120))
    assert "Bakery Plus" in shop.view.alert
    keys(shop, "escape")
    shop.clock.pass_ms(20 * DAY_MS)
    shop.scan(shop.with_points(1, 120))
    assert shop.view.alert == ""


def test_another_version_is_told_anew(shop: Shop) -> None:
    """Who was told of version 12 was not told of version 1, whose name begins alike."""
    later = NEW.replace(b"version = 1\n", b"version = 12\n")
    coming(shop, later)
    keys(shop, "f8", "enter")
    assert shop.view.alert == ""
    shop.publish("programme", NEW, DAY)
    shop.till.escape()
    shop.scan(shop.with_points(1, 120, name="Martin"))
    assert "Bakery Plus" in shop.view.alert


def test_before_the_notice_nobody_is_told(shop: Shop) -> None:
    """A programme that is published long ahead says nothing yet."""
    shop.publish("programme", NEW.replace(b"2026-12-10", b"2027-06-01"), datetime.date(2027, 6, 1))
    shop.scan(shop.with_points(1, 120))
    assert shop.view.alert == ""


ENDING = (
    PROGRAMME
    + b"""
[transition]
to = "nouveau"
last_earn = 2026-12-05
last_burn = 2026-12-08
"""
)


def test_the_last_days_of_the_old_programme_are_those_that_it_keeps(shop: Shop) -> None:
    """`to` in the old programme ends earning and using: the page says both days, and so does the paper."""
    shop.publish("programme", ENDING)
    coming(shop, TERMS)
    keys(shop, "f8")
    assert shop.view.errand is not None
    days = {line.text: line.right for line in shop.view.errand.lines if line.right}
    assert days == {
        "Last day to earn in Bakery card": "05/12/2026",
        "Last day to use points of Bakery card": "08/12/2026",
        "Last day to accept the new terms": "31/12/2026",
    }
    keys(shop, "escape")
    shop.key_in("1000")
    paper = receipt(shop)
    assert all(f"{text}: {day}" in paper for text, day in days.items())


@pytest.mark.parametrize(("key", "printed_block"), [("1", True), ("2", False)])
def test_after_the_answer_the_paper_says_what_comes_of_it(shop: Shop, key: str, printed_block: bool) -> None:
    """Who accepted reads what the balance becomes, and of no day to accept; who refused reads of nothing to come."""
    coming(shop, TERMS)
    keys(shop, "f8", key)
    shop.key_in("1000")
    paper = receipt(shop)
    assert ("130 points of the old programme become 260 points" in paper) is printed_block
    assert ("NEW PROGRAMME" in paper) is printed_block
    assert "Last day to accept" not in paper


def test_the_receipt_has_the_same_block(shop: Shop) -> None:
    """What becomes of the balance after this very sale; nothing of it once there is no move to tell of."""
    coming(shop)
    shop.key_in("1000")
    told = receipt(shop)
    assert "NEW PROGRAMME" in told
    assert "Bakery Plus begins on 10/12/2026." in told
    assert "130 points of the old programme become 260 points" in told
    assert "40 points for coming along" in told


def test_who_answered_elsewhere_is_not_asked_here(shop: Shop) -> None:
    """The row has what another till noted: no alert, and no paper promises points to who refused."""
    shop.publish("programme", TERMS, DAY)
    known = {"terms.nouveau": {"version": 1, "accepted": False}}
    shop.scan(shop.with_points(1, 120, fields=known))
    assert shop.view.alert == ""
    assert "F8" not in shop.view.keys
    shop.key_in("1000")
    assert "NEW PROGRAMME" not in receipt(shop)


def test_the_paper_of_an_undone_ticket_promises_nothing(shop: Shop) -> None:
    """Its points are taken back: what they would have become is not on it."""
    coming(shop)
    shop.key_in("1000")
    shop.till.undo()
    paper = receipt(shop)
    assert "NEW PROGRAMME" not in paper
    assert "become" not in paper

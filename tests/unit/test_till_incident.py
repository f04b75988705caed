"""F8 at the till: incidents by one digit, through the keys of the screen, up to the red alert."""

import pytest

from pos_app.devices.messages import PORT_SENTENCES
from pos_app.devices.serial_port import PortState
from pos_app.screens.desk import Desk
from pos_app.screens.keys import press
from pos_app.till.view import Stage
from sync.entry import EventBody, NoteBody
from sync.person import LONGEST_NOTE
from sync.till.database import FILE_NAME
from tests.unit.till_kit import BADGE, DAY_MS, OTHER_BADGE, OTHER_PIN, PROGRAMME, Shop, card_number

INCIDENTS = (
    PROGRAMME
    + b"""
[incidents]
kinds = { wrong_order = 3, queue = 1, cold_soup = 2 }
window = "180d"
red_alert = 5
"""
)


@pytest.fixture
def member(shop: Shop) -> Shop:
    """A shop that counts incidents, with a member on the begun ticket."""
    shop.publish("programme", INCIDENTS)
    shop.scan(shop.member(1, name="Martin"))
    return shop


def keys(shop: Shop, *names: str, text: str = "") -> Desk:
    desk = Desk(text)
    for name in names:
        desk = press(shop.till, desk, name, name if len(name) == 1 else None)
    return desk


def test_an_incident_is_two_keys_and_the_ticket_goes_on(member: Shop) -> None:
    """F8 and a digit journal it for the member; the amount typed before stays on the ticket."""
    keys(member, "4", "5", "9", "0", "f8")
    page = member.view.errand
    assert page is not None
    assert [(one.digit, one.label) for one in page.choices] == [
        (1, "Wrong order"),
        (2, "Long queue"),
        (3, "Cold soup"),
    ]
    keys(member, "1")
    (body,) = member.bodies("EVENT")
    assert isinstance(body, EventBody)
    assert body.event.fields == {"kind": "wrong_order"}
    assert (member.code, member.view.stage) == ("incident_noted", Stage.TICKET)
    assert member.view.ticket is not None
    assert member.view.ticket.total == 4590


def test_weights_add_up_to_a_red_alert(member: Shop) -> None:
    """3 + 2 reach 5: the notice and the alert line say so, and the page tells what was noted, the latest first."""
    keys(member, "f8", "1")
    member.clock.pass_ms(DAY_MS)
    keys(member, "f8", "3")
    assert member.code == "incident_red"
    assert "5" in member.view.alert
    keys(member, "f8")
    assert member.view.errand is not None
    assert [line.text for line in member.view.errand.lines][2:] == [
        "Cold soup",
        "Wrong order",
        "Together they weigh 5, alert from 5",
    ]


def test_other_keys_and_scans_leave_the_page_without_noting(member: Shop) -> None:
    """A digit that is not offered, letters, Esc and another scan record nothing."""
    for key in ("9", "x", "escape"):
        keys(member, "f8", key)
        assert member.view.stage is (Stage.TICKET if key == "escape" else Stage.ERRAND)
    keys(member, "f8")
    member.scan(member.member(2, name="Petit"))
    assert member.view.stage is Stage.TICKET
    assert member.bodies("EVENT") == []


def test_a_manager_s_badge_switches_the_cashier_and_comes_back_to_the_page(member: Shop) -> None:
    """The page is not lost by a change of cashier; locking leaves it."""
    keys(member, "f8")
    member.scan(OTHER_BADGE)
    member.till.pin(OTHER_PIN)
    assert member.view.stage is Stage.ERRAND
    member.till.lock()
    member.scan(BADGE)
    assert member.view.errand is None


def test_without_a_member_or_incidents_it_says_what_to_do(shop: Shop) -> None:
    """No page opens where there is nobody to note it for, or no incident in the programme."""
    keys(shop, "f8")
    assert shop.code == "event_nobody"
    shop.scan(shop.member(1))
    keys(shop, "f8")
    assert (shop.code, shop.view.stage) == ("no_incidents", Stage.TICKET)


def test_what_there_is_to_say_of_it_comes_before_the_digit(member: Shop) -> None:
    """F8, the words, Enter, a digit: on the page and on the member's screen, sealed, in no file in clear."""
    keys(member, "f8", *"cold soup, 2 spoons", "enter")
    assert member.view.errand is not None
    assert "Note: cold soup, 2 spoons" in [line.text for line in member.view.errand.lines]
    keys(member, "3")
    (event,), (note,) = member.bodies("EVENT"), member.bodies("NOTE")
    assert isinstance(event, EventBody)
    assert isinstance(note, NoteBody)
    assert (event.event.fields, note.about) == ({"kind": "cold_soup"}, "cold_soup")
    assert [one.what for one in note.sealed] == ["incident"]
    for path in (member.folder / FILE_NAME, member.folder / (FILE_NAME + "-wal")):
        assert not path.exists() or b"2 spoons" not in path.read_bytes()
    assert member.view.member is not None
    assert "Cold soup (cold soup, 2 spoons)" in member.view.member.incident
    assert member.view.member.note == ""
    keys(member, "f8")
    assert member.view.errand is not None
    assert "Cold soup: cold soup, 2 spoons" in [line.text for line in member.view.errand.lines]


@pytest.mark.parametrize("later", [0, DAY_MS])
def test_words_are_not_those_of_another_incident(member: Shop, later: int) -> None:
    """The next one without words shows none, on the same day or later; the page keeps what was said of the first."""
    keys(member, "f8", *"slow", "enter", "2")
    member.clock.pass_ms(later)
    keys(member, "f8", "1")
    assert member.view.member is not None
    assert "slow" not in member.view.member.incident
    keys(member, "f8")
    assert member.view.errand is not None
    assert [line.text for line in member.view.errand.lines if line.right] == [
        "Wrong order",
        "Long queue: slow",
    ]


def test_too_many_words_and_nobody_to_keep_them_for_say_so(member: Shop) -> None:
    """Nothing is cut or lost: the field stays as it was, and a card that nobody enrolled has to be first."""
    keys(member, "f8", *("x" * (LONGEST_NOTE + 1)), "enter")
    assert (member.code, member.view.stage) == ("note_long", Stage.ERRAND)
    keys(member, "escape", "escape")
    member.scan(card_number(9))
    keys(member, "f8", *"slow", "enter")
    assert (member.code, member.view.stage) == ("note_enrol_first", Stage.ERRAND)
    keys(member, "2")
    assert [len(member.bodies(kind)) for kind in ("EVENT", "NOTE")] == [1, 0]


def test_f8_has_all_that_presses_where_nothing_can_be_noted(shop: Shop) -> None:
    """Nobody on the ticket, or a programme that counts no incidents: the scanner, the line, a blocked card."""
    shop.till.device("scanner", PORT_SENTENCES[PortState.ABSENT], "usb")
    shop.till.pump()
    shop.go_offline()
    keys(shop, "f8")
    assert shop.view.errand is not None
    told = [line.text for line in shop.view.errand.lines]
    assert "usb" in told[0]
    assert len(told) == 2, "and why there is no line"
    keys(shop, "enter")
    shop.scan(shop.member(3, blocked=True))
    keys(shop, "f8")
    assert shop.view.errand is not None
    assert "blocked" in shop.view.errand.lines[0].text


def test_a_blocked_card_is_told_before_the_clock(shop: Shop) -> None:
    """The doubt about the clock lasts for days; the card is for this customer."""
    shop.scan(shop.member(3, blocked=True))
    shop.clock.wall -= 400 * DAY_MS
    shop.till.tick()
    assert "blocked" in shop.view.alert

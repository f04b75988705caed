"""What each key asks of the till, by stage; the screens' own state between two keys."""

from typing import Any, cast

import msgspec
import pytest

from pos_app.screens.desk import Desk, follow
from pos_app.screens.keys import press
from pos_app.till.till import Till
from pos_app.till.view import EnrolView, LineView, ReturnView, Stage, View
from tests.unit.till_texts import Texts
from tests.unit.till_views import items, status, ticket, views


class Recorder:
    """Stands where the till stands and writes down what it is asked, with a view that stays as given."""

    def __init__(self, view: View) -> None:
        self.shown = view
        self.asked: list[tuple[Any, ...]] = []

    def view(self) -> View:
        """The view given."""
        return self.shown

    def __getattr__(self, name: str) -> Any:
        return lambda *values: self.asked.append((name, *values))


def pressed(view: View, desk: Desk, *keys: str) -> tuple[list[tuple[Any, ...]], Desk]:
    """What a till is asked when `keys` (characters or names) are pressed, and the desk after them."""
    till = Recorder(view)
    for key in keys:
        desk = press(cast(Till, till), desk, key, key if len(key) == 1 else None)
    return till.asked, desk


IDLE = views("en")["idle"][0]
TICKET = views("en")["ticket"][0]
ITEMS = msgspec.structs.replace(TICKET, ticket=ticket(Texts("en"), items(Texts("en"))))
FORM = EnrolView("", "", (), "", "", "", "", "")
ENROL = View(Stage.ENROL, status(), {}, enrol=FORM)


def test_amount_is_told_digit_by_digit_then_entered() -> None:
    """Scan, amount, Enter: the till sees the amount grow, so that it can show what it earns."""
    asked, desk = pressed(TICKET, Desk(), "4", "5", ",", "9", "enter")
    assert asked == [("typed", "4"), ("typed", "45"), ("typed", "45,"), ("typed", "45,9"), ("enter",)]
    assert desk == Desk()


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("*", "rewards"),
        ("f4", "rewards"),
        ("+", "open_enrol"),
        ("f3", "open_enrol"),
        ("-", "open_return"),
        ("f6", "open_return"),
        ("f5", "items"),
        ("f12", "lock"),
        ("enter", "enter"),
        ("escape", "escape"),
        ("backspace", "backspace_on_empty"),
    ],
)
def test_keypad_and_function_keys_reach_the_same_use_cases(key: str, asked: str) -> None:
    """On an empty field the keypad's signs are commands."""
    assert pressed(IDLE, Desk(), key)[0] == [(asked,)]


def test_signs_inside_a_typed_text_are_text_but_the_asterisk_is_not() -> None:
    """A ticket number holds minus signs; a reward can be asked for with an amount in the field."""
    assert pressed(IDLE, Desk("2"), "-")[0] == [("typed", "2-")]
    assert pressed(TICKET, Desk("45,90"), "*")[0] == [("rewards",)]


def test_escape_and_backspace_take_the_typed_text_first() -> None:
    """One level at a time: the field, then the ticket."""
    assert pressed(TICKET, Desk("45"), "escape") == ([("typed", "")], Desk())
    assert pressed(TICKET, Desk("45"), "backspace") == ([("typed", "4")], Desk("4"))


def test_escape_takes_what_was_typed_into_the_form_before_the_form() -> None:
    """A field goes back to what the form has of it; only the next Esc gives the enrolment up."""
    form = views("en")["enrol"][0]
    assert form.enrol is not None
    desk = Desk(form.enrol.contact, 1)
    assert pressed(form, Desk("061 nonsense", 1), "escape") == ([], desk)
    assert pressed(form, desk, "escape")[0] == [("escape",)]


def test_refused_text_stays_for_correction() -> None:
    """After a refusal the field keeps what was typed."""
    refused = views("en")["idle_refusal"][0]
    assert pressed(refused, Desk("45x"), "enter")[1] == Desk("45x")


def test_list_cursor_marks_and_removes_a_line() -> None:
    """Up starts at the last line; Del takes the marked line off."""
    asked, desk = pressed(ITEMS, Desk(), "up", "up", "up", "up", "down")
    assert (asked, desk) == ([], Desk(row=1))
    assert pressed(ITEMS, desk, "delete")[0] == [("remove_line", 1)]
    assert pressed(ITEMS, desk, "escape") == ([], Desk())


def test_reward_digits_choose() -> None:
    """Only digits mean something in the list of rewards."""
    assert pressed(views("en")["reward"][0], Desk(), "2", "x", "²")[0] == [("choose", 2)]


def test_pin_is_handed_over_once_and_forgotten() -> None:
    """The PIN leaves the field with Enter and never goes into the amount."""
    asked, desk = pressed(views("en")["pin"][0], Desk(), *"1234", "enter")
    assert asked == [("pin", "1234")]
    assert desk == Desk()


def test_enrolment_goes_from_field_to_field_and_creates_after_the_consent() -> None:
    """Enter without a card, a phone number, the consent's digit, Enter."""
    asked, desk = pressed(ENROL, Desk(row=0), "enter", *"06 12", "enter", "2", "enter")
    assert asked == [("enrol_set", "contact", "06 12"), ("enrol_set", "consent", "2"), ("enrol_confirm",)]
    assert desk.row == 2


def test_known_contact_is_shown_before_it_is_attached() -> None:
    """The first Enter asks the till, the second attaches."""
    known = msgspec.structs.replace(FORM, contact="+33612", duplicate="Zoé M.")
    till = Recorder(ENROL)

    def found(field: str, value: str) -> None:
        till.asked.append((field, value))
        till.shown = msgspec.structs.replace(ENROL, enrol=known)

    till.enrol_set = found  # type: ignore[attr-defined]
    desk = press(cast(Till, till), Desk("0612", 1), "enter", None)
    assert till.asked == [("contact", "0612")]
    assert desk == Desk("+33612", 1)
    press(cast(Till, till), desk, "enter", None)
    assert till.asked[-1] == ("enrol_confirm",)


def test_scanned_card_moves_the_form_on() -> None:
    """A card scanned into the first field puts the cursor on the contact."""
    scanned = msgspec.structs.replace(ENROL, enrol=msgspec.structs.replace(FORM, card="291"))
    assert follow(Desk(row=0), ENROL, scanned) == Desk(row=1)
    assert follow(Desk("06", 1), ENROL, scanned) == Desk("06", 1)


def returning(count: int) -> View:
    """A return of a ticket with `count` lines."""
    lines = tuple(LineView(n, f"line {n}", "1", 100) for n in range(count))
    act = ReturnView("2-1-7", True, "", lines, (), 0, ())
    return View(Stage.RETURN, status(), {}, returning=act)


def test_form_of_an_unknown_card_shows_the_card_and_asks_for_the_phone() -> None:
    """F3 on a card that was found unknown keeps it in sight: the cursor stands on the field after it."""
    carded = msgspec.structs.replace(ENROL, enrol=msgspec.structs.replace(FORM, card="2900000000018"))
    assert follow(Desk("12"), TICKET, carded) == Desk("", 1)
    assert follow(Desk("12"), TICKET, ENROL) == Desk("", 0)


def test_return_by_lines_or_by_amount() -> None:
    """Several lines are picked by number or Space; F5 turns to the amount, which is told once it can be read."""
    view = returning(3)
    start = follow(Desk("2-1-7"), views("en")["return"][0], view)
    assert start == Desk(row=0)
    asked, desk = pressed(view, start, "2", "down", " ", "9", "f5", *"20,00", "enter")
    assert asked == [
        ("return_line", 1),
        ("return_line", 2),
        ("return_amount", 2),
        ("return_amount", 20),
        ("return_amount", 2000),
        ("return_confirm",),
    ]
    assert desk.row == -1


def test_return_of_one_line_asks_for_the_amount() -> None:
    """There is nothing to pick, so digits are an amount; what is no amount is not recorded."""
    view = returning(1)
    start = follow(Desk(), views("en")["return"][0], view)
    assert start == Desk()
    assert pressed(view, start, "enter")[0] == [("return_confirm",)]
    assert pressed(view, start, "x", "enter")[0] == [("return_amount", 0)]


def test_another_stage_starts_clean() -> None:
    """What was typed for one thing is not taken for another."""
    assert follow(Desk("45", 2), TICKET, views("en")["done"][0]) == Desk()
    assert follow(Desk("45", 2), ITEMS, ITEMS) == Desk("45", 2)
    assert follow(Desk("45", 2), ITEMS, TICKET) == Desk("45")


def test_done_prints_with_p() -> None:
    """P on an empty field after a sale."""
    assert pressed(views("en")["done"][0], Desk(), "p")[0] == [("reprint",)]
    assert pressed(IDLE, Desk(), "p")[0] == [("typed", "p")]


def test_f4_speaks_the_other_language_before_anybody_signed_in() -> None:
    """Who opens the till reads their own language; later the key is for rewards."""
    locked = View(Stage.LOCKED, status(), {})
    assert pressed(locked, Desk("12"), "f4") == ([("set_language", "fr")], Desk("12"))

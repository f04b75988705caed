"""What a key does, by stage: each step calls one use case of the till and returns the desk after it."""

from collections.abc import Callable
from string import digits
from typing import TYPE_CHECKING, Final

from pos_app.screens.desk import CONSENT, ENROL_FIELDS, Desk, enrol_value, follow, on_row, refused, step
from pos_app.till.amount import Amount, read_amount
from pos_app.till.view import SELLING, Stage, View

if TYPE_CHECKING:
    from pos_app.till.till import Till

LONGEST: Final = 120

# The keypad reaches what the function keys reach.
_KEYPAD: Final = {"*": "f4", "-": "f6", "+": "f3", "/": "f2"}

_LETTERS: Final = {"q": "card_code", "v": "vouchers"}
_ERRANDS: Final = {"f2": "find", "f7": "card", "f8": "incident"}


def press(till: "Till", desk: Desk, key: str, char: str | None) -> Desk:
    """Do what `key` (its name) or `char` (what it types) means now."""
    before = till.view()
    if key in _ACTIONS:
        return follow(_ACTIONS[key](till, before, desk), before, till.view())
    if char is not None and char.isprintable():
        return follow(_character(till, before, desk, char), before, till.view())
    return desk


def echoed(view: View, desk: Desk, char: str | None) -> Desk | None:
    """The desk at once after a digit of a begun sale, whose worth is still to be weighed; None for any other key."""
    if view.stage is not Stage.TICKET or char is None or char not in digits:
        return None
    return Desk((desk.text + char)[:LONGEST], desk.row)


def _character(till: "Till", view: View, desk: Desk, char: str) -> Desk:
    meaning = _CHARACTERS.get(view.stage)
    taken = meaning(till, view, desk, char) if meaning else None
    if taken is not None:
        return taken
    return _typed(till, view, Desk((desk.text + char)[:LONGEST], desk.row))


def _selling(till: "Till", view: View, desk: Desk, char: str) -> Desk | None:
    """The keypad's signs; where they could be typed text, the field must be empty."""
    if char in _KEYPAD and (not desk.text or char == "*"):
        return _ACTIONS[_KEYPAD[char]](till, view, desk)
    if view.stage is Stage.DONE and not desk.text and char in "pP":
        till.reprint()
        return desk
    errand = "" if desk.text else _by_letter(view, char.lower())
    if errand:
        till.errand(errand)
        return Desk()
    return None


def _by_letter(view: View, letter: str) -> str:
    """The errand that a letter opens in an empty field; "" for none."""
    if letter == "q" and view.stage is Stage.TICKET and view.member is not None and view.member.question:
        return "question"
    if letter == "s":
        return "satisfaction" if view.stage is Stage.DONE else ""
    return _LETTERS.get(letter, "") if letter.upper() in view.keys else ""


def _choose(till: "Till", _view: View, desk: Desk, char: str) -> Desk | None:
    if char in digits:
        till.choose(int(char))
    return desk


def _consent(till: "Till", _view: View, desk: Desk, char: str) -> Desk | None:
    if desk.row != CONSENT:
        return None
    till.enrol_set("consent", char)
    return desk


def _pick(till: "Till", view: View, desk: Desk, char: str) -> Desk | None:
    """A line of the return by its number, or the marked one by Space."""
    act = view.returning
    if act is None or desk.row < 0:
        return None
    wanted = desk.row if char == " " else int(char) - 1 if char in digits else -1
    if wanted not in {line.index for line in act.lines}:
        return desk
    till.return_line(wanted)
    return Desk(desk.text, wanted)


def _errand_key(till: "Till", view: View, desk: Desk, char: str) -> Desk | None:
    """A digit that the page offers; anything else goes into its field, where it has one.

    Where it has none, a letter leaves the page: somebody types a word, and its digits choose nothing here.
    """
    page = view.errand
    if page is None:
        return desk
    if char in digits and not desk.text and int(char) in {one.digit for one in page.choices}:
        till.choose_in_errand(int(char))
        return Desk()
    if not page.ask and char.isalpha():
        till.escape()
        return Desk()
    return None if page.ask else desk


def _typed(till: "Till", view: View, desk: Desk) -> Desk:
    """Tell the till what stands in the field, where it shows what that would come to."""
    if view.stage in SELLING or view.stage is Stage.ERRAND:
        till.typed(desk.text)
    elif view.stage is Stage.RETURN and view.returning and view.returning.found:
        amount = read_amount(desk.text, implied=view.implied_cents)
        if isinstance(amount, Amount):
            till.return_amount(amount.cents)
    return desk


def _enter(till: "Till", view: View, desk: Desk) -> Desk:
    if view.stage is Stage.LOCKED:
        till.pin(desk.text)
        return Desk()
    if view.stage is Stage.ENROL:
        return _enter_field(till, view, desk)
    if view.stage is Stage.RETURN:
        return _enter_return(till, view, desk)
    till.enter()
    return desk if refused(till.view()) else Desk()


def _enter_field(till: "Till", view: View, desk: Desk) -> Desk:
    """The field is taken over; the next one follows, after the consent the member is created."""
    if not _keep_field(till, view, desk):
        return desk
    now = till.view()
    if _known(now):
        if not _known(view):
            return on_row(now, desk.row)
    elif desk.row < CONSENT:
        return on_row(now, desk.row + 1)
    till.enrol_confirm()
    return desk


def _known(view: View) -> bool:
    return view.enrol is not None and bool(view.enrol.duplicate)


def _keep_field(till: "Till", view: View, desk: Desk) -> bool:
    """Hand the typed field to the till if it was changed; False when the till refuses it."""
    if desk.row in (-1, CONSENT) or view.enrol is None or desk.text == enrol_value(view.enrol, desk.row):
        return True
    if not desk.text and desk.row == 0:
        return True
    till.enrol_set(ENROL_FIELDS[desk.row], desk.text)
    return not refused(till.view())


def _enter_return(till: "Till", view: View, desk: Desk) -> Desk:
    act = view.returning
    if act and act.found:
        typed = read_amount(desk.text, implied=view.implied_cents)
        if desk.text and not isinstance(typed, Amount):
            till.return_amount(0)
        else:
            till.return_confirm()
        return desk
    till.return_reference(desk.text)
    return desk if refused(till.view()) else Desk()


def _escape(till: "Till", view: View, desk: Desk) -> Desk:
    if view.stage is Stage.ENROL and desk.text != on_row(view, desk.row).text:
        return on_row(view, desk.row)  # what was typed goes, the form stays
    if desk.text and view.stage is not Stage.ENROL:
        return _typed(till, view, Desk("", desk.row))
    if view.stage is Stage.TICKET and desk.row >= 0:
        return Desk()
    till.escape()
    return Desk("", desk.row)


def _backspace(till: "Till", view: View, desk: Desk) -> Desk:
    if desk.text:
        return _typed(till, view, Desk(desk.text[:-1], desk.row))
    if view.stage in SELLING:
        till.backspace_on_empty()
    return desk


def _up(till: "Till", view: View, desk: Desk) -> Desk:
    return _move(till, view, desk, -1)


def _down(till: "Till", view: View, desk: Desk) -> Desk:
    return _move(till, view, desk, 1)


def _move(till: "Till", view: View, desk: Desk, by: int) -> Desk:
    if view.stage is Stage.ENROL:
        return on_row(till.view(), desk.row + by) if _keep_field(till, view, desk) else desk
    if view.stage is Stage.RETURN and view.returning and desk.row >= 0:
        return step(desk, tuple(line.index for line in view.returning.lines), by)
    if view.stage is Stage.TICKET and view.ticket:
        return step(desk, tuple(line.index for line in view.ticket.lines), by)
    return desk


def _delete(till: "Till", view: View, desk: Desk) -> Desk:
    if view.stage is Stage.TICKET and desk.row >= 0:
        till.remove_line(desk.row)
        return Desk(desk.text)
    return desk


def _enrol(till: "Till", view: View, desk: Desk) -> Desk:
    if view.stage is Stage.ENROL:
        if _keep_field(till, view, desk):
            till.enrol_confirm()
        return desk
    till.open_enrol()
    return desk


def _rewards(till: "Till", view: View, desk: Desk) -> Desk:
    if view.stage is Stage.LOCKED:
        till.set_language("en" if view.language == "fr" else "fr")
    else:
        till.rewards()
    return desk


def _items(till: "Till", view: View, desk: Desk) -> Desk:
    """Items or amount; in a return this is only where the keys go."""
    if view.stage is Stage.RETURN and view.returning and view.returning.lines:
        return Desk(row=view.returning.lines[0].index if desk.row < 0 else -1)
    till.items()
    return desk


def _return(till: "Till", _view: View, _desk: Desk) -> Desk:
    till.open_return()
    return Desk()


def _lock(till: "Till", _view: View, _desk: Desk) -> Desk:
    till.lock()
    return Desk()


def _errand(name: str) -> Callable[["Till", View, Desk], Desk]:
    def opens(till: "Till", _view: View, _desk: Desk) -> Desk:
        till.errand(name)
        return Desk()

    return opens


_ACTIONS: Final[dict[str, Callable[["Till", View, Desk], Desk]]] = {
    "enter": _enter,
    "ctrl+j": _enter,
    "escape": _escape,
    "backspace": _backspace,
    "up": _up,
    "down": _down,
    "tab": _down,
    "shift+tab": _up,
    "delete": _delete,
    "f3": _enrol,
    "f4": _rewards,
    "f5": _items,
    "f6": _return,
    "f12": _lock,
    **{key: _errand(name) for key, name in _ERRANDS.items()},
}

_CHARACTERS: Final[dict[Stage, Callable[["Till", View, Desk, str], Desk | None]]] = {
    Stage.IDLE: _selling,
    Stage.TICKET: _selling,
    Stage.DONE: _selling,
    Stage.REWARD: _choose,
    Stage.ENROL: _consent,
    Stage.RETURN: _pick,
    Stage.ERRAND: _errand_key,
}

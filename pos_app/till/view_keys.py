"""Which keys work now, in words. Pure."""

from pos_app.languages.words import Words
from pos_app.printing.receipt import ReceiptKind
from pos_app.till.errands.card_code import new_number
from pos_app.till.labels import VOUCHER
from pos_app.till.record import unpack
from pos_app.till.state import State
from pos_app.till.view import Stage


def keys_of(
    state: State,
    *,
    undo: bool,
    visit: bool,
    words: Words,
    care: str = "",
    asks: bool = False,
    prints: bool = False,
) -> dict[str, str]:
    """The keys that do something in this state, with what they do.

    `visit` says that an empty ticket may be one, `care` what F8 opens for the member, `asks` that a question to the
    member is open, `prints` that there is a printer.
    """
    if state.stage is Stage.LOCKED:
        language = {"F4": words("Language")}
        if state.sign_in is None:
            return language
        keys = {"Enter": words("PIN"), **language}
        return {**keys, "Esc": words("Back")} if state.sign_in.allows else keys
    keys = {
        "F1": words("Help"),
        **_KEYS[state.stage](state, words),
        "F9": words("Menu"),
        "F12": words("Lock"),
    }
    if not prints:
        keys.pop("P", None)
    if undo and state.stage in (Stage.IDLE, Stage.DONE):
        keys["Backspace"] = words("Undo")
    if state.stage in (Stage.TICKET, Stage.DONE) and new_number(state):
        keys["Q"] = words("QR code")
    if state.stage is Stage.TICKET and _has_vouchers(state):
        keys["V"] = words("Vouchers")
    if state.stage is Stage.TICKET:
        keys |= ({"F8": care} if care else {}) | ({"Q": words("Ask")} if asks else {})
        if visit:
            keys.setdefault("Enter", words("Visit"))
    return keys


def _has_vouchers(state: State) -> bool:
    """Whether the ticket's member has vouchers, which may be printed."""
    who = state.basket.who if state.basket is not None else None
    return who is not None and any(
        asset.startswith(VOUCHER) and number > 0 for asset, number in who.account.balance.items()
    )


def _idle(_state: State, words: Words) -> dict[str, str]:
    return {"F2": words("Find"), "F3": words("Enrol"), "F6": words("Return"), "F7": words("Lost card")}


def _done(state: State, words: Words) -> dict[str, str]:
    keys = {"F3": words("Enrol"), "F6": words("Return"), "P": words("Print"), "Enter": words("Next")}
    sold = unpack(state.done.result) if state.done is not None else None
    if sold is not None and sold.card and sold.kind is ReceiptKind.SALE:
        keys["S"] = words("Satisfied?")
    return keys


def _ticket(state: State, words: Words) -> dict[str, str]:
    keys = {"F3": words("Enrol"), "F5": words("Items"), "F6": words("Return"), "Esc": words("Leave")}
    asked = state.question.kind if state.question is not None else ""
    if asked and asked != "enrol":
        return {**keys, "Enter": words("Yes"), "Esc": words("No")}
    if asked:  # F3 is the yes; Enter records without the card, as ever
        keys["Esc"] = words("No")
    if state.worth is not None and state.worth.offers:
        keys["F4"] = words("Reward")
    if state.basket is not None and state.basket.shown:
        keys["Enter"] = words("Record")
    return keys


def _reward(_state: State, words: Words) -> dict[str, str]:
    return {"1-9": words("Choose"), "Enter": words("Back"), "Esc": words("None")}


def _enrol(_state: State, words: Words) -> dict[str, str]:
    return {"Enter": words("Next"), "F3": words("Create"), "Esc": words("Cancel")}


def _return(_state: State, words: Words) -> dict[str, str]:
    return {"Enter": words("Give back"), "Esc": words("Leave")}


def _errand(_state: State, words: Words) -> dict[str, str]:
    return {"Enter": words("Next"), "Esc": words("Leave")}


_KEYS = {
    Stage.IDLE: _idle,
    Stage.DONE: _done,
    Stage.TICKET: _ticket,
    Stage.REWARD: _reward,
    Stage.ENROL: _enrol,
    Stage.RETURN: _return,
    Stage.ERRAND: _errand,
}

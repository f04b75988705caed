"""Enter does, Esc leaves one level: what the two keys mean in each stage."""

from pos_app.devices.grammar import Kind, read_code
from pos_app.till import basket, close, enrol, guesses, identify, returns, scan, undo
from pos_app.till.amount import looks_like_amount
from pos_app.till.errand import closed
from pos_app.till.made_up import MEMBERS as TRAINING_MEMBERS
from pos_app.till.made_up import card_of as practice_card
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.sign_in import is_allowing, resting
from pos_app.till.state import UNDO, VISIT, Basket, Question, State, change
from pos_app.till.view import Level, Stage
from pos_app.till.worth import weigh
from sync.tokens import contact_of


def enter(parts: Parts, state: State) -> State:
    """Do what the field, the question or the stage asks for; the field is taken unless it was refused."""
    if _is_other_card(state):  # what was typed since is for whoever has that card
        return basket.preview_amount(parts, _sell(parts, state), state.typed)
    after = _ENTER[state.stage](parts, state)
    refused = after.notice is not None and after.notice.level is Level.REFUSAL
    return after if refused else change(after, typed="")


def typed(parts: Parts, state: State, text: str) -> State:
    """What stands in the field now; who types on does not want the last ticket undone."""
    asked = state.question is not None and state.question.kind == UNDO and bool(text)
    state = change(state, typed=text, **({"question": None, "notice": None} if asked else {}))
    return basket.preview_amount(parts, state, text)


def escape(parts: Parts, state: State) -> State:
    """Leave the question, the form, the list or the ticket: one level."""
    if state.stage is not Stage.LOCKED:  # what was typed on the begun ticket stays behind the PIN
        state = change(state, typed="")
    if state.question is not None:
        return change(state, question=None, notice=None)
    if state.stage is Stage.TICKET:
        return basket.leave(parts, state)
    if state.stage is Stage.ERRAND and state.errand is not None:
        return state.errand.back(parts, state) or closed(state, notice=None)
    if is_allowing(state):
        return change(state, stage=resting(state), sign_in=None, notice=None)
    if state.stage is Stage.LOCKED:
        return change(state, sign_in=None, notice=None)
    state = change(state, form=None, returning=None, done=None, notice=None)
    return change(state, stage=resting(state))


def _is_other_card(state: State) -> bool:
    return state.stage is Stage.TICKET and state.question is not None and state.question.kind == "replace"


def _sell(parts: Parts, state: State) -> State:
    """Enter while selling: whose card it is, then the field, the question, the ticket."""
    if state.question is not None and (not state.typed or _is_other_card(state)):
        return _yes(parts, state, state.question)
    if not state.typed:
        return _record(parts, state)
    if parts.options.training and state.basket is None and state.typed in TRAINING_MEMBERS:
        card = read_code(practice_card(parts, int(state.typed)), None, parts.options.codes)
        return scan.act(parts, change(state, typed=""), card)
    if not looks_like_amount(state.typed):
        return _code(parts, state, state.typed)
    return _amount(parts, state, state.typed, asked=False)


def _amount(parts: Parts, state: State, text: str, *, asked: bool) -> State:
    """An amount beside a card is the whole sale: it was shown while it was typed, so Enter records it."""
    put = basket.take_amount(parts, state, text, asked=asked)
    if put.basket is None or put.basket is state.basket:
        return put
    whole = not put.basket.await_card and put.question is None
    return close.record(parts, put) if whole else weigh(parts, put)


def _yes(parts: Parts, state: State, question: Question) -> State:
    if question.kind == "ceiling":
        return _amount(parts, change(state, question=None, notice=None), question.text, asked=True)
    if question.kind == "replace" and question.who is not None:
        if parts.network is not None and state.basket is not None:
            parts.network.release_hold(state.basket.ticket)
        after = identify.attach(parts, state, question.who)
        if question.who.asked and parts.network is not None:
            parts.network.request_account(question.who.token)
        return after
    state = change(state, question=None, notice=None)
    if question.kind == UNDO and state.basket is None:
        return undo.undo(parts, state)
    return close.record(parts, state, visit=True) if question.kind == VISIT else _record(parts, state)


def _record(parts: Parts, state: State) -> State:
    if state.basket is not None:
        return _whole(parts, state, state.basket)
    notice = tell(words_of(state.language), "nothing_typed") if state.stage is Stage.IDLE else None
    return change(state, stage=Stage.IDLE, done=None, notice=notice)


def _whole(parts: Parts, state: State, basket: Basket) -> State:
    """Record the ticket; an empty one is asked about where it may be a visit."""
    if not close.may_be_visit(parts, basket):
        return close.record(parts, state)
    notice = tell(words_of(state.language), "visit_asked")
    return change(state, question=Question(VISIT), notice=notice)


def _code(parts: Parts, state: State, text: str) -> State:
    """A typed text that is no amount: a phone number, an e-mail, or any code as if it had been scanned."""
    return guesses.look_up(parts, state, lambda: _looked_up(parts, state, text))


def _looked_up(parts: Parts, state: State, text: str) -> State:
    code = read_code(text, None, parts.options.codes, typed=True)
    if code.kind in (Kind.FOREIGN, Kind.BAD):
        contact = contact_of(text)
        if contact is not None:
            return identify.contact(parts, state, contact)
    if code.kind is Kind.BAD and len(text) <= 8:
        return basket.put_amount(parts, state, text)
    return scan.act(parts, state, code)


def _back(_parts: Parts, state: State) -> State:
    return change(state, stage=Stage.TICKET, notice=None)


def _nothing(_parts: Parts, state: State) -> State:
    return state


def _give_back(parts: Parts, state: State) -> State:
    if state.returning is not None and not state.returning.reference:
        return returns.reference(parts, state, state.typed)
    return returns.confirm(parts, state)


def _errand(parts: Parts, state: State) -> State:
    assert state.errand is not None
    return state.errand.enter(parts, change(state, notice=None), state.typed.strip())


_ENTER = {
    Stage.LOCKED: _nothing,
    Stage.IDLE: _sell,
    Stage.DONE: _sell,
    Stage.TICKET: _sell,
    Stage.REWARD: _back,
    Stage.ENROL: enrol.confirm,
    Stage.RETURN: _give_back,
    Stage.ERRAND: _errand,
}

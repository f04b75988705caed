"""Every errand by its name: what opens it. A name is what keys, menu and programs call it."""

from collections.abc import Callable, Mapping
from typing import Final

from pos_app.till.errands import (
    adjust,
    card_code,
    claim,
    find,
    gifts,
    incident,
    lost_card,
    no_receipt,
    paper,
    passage,
    personal,
    question,
    reward_back,
    satisfaction,
    unprinted,
    vouchers,
    wrong_member,
)
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.state import State, change
from pos_app.till.view import Stage

OPEN: Final[Mapping[str, Callable[[Parts, State], State]]] = {
    "find": find.open_page,
    "incident": lambda parts, state: passage.pending(parts, state) or incident.open_page(parts, state),
    "satisfaction": satisfaction.open_page,
    "card": lost_card.open_page,
    "claim": claim.open_page,
    "question": question.open_page,
    "reward_back": reward_back.open_page,
    "gifts": gifts.open_page,
    "no_receipt": no_receipt.open_page,
    "wrong_member": wrong_member.open_page,
    "personal": personal.open_page,
    "adjust": adjust.open_page,
    "receipt": paper.open_page,
    "vouchers": vouchers.open_page,
    "unprinted": unprinted.open_page,
    "card_code": card_code.open_page,
}


def open_errand(parts: Parts, state: State, name: str) -> State:
    """The page of the errand `name`; a notice where there is no such errand."""
    opens = OPEN.get(name)
    if opens is None or state.stage in (Stage.ENROL, Stage.RETURN):  # what is typed there is not thrown away
        return change(state, notice=tell(words_of(state.language), "not_here"))
    return opens(parts, change(state, notice=None))


def choose_digit(parts: Parts, state: State, digit: int) -> State:
    """A digit on the open page; one that it does not offer is said to do nothing here."""
    page = state.errand.look(parts, state) if state.errand is not None else None
    if state.errand is None or page is None or digit not in {choice.digit for choice in page.choices}:
        return change(state, notice=tell(words_of(state.language), "not_here"))
    return state.errand.choose(parts, change(state, notice=None), digit)

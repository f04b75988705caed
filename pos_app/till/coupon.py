"""A printed voucher at the till: its code names a lot, and the lot is given once, by the grants.

A copy of the paper has the same code and so the same lot: whoever comes second finds it used, and a till without a
line takes it only where it holds the lot itself.
"""

import datetime

from pos_app.till import basket as ticket
from pos_app.till import identify
from pos_app.till.amount import looks_like_amount
from pos_app.till.labels import VOUCHER, label, voice_of
from pos_app.till.member import known, masked
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.rewards import redeem, steps_of
from pos_app.till.state import Offer, State, Who, change, on_basket
from pos_app.till.view import Stage
from rules.account import Account
from rules.explain import outcome_text
from sync.entry import Evidence, TicketBody, VoidBody, body_of
from sync.remap import parse_lot
from sync.till import journal, members, slices
from sync.tokens import card_token, voucher_lot

_STAGES = frozenset({Stage.IDLE, Stage.TICKET, Stage.REWARD, Stage.DONE})


def scanned(parts: Parts, state: State, code: str) -> State:
    """Take the voucher with this code on the ticket, which begins with its member where that one is known here."""
    words = words_of(state.language)
    if state.stage not in _STAGES:
        return change(state, notice=tell(words, "not_here"))
    lot = voucher_lot(parts.identity.lookup_key, code)
    if lot is None:
        return change(state, notice=tell(words, "voucher_unknown"))
    if state.basket is None or state.basket.who is None:
        who = _owner(parts, lot, code)
        if who is None:
            return change(state, notice=tell(words, "voucher_card_first"))
        state = _begun(parts, state, who)
    return _take(parts, state, lot)


def _begun(parts: Parts, state: State, who: Who) -> State:
    """The ticket with its member; an amount that stands in the field, not entered yet, goes on it."""
    if state.basket is not None or not looks_like_amount(state.typed):
        return identify.present(parts, state, who)
    begun = identify.present(parts, change(state, typed=""), who)
    return ticket.put_amount(parts, begun, state.typed) if begun.basket is not None else begun


def _owner(parts: Parts, lot: str, code: str) -> Who | None:
    """The member whose lot this till holds or has given; None where it knows of neither."""
    member = slices.member_of_lot(parts.reader, lot) or _given_here(parts, lot)
    if member is None:
        return None
    token = members.card_of(parts.reader, parts.identity, member) or card_token(
        parts.identity.lookup_key, code
    )
    blank = Who(token, masked(code), Evidence.TYPED.value, member, Account(member=member, known="thin"))
    return known(parts, blank, member)


def _given_here(parts: Parts, lot: str) -> int | None:
    """The member of the entry of this till that gave the lot, while the entry is here."""
    named, identity = parse_lot(lot), parts.identity
    if named is None or named[:2] != (identity.dev, identity.inc):
        return None
    entry = journal.entry_at(parts.reader, named[2])
    return entry.member if entry is not None and isinstance(entry.member, int) else None


def _take(parts: Parts, state: State, lot: str) -> State:
    basket, words = state.basket, words_of(state.language)
    assert basket is not None
    asset, left, first = _left(parts, basket.who, lot)
    rule = asset.removeprefix(VOUCHER)
    if not left:
        return change(state, notice=tell(words, "voucher_spent"))
    day = state.worth.ticket.bdate if state.worth is not None else None
    if day is not None and first > day:
        return change(state, notice=tell(words, "voucher_from", day=words.date(first)))
    offer = _offer(state, rule)
    if offer is None:
        return _refused(parts, state, rule)
    steps = steps_of(state, offer)
    before = basket.vouchers if steps else tuple(one for one in basket.vouchers if one != lot)
    if before.count(lot) >= left:
        return change(state, notice=tell(words, "voucher_twice"))
    state = redeem(parts, on_basket(state, vouchers=(*before, lot)), rule, steps + 1)
    if state.notice is not None or state.basket is None:
        return state
    name = label(parts.programme_of(state.basket.programme), rule, words)
    return change(state, notice=tell(words, "voucher_taken", label=name))


def _left(parts: Parts, who: Who | None, lot: str) -> tuple[str, int, datetime.date]:
    """The asset of the member's voucher lot, the units left of it as far as this till knows, and its first day."""
    if who is None or who.member is None:
        return "", 0, datetime.date.min
    mine = [one for one in slices.slices_of(parts.reader, who.member) if one.lot == lot]
    held = [(one.asset, one.quantity, one.available_on) for one in mine]
    if not held:
        used = _drawn_here(parts, who.member, lot)
        listed = [one for one in who.account.holdings if one.lot == lot]
        held = [(one.asset, one.quantity - used, one.available_on) for one in listed]
    asset, _, first = held[0] if held else ("", 0, datetime.date.min)
    units = sum(max(0, one[1]) for one in held)
    return asset, units if asset.startswith(VOUCHER) else 0, first


def _drawn_here(parts: Parts, member: int, lot: str) -> int:
    """Units of the lot that this till's own entries took, which the ledger's row may not know of yet."""
    found = members.load(parts.reader, parts.identity, member)
    own = journal.entries_after(parts.reader, member, found.own_seq) if found is not None else ()
    bodies = [(entry, body_of(entry)) for entry in own]
    undone = {body.of for _, body in bodies if isinstance(body, VoidBody)}
    burned = [
        burn
        for entry, body in bodies
        if isinstance(body, TicketBody) and entry.ticket not in undone
        for burn in body.burns
    ]
    return sum(draw.quantity for burn in burned for draw in burn.draws if draw.lot == lot)


def _offer(state: State, rule: str) -> Offer | None:
    offers = state.worth.offers if state.worth is not None else ()
    return next((one for one in offers if one.option.rule == rule), None)


def _refused(parts: Parts, state: State, rule: str) -> State:
    """Why the voucher does not go with this ticket."""
    basket, words = state.basket, words_of(state.language)
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if basket is not None and not basket.shown:
        name = label(programme, rule, words)
        return change(state, notice=tell(words, "voucher_purchase", label=name))
    voice = voice_of(programme, words)
    outcomes = state.worth.decision.outcomes if state.worth is not None else ()
    why = "".join([outcome_text(one, voice) for one in outcomes if one.rule == rule])
    return change(state, notice=tell(words, "reward_beyond", reason=f"{why}." if why else ""))

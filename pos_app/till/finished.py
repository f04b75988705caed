"""Tickets that a register has sold already: recorded aside, whatever stands on the screen, each once for ever.

They earn and nothing is redeemed on them; the till's own clock dates them. No receipt is printed, none is undone.
One that was sold on a card that is blocked or replaced is a fact all the same: it is recorded as a sale without a card,
which its member can claim, and whoever found the card earns nothing.
"""

import re
from collections.abc import Sequence

import msgspec

from pos_app.devices.grammar import Kind, read_code
from pos_app.till import close, returns
from pos_app.till.basket import MOST_CENTS, MOST_LINES
from pos_app.till.identify import void
from pos_app.till.member import masked, who_has
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, currency_of, words_of
from pos_app.till.record import unpack
from pos_app.till.signed import verified
from pos_app.till.state import Basket, BasketLine, Return, State, Who, change
from pos_app.till.view import Notice, Stage
from sync.card_code import Flaw
from sync.entry import EntryKind, Evidence, RefundBody, body_of
from sync.till import journal, tickets
from sync.tokens import card_token

_PRINTED = re.compile(r"[0-9]+-[0-9]+-[0-9]+", re.ASCII)
_CARDS = (Kind.MEMBER, Kind.FOREIGN, Kind.PRODUCT)


class Sold(msgspec.Struct, frozen=True):
    """A sale. `ticket` is the till's name for it, `pos_ref` the register's number, `member` a card as it is scanned.

    `currency` is "" where the register does not say. What is not `surely` a card may be a number of the register's own.
    """

    ticket: str
    pos_ref: str
    lines: tuple[BasketLine, ...]
    member: str = ""
    currency: str = ""
    surely: bool = True


class Brought(msgspec.Struct, frozen=True):
    """A return, by the till's `name` for it, of the ticket `of_ticket` or of the number `of` (of register or paper).

    Without `lines` all that is left of the sale comes back; cents of lines count as what is given back. `number` is the
    register's of the return itself.
    """

    name: str
    number: str
    of: str
    of_ticket: str
    lines: tuple[BasketLine, ...] = ()
    currency: str = ""


class Told(msgspec.Struct, frozen=True):
    """What became of it: the stored record and whether it was there before, or a refusal.

    `bare` says why it was recorded without the card that it was sold on.
    """

    result: bytes = b""
    again: bool = False
    refusal: Notice | None = None
    member: int | None = None
    bare: Notice | None = None


def record(parts: Parts, state: State, sold: Sold) -> Told:
    """Record a sale, or say why not; `state` is left as it is."""
    stored = tickets.result(parts.reader, sold.ticket) or tickets.by_pos_ref(parts.reader, sold.pos_ref)
    total = sum(one.line.cents for one in sold.lines)
    if stored is not None:
        if unpack(stored.result).total != total:
            return _refused(state, "number_taken", number=sold.pos_ref)
        told = Told(stored.result, again=True)
        return _bare(parts, state, told, sold) if stored.member is None else told
    programme = parts.programme(now(parts).bdate)
    fault = _fault(state, sold.lines, sold.currency, currency_of(programme))
    who = _buyer(parts, state, sold)
    if fault is not None or isinstance(who, Notice):
        return Told(refusal=fault or (who if isinstance(who, Notice) else None))
    if who is not None and void(parts, state.language, who) is not None:
        who = None
    basket = Basket(
        sold.ticket,
        programme.sha256 if programme is not None else "",
        sold.lines,
        who,
        pos_ref=sold.pos_ref,
        finished=True,
    )
    aside = State(state.language, currency_of(programme), stage=Stage.TICKET, basket=basket)
    after = close.record(parts, aside)
    if after.done is None:
        return Told(refusal=after.notice)
    again = after.notice is not None and after.notice.code == "already_recorded"
    told = Told(after.done.result, again, member=who.member if who is not None else None)
    return _bare(parts, state, told, sold) if who is None else told


def take_back(parts: Parts, state: State, brought: Brought) -> Told:
    """Record a return, or say why not; `state` is left as it is."""
    cents = abs(sum(one.line.cents for one in brought.lines))
    before = _returned(parts, brought.name)
    if before is not None:
        same = not brought.lines or before.cents == cents
        return Told(again=True) if same else _refused(state, "number_taken", number=brought.number)
    stored = tickets.result(parts.reader, brought.of_ticket) or tickets.by_pos_ref(parts.reader, brought.of)
    reference = stored.reference if stored is not None else brought.of
    if stored is None and not _PRINTED.fullmatch(reference):
        return _refused(state, "return_unknown", number=brought.of)
    fault = _fault(state, brought.lines, brought.currency, currency_of(parts.programme(now(parts).bdate)))
    if fault is not None:
        return Told(refusal=fault)
    aside = returns.reference(parts, State(state.language, state.currency, stage=Stage.RETURN), reference)
    if aside.returning is None or not aside.returning.reference:
        return Told(refusal=aside.notice)
    aside = change(aside, returning=_chosen(parts, aside.returning, brought.lines, cents))
    after = returns.confirm(parts, aside, brought.name)
    if after.done is None:
        return Told(refusal=after.notice)
    member = stored.member if stored is not None else None
    return Told(after.done.result, member=member if isinstance(member, int) else None)


def _chosen(parts: Parts, returning: Return, lines: Sequence[BasketLine], cents: int) -> Return:
    """The lines of the sale that come back whole, where they are these; else the amount."""
    returning = msgspec.structs.replace(returning, finished=True)
    found = returns.original(parts.reader, returning.reference) if returning.ticket else None
    if found is None or not lines:
        return msgspec.structs.replace(returning, cents=cents)
    left = {
        n: (line.sku, back.of_cents - back.cents)
        for n, (line, back) in enumerate(zip(found.body.lines, found.backs, strict=True))
        if line.sku and not back.whole
    }
    chosen = []
    for one in lines:
        fits = (one.line.sku, abs(one.line.cents))
        place = next((n for n, is_left in left.items() if is_left == fits), None)
        if place is None:
            return msgspec.structs.replace(returning, cents=cents)
        chosen.append(place)
        del left[place]
    return msgspec.structs.replace(returning, chosen=tuple(sorted(chosen)))


def _fault(state: State, lines: Sequence[BasketLine], currency: str, ours: str) -> Notice | None:
    words = words_of(state.language)
    if currency not in ("", ours):
        return tell(words, "other_currency", currency=currency, ours=ours)
    if len(lines) > MOST_LINES or any(abs(one.line.cents) > MOST_CENTS for one in lines):
        return tell(words, "bad_lines", most=MOST_LINES)
    return None


def _buyer(parts: Parts, state: State, sold: Sold) -> Who | Notice | None:
    """Who bought; nobody where no card is named, or where it may be none, is none of ours, and nobody here has it."""
    who = _who(parts, state, sold.member) if sold.member else None
    known = isinstance(who, Who) and who.member is not None
    ours = read_code(sold.member, None, parts.options.codes).kind in (Kind.MEMBER, Kind.SIGNED_CARD)
    return who if sold.surely or known or ours else None


def _who(parts: Parts, state: State, text: str) -> Who | Notice:
    """Whose card it is: of somebody who is not known here the card itself earns, until the ledger knows."""
    words = words_of(state.language)
    code = read_code(text, None, parts.options.codes)
    if code.kind in _CARDS:
        token = card_token(parts.identity.lookup_key, code.value)
        return who_has(parts, token, masked(code.value), Evidence.NUMBER.value)
    if code.kind is not Kind.SIGNED_CARD:
        return tell(words, "no_card")
    found = verified(parts, code.value)
    return tell(words, f"signed_{found.value}") if isinstance(found, Flaw) else found


def _bare(parts: Parts, state: State, told: Told, sold: Sold) -> Told:
    """`told` with why it was recorded without the card that it was sold on, where it was."""
    who = _buyer(parts, state, sold)
    why = void(parts, state.language, who) if isinstance(who, Who) else None
    if why is None:
        return told
    text = tell(words_of(state.language), "sold_bare").text
    return msgspec.structs.replace(told, bare=Notice(why.level, f"{why.text} {text}", why.code))


def _returned(parts: Parts, name: str) -> RefundBody | None:
    """The return that was recorded under `name`."""
    for entry in journal.entries_of(parts.reader, name):
        if entry.kind == EntryKind.REFUND:
            body = body_of(entry)
            assert isinstance(body, RefundBody)
            return body
    return None


def _refused(state: State, code: str, **values: object) -> Told:
    return Told(refusal=tell(words_of(state.language), code, **values))


def is_passing(notice: Notice) -> bool:
    """Whether what was refused may be recorded later as it is: the disk was full, not the ticket wrong."""
    return notice.code == "disk"

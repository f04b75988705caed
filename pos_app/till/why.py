"""The whole explanation of a ticket at this till (F1): the begun one, the last one, or an old one by its reference."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from pos_app.till.explain import begun, is_policy
from pos_app.till.grants import number_of
from pos_app.till.labels import voice_of
from pos_app.till.moment import now
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import named, unpack
from pos_app.till.returns import original
from pos_app.till.state import State
from rules.explain import Voice
from rules.programme.model import Programme
from rules.telling.balance import Origin, balance_detail, balance_text, explain_balance
from rules.telling.explanation import Drawn, Explanation, Turned
from rules.telling.frozen import explain_frozen
from rules.telling.particulars import particulars
from rules.telling.render import as_data, became, heading, how_far, nearly, sentence
from rules.ticket import Ticket
from sync.entry import Entry, EntryKind, TicketBody, UnreadableEntry, body_of, decode, lot_id
from sync.entry import reference as entry_reference
from sync.till import journal, tickets

PAST = 12


class WhyLine(msgspec.Struct, frozen=True):
    """One sentence, and what led to it."""

    text: str
    detail: tuple[str, ...] = ()


class Why(msgspec.Struct, frozen=True):
    """The explanation of one ticket in words: `reference` is "" for the begun one."""

    reference: str
    heading: tuple[str, ...]
    lines: tuple[WhyLine, ...]
    near: tuple[str, ...] = ()
    progress: tuple[str, ...] = ()
    balance: tuple[WhyLine, ...] = ()

    @property
    def all(self) -> tuple[WhyLine, ...]:
        """Every line in its order: rules, what is near, how far, what is held."""
        return (*self.lines, *map(WhyLine, (*self.near, *self.progress)), *self.balance)


class Past(msgspec.Struct, frozen=True):
    """A recorded ticket of this till, in one line."""

    reference: str
    text: str


class Written(msgspec.Struct, frozen=True):
    """A recorded ticket, of this till or of another one: `place` is its entry, `later` the rules left to the ledger."""

    reference: str
    till: str
    day: date
    member: int | None
    place: tuple[int, int, int]
    body: TicketBody
    later: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """An explanation with what is needed to tell it."""

    explanation: Explanation
    programme: Programme
    names: tuple[str, ...]
    reference: str = ""


def find(parts: Parts, state: State, reference: str = "") -> Found | None:
    """Explain the ticket `reference`; without one the begun ticket, else the one on the done screen."""
    if reference:
        return _old(parts, state, reference)
    if state.basket is not None and state.worth is not None:
        return _begun(parts, state)
    if state.done is None:
        return None
    return _old(parts, state, unpack(state.done.result).of or state.done.reference)


def why(parts: Parts, state: State, reference: str = "") -> Why | None:
    """What `find` finds, in the till's language; None when there is nothing to explain."""
    found = find(parts, state, reference)
    return None if found is None else _in_words(parts, state, found)


def why_elsewhere(parts: Parts, state: State, entry: bytes, till: str) -> Why | None:
    """The same for a ticket of another `till`, as that wrote it; None where this one does not have its rules."""
    try:
        sold = decode(entry)
        body = body_of(sold)
    except UnreadableEntry:
        return None
    programme = parts.programme_of(body.programme) if isinstance(body, TicketBody) else None
    if programme is None or not isinstance(body, TicketBody):
        return None
    number = entry_reference(sold.dev, sold.inc, sold.seq)
    member = 0 if isinstance(sold.member, str) else sold.member
    written = Written(number, till, sold.bdate, member, (sold.dev, sold.inc, sold.seq), body)
    return _in_words(parts, state, Found(_frozen(written, programme), programme, (), number))


def _in_words(parts: Parts, state: State, found: Found) -> Why:
    voice = voice_of(found.programme, words_of(state.language))
    told = found.explanation
    near = [rule for rule in told.near if not is_policy(found.programme, rule)]
    told = msgspec.structs.replace(told, near=tuple(near))
    lines = tuple(
        WhyLine(sentence(one, voice), particulars(one, voice, found.names))
        for one in told.rules
        if not is_policy(found.programme, one.outcome.rule)
    )
    lines += tuple(WhyLine(text) for text in became(told, voice))
    held = _held(parts, state, voice) if not found.reference else ()
    return Why(found.reference, heading(told, voice), lines, nearly(told, voice), how_far(told, voice), held)


def data(parts: Parts, state: State, reference: str = "") -> dict[str, Any] | None:
    """What `find` finds as JSON values, with the words beside them."""
    found = find(parts, state, reference)
    if found is None:
        return None
    voice: Voice = voice_of(found.programme, words_of(state.language))
    return as_data(found.explanation, voice, found.names)


def past(parts: Parts, state: State) -> tuple[Past, ...]:
    """The last tickets of this till, newest first."""
    words = words_of(state.language)
    found = []
    for one in tickets.recent(parts.reader, PAST):
        what = unpack(one.result)
        when = f"{words.date(what.at.date())} {words.time(what.at)}"
        parted = (
            when,
            one.reference,
            words.paying(what.currency).money(what.paid),
            what.card or words("no card"),
        )
        undone = (words("undone"),) if one.voided else ()
        found.append(Past(one.reference, " · ".join((*parted, *undone))))
    return tuple(found)


def _begun(parts: Parts, state: State) -> Found | None:
    told, basket = begun(parts, state), state.basket
    programme = parts.programme_of(basket.programme) if basket is not None else None
    if told is None or basket is None or programme is None:
        return None
    words = words_of(state.language)
    told = msgspec.structs.replace(told, ticket=number_of(parts.reader, basket, parts))
    return Found(told, programme, tuple(named(one.name, words) for one in basket.shown))


def _old(parts: Parts, state: State, reference: str) -> Found | None:
    sold = original(parts.reader, reference)
    programme = parts.programme_of(sold.body.programme) if sold is not None else None
    if sold is None or programme is None:
        return None
    words, record = words_of(state.language), unpack(sold.result.result)
    names = tuple(named(item.name, words) for item in record.items)
    member, till = sold.result.member, parts.identity.till
    known = member if isinstance(member, int) else (0 if record.card else None)
    number, day = sold.result.reference, sold.result.bdate
    written = Written(number, till, day, known, sold.seq, sold.body, record.later)
    return Found(_frozen(written, programme), programme, names, reference)


def _frozen(sold: Written, programme: Programme) -> Explanation:
    body = sold.body
    ticket = Ticket(
        sold.reference, body.lines, sold.day, body.minute, body.store, sold.till, zones=body.zones
    )
    return explain_frozen(
        ticket,
        programme,
        sold.member,
        body.promised,
        tuple(one.burn for one in body.burns),
        lots=[lot_id(*sold.place, n) for n in range(len(body.promised))],
        draws=[[Drawn(draw.lot, draw.quantity) for draw in one.draws] for one in body.burns],
        turned=tuple(
            Turned(
                one.rule, one.asset, one.quantity, lot_id(*sold.place, len(body.promised) + n), one.last_day
            )
            for n, one in enumerate(body.converted)
        ),
        later=sold.later,
    )


def _held(parts: Parts, state: State, voice: Voice) -> tuple[WhyLine, ...]:
    """What the member of the begun ticket holds, lot by lot."""
    who = state.basket.who if state.basket is not None else None
    if who is None or who.account.member is None:
        return ()
    day = now(parts).bdate
    origins = _origins(parts, (lot.lot for lot in who.account.holdings))
    return tuple(
        WhyLine(balance_text(one, voice), balance_detail(one, day, voice))
        for one in explain_balance(who.account, day, origins)
    )


def _origins(parts: Parts, lots: Iterable[str]) -> dict[str, Origin]:
    """Rule and ticket of the lots that were born at this till; others come from the ledger without them."""
    found = {lot: _origin(parts, lot) for lot in lots}
    return {lot: origin for lot, origin in found.items() if origin is not None}


def _origin(parts: Parts, lot: str) -> Origin | None:
    """A lot is named after its entry, or, until the ledger has it, after its ticket (`ticket:n`)."""
    identity, conn = parts.identity, parts.reader
    own = f"{identity.dev}-{identity.inc}-"
    ticket, _, place = lot.rpartition(":")
    entries: Sequence[Entry | None] = ()
    if ticket:
        entries = journal.entries_of(conn, ticket)
    elif lot.startswith(own):
        seq, _, place = lot.removeprefix(own).partition("-")
        entries = (journal.entry_at(conn, int(seq)),) if seq.isdecimal() else ()
    for entry in entries:
        body = body_of(entry) if entry is not None and entry.kind == EntryKind.TICKET else None
        if isinstance(body, TicketBody) and place.isdecimal():
            rules = [one.rule for one in body.promised] + [one.rule for one in body.converted]
            return Origin(rules[int(place)], body.number) if int(place) < len(rules) else None
    return None

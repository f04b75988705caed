"""A reward brought back: exchanged for another one, or its points restored to the lots they came from.

The purchase stays as it is. Only what was handed out beside a ticket (a gift) can come back like that; what took money
off a line comes back with the line. It counts as an incident where the programme weighs `reward_back`.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from pos_app.till.event import happened
from pos_app.till.labels import label
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.returns import Original, original
from pos_app.till.shares import stock_here
from pos_app.till.state import Basket, State, change
from pos_app.till.view import Notice
from rules.decision import Decision
from rules.kinds.burn_gift import KIND as GIFTS
from rules.kinds.burn_gift import stock_key
from rules.kinds.incidents import INCIDENT, INCIDENTS, Incidents
from rules.ticket import Event
from sync.entry import EntryKind, RefundBody, Restored, TicketBody, body_of, decode
from sync.ids import uuid7
from sync.till import cursors, journal, tickets
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft
from sync.till.tickets import StoredRefund

KIND = "reward_back"
UNDOING = ("RESTORE", "VOID")  # causes of the ledger's by which units return to their lots
LOOKED_AT = 30  # tickets of the member in which gifts are looked for


class Handed(msgspec.Struct, frozen=True):
    """A gift that was handed out with a ticket: its rule and price, and when."""

    ticket: str
    reference: str
    rule: str
    asset: str
    quantity: int
    day: date


def ask(parts: Parts, basket: Basket) -> bool:
    """Ask the ledger what the member was given at other tills; false where nobody can be asked."""
    who = basket.who
    if parts.network is None or not parts.online or who is None or who.member is None:
        return False
    parts.network.request_history(who.member)
    return True


def is_told(parts: Parts, basket: Basket) -> bool:
    """Whether the ledger has told this till of the member on the ticket."""
    who, network = basket.who, parts.network
    if who is None or who.member is None or network is None:
        return False
    return network.history(who.member) is not None


def handed(parts: Parts, basket: Basket) -> tuple[Handed, ...]:
    """What the member was given beside tickets of any till, as far as it is told here, and has not brought back.

    The latest of this till first, then those of other tills.
    """
    who = basket.who
    if who is None or who.member is None:
        return ()
    told = parts.network.history(who.member) if parts.network is not None else None
    lines, entries = (told.lines, told.entries) if told is not None else ((), {})
    back = {(one.reference, one.rule) for one in lines if one.cause in UNDOING}
    found = (*_here(parts, who.member), *_elsewhere(parts, entries))
    return tuple(one for one in found if (one.reference, one.rule) not in back)


def _here(parts: Parts, member: int) -> Iterator[Handed]:
    for one in tickets.of_member(parts.reader, member, LOOKED_AT):
        sale = original(parts.reader, one.reference)
        if sale is not None:
            yield from _gifts(parts, sale.body, one.ticket, one.reference, one.bdate)


def _elsewhere(parts: Parts, entries: Mapping[str, bytes]) -> Iterator[Handed]:
    for number, data in entries.items():
        entry = decode(data)
        body = body_of(entry)
        if (
            original(parts.reader, number) is None
            and isinstance(body, TicketBody)
            and entry.ticket is not None
        ):
            yield from _gifts(parts, body, entry.ticket, number, entry.bdate)


def _gifts(parts: Parts, sale: TicketBody, ticket: str, number: str, day: date) -> Iterator[Handed]:
    """The gifts of a sale that were not brought back to this till."""
    returns = [_refunds.decode(one.data) for one in tickets.refunds_of(parts.reader, ticket)]
    back = {rule for body in returns for rule in body.rewards}
    programme = parts.programme_of(sale.programme)
    for burn in sale.burns:
        rule = programme.rule(burn.rule) if programme is not None else None
        if rule is not None and rule.kind.name == "burn.gift" and burn.rule not in back:
            yield Handed(ticket, number, burn.rule, burn.asset, burn.quantity, day)


_refunds = msgspec.json.Decoder(RefundBody)


def exchange(parts: Parts, state: State, basket: Basket, gift: Handed) -> State:
    """Another one was handed out for it: no points move, the incident is noted, a counted gift is one less."""
    words, what = words_of(state.language), named(parts, state, gift)
    programme = parts.programme_of(basket.programme)
    rule = programme.rule(gift.rule) if programme is not None else None
    counted = rule is not None and rule.kind is GIFTS and rule.table.stock is not None
    counter = stock_key(gift.rule)
    here = counted and programme is not None and stock_here(parts, programme, now(parts)).get(counter, 0) > 0
    done = _note(parts, state, basket, {counter: 1} if here else {})
    if isinstance(done, Notice):
        return change(state, notice=done)
    code = "reward_exchanged" if here or not counted else "reward_exchanged_uncounted"
    return change(state, notice=tell(words, code, what=what))


def restore(parts: Parts, state: State, basket: Basket, gift: Handed) -> State:
    """Its points go back to the lots they came from: journalled as a return of the reward alone."""
    words, moment = words_of(state.language), now(parts)
    cashier = state.cashier.id if state.cashier is not None else ""
    back = Restored(gift.rule, gift.asset, gift.quantity, 0)
    body = RefundBody(
        parts.identity.store, cashier, gift.ticket, gift.reference, 0, restored=(back,), rewards=(gift.rule,)
    )
    name = uuid7(moment.now_ms, parts.random(10))

    def job(conn: Connection) -> None:
        sale: Original | None = original(conn, gift.reference)
        who = basket.who.member if basket.who is not None else None
        member = sale.result.member if sale is not None else who
        draft = EntryDraft(EntryKind.REFUND, body, moment.bdate, member=member, ticket=name)
        seen = cursors.sync_state(conn).seen_pos
        written = journal.commit(conn, parts.identity, [draft], moment.times, seen)[0]
        data = msgspec.json.encode(body)
        tickets.save_refund(conn, StoredRefund(name, gift.ticket, written.reference, 0, moment.bdate, data))

    try:
        parts.writer.run(job)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    _note(parts, state, basket, {})
    return change(state, notice=tell(words, "reward_restored", what=named(parts, state, gift)))


def named(parts: Parts, state: State, gift: Handed) -> str:
    """What the programme of the day calls the gift."""
    return label(parts.programme(now(parts).bdate), gift.rule, words_of(state.language))


def _note(parts: Parts, state: State, basket: Basket, takes: Mapping[str, int]) -> Decision | Notice | None:
    """The incident, where the programme weighs it; what it `takes` is journalled in any case."""
    programme = parts.programme_of(basket.programme)
    table: Incidents | None = programme.policy(INCIDENTS) if programme is not None else None
    weighed = table is not None and KIND in table.kinds
    event = Event(INCIDENT, fields={"kind": KIND}) if weighed else Event(KIND)
    if weighed or takes:
        return happened(parts, state, basket, event, takes)
    if parts.network is not None:
        parts.network.wake_push()
    return None

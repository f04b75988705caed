"""A reward brought back: exchanged for another one, or its points restored to the lots they came from.

The purchase stays as it is. Only what was handed out beside a ticket (a gift) can come back like that; what took money
off a line comes back with the line. It counts as an incident where the programme weighs `reward_back`.
"""

import msgspec

from pos_app.till.event import happened
from pos_app.till.labels import label
from pos_app.till.moment import now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.returns import Original, original
from pos_app.till.state import Basket, State, change
from rules.kinds.incidents import INCIDENT, INCIDENTS, Incidents
from rules.ticket import Event
from sync.entry import EntryKind, RefundBody, Restored
from sync.ids import uuid7
from sync.till import cursors, journal, tickets
from sync.till.database import Connection, StoreError
from sync.till.journal import EntryDraft
from sync.till.tickets import StoredRefund

KIND = "reward_back"
LOOKED_AT = 30  # tickets of the member in which gifts are looked for


class Handed(msgspec.Struct, frozen=True):
    """A gift that was handed out with a ticket of this till: its rule and price, and when."""

    ticket: str
    reference: str
    rule: str
    asset: str
    quantity: int
    day: str


def handed(parts: Parts, state: State, basket: Basket) -> tuple[Handed, ...]:
    """What the member was given beside tickets of this till and has not brought back, the latest first."""
    who, words = basket.who, words_of(state.language)
    if who is None or who.member is None:
        return ()
    found = []
    for one in tickets.of_member(parts.reader, who.member, LOOKED_AT):
        sale = original(parts.reader, one.reference)
        if sale is None:
            continue
        back = {rule for body in sale.earlier for rule in body.rewards}
        found += [
            Handed(one.ticket, one.reference, burn.rule, burn.asset, burn.quantity, words.date(one.bdate))
            for burn in sale.body.burns
            if _is_gift(parts, sale, burn.rule) and burn.rule not in back
        ]
    return tuple(found)


def _is_gift(parts: Parts, sale: Original, rule_id: str) -> bool:
    programme = parts.programme_of(sale.body.programme)
    rule = programme.rule(rule_id) if programme is not None else None
    return rule is not None and rule.kind.name == "burn.gift"


def exchange(parts: Parts, state: State, basket: Basket, gift: Handed) -> State:
    """Another one was handed out for it: nothing is booked, the incident is noted."""
    _note(parts, state, basket)
    return change(
        state, notice=tell(words_of(state.language), "reward_exchanged", what=named(parts, state, gift))
    )


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
        member = sale.result.member if sale is not None else None
        draft = EntryDraft(EntryKind.REFUND, body, moment.bdate, member=member, ticket=name)
        seen = cursors.sync_state(conn).seen_pos
        written = journal.commit(conn, parts.identity, [draft], moment.times, seen)[0]
        data = msgspec.json.encode(body)
        tickets.save_refund(conn, StoredRefund(name, gift.ticket, written.reference, 0, moment.bdate, data))

    try:
        parts.writer.run(job)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    _note(parts, state, basket)
    return change(state, notice=tell(words, "reward_restored", what=named(parts, state, gift)))


def named(parts: Parts, state: State, gift: Handed) -> str:
    """What the programme of the day calls the gift."""
    return label(parts.programme(now(parts).bdate), gift.rule, words_of(state.language))


def _note(parts: Parts, state: State, basket: Basket) -> None:
    programme = parts.programme_of(basket.programme)
    table: Incidents | None = programme.policy(INCIDENTS) if programme is not None else None
    if table is not None and KIND in table.kinds:
        happened(parts, state, basket, Event(INCIDENT, fields={"kind": KIND}))
    if parts.network is not None:
        parts.network.wake_push()

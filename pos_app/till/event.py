"""Recording an event of the begun member: a check-in, a scanned zone, an incident, whatever a program reports."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from pos_app.till.allowances import allowed_here
from pos_app.till.close import member_key
from pos_app.till.effects import points_seen, risk_bits, take_effect, till_name
from pos_app.till.member import known
from pos_app.till.moment import Moment, now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.plan import Birthplace
from pos_app.till.shares import take
from pos_app.till.state import Basket, State, Who, change, on_basket
from pos_app.till.view import Notice
from pos_app.till.worth import account_here, weigh
from rules.decision import Decision
from rules.evaluate import evaluate
from rules.programme.model import Programme
from rules.ticket import Event, Ticket
from sync.entry import EntryKind, EventBody, Evidence, body_of
from sync.ids import uuid7
from sync.shares import is_allowed
from sync.till import cursors, journal
from sync.till.database import Connection, StoreError
from sync.till.errors import AlreadyRecorded, NotEnough
from sync.till.journal import EntryDraft


class Recorded(msgspec.Struct, frozen=True):
    """The till after an event, and what the rules say to it; None where it was not recorded (a notice says why)."""

    state: State
    decision: Decision | None = None


def record(parts: Parts, state: State, event: Event) -> Recorded:
    """Evaluate `event` for the member of the begun ticket, journal it, and keep what it gives as a close does."""
    basket = state.basket
    done = happened(parts, state, basket, event)
    if isinstance(done, Notice):
        return Recorded(change(state, notice=done))
    assert basket is not None
    assert basket.who is not None
    who = basket.who if basket.who.member is None else known(parts, basket.who, basket.who.member)
    return Recorded(weigh(parts, change(on_basket(state, who=who), notice=None)), done)


def happened_here(parts: Parts, who: Who) -> Iterator[tuple[date, Event]]:
    """What this till has noted of somebody, with its business day, the oldest first."""
    name = who.member if who.member is not None else who.token.hex()
    for entry in journal.entries_after(parts.reader, name, 0):
        if entry.kind == EntryKind.EVENT:
            body = body_of(entry)
            assert isinstance(body, EventBody)
            yield entry.bdate, body.event


def happened(
    parts: Parts,
    state: State,
    basket: Basket | None,
    event: Event,
    takes: Mapping[str, int] = MappingProxyType({}),
) -> Decision | Notice:
    """The same for the member of any `basket`, which need not be the begun one; why not, where it is refused.

    `takes` are units that left the shop with it, by shared counter, of which this till must have a share.
    """
    words = words_of(state.language)
    if basket is None or basket.who is None:
        return tell(words, "event_nobody")
    programme = parts.programme_of(basket.programme)
    if programme is None:
        return tell(words, "no_programme")
    job = _Job(parts, state, basket, basket.who, programme, now(parts), event, takes)
    try:
        parts.writer.run(job.commit)
    except (StoreError, AlreadyRecorded, NotEnough) as error:
        return tell(words, "not_written", why=words(str(error)))
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.wake_push()
    return job.decision


class _Job:
    """The writing of one event; `commit` is the job of its one transaction."""

    def __init__(
        self,
        parts: Parts,
        state: State,
        basket: Basket,
        who: Who,
        programme: Programme,
        moment: Moment,
        event: Event,
        takes: Mapping[str, int],
    ) -> None:
        identity = parts.identity
        self.takes = takes
        self.parts, self.who, self.programme, self.moment, self.event = parts, who, programme, moment, event
        self.basket = basket
        self.cashier = state.cashier.id if state.cashier is not None else ""
        self.ticket = uuid7(moment.now_ms, parts.random(10))
        happened = Ticket(
            self.ticket, (), moment.bdate, moment.minute, identity.store, identity.till, event=event
        )
        allowed = allowed_here(parts, programme, basket, moment)
        account = account_here(parts, basket, moment)
        self.decision = evaluate(happened, account, programme, allowed=allowed)

    def commit(self, conn: Connection) -> None:
        """Journal the event and keep the lots it gives."""
        parts, moment, identity = self.parts, self.moment, self.parts.identity
        seq = journal.next_seq(conn)
        place = Birthplace(identity.dev, identity.inc, seq, moment.bdate, self.ticket)
        take_effect(conn, self.who, self.decision, self.programme, place, cards=False)
        drawn = {counter: units for counter, units in self.decision.drawn.items() if is_allowed(counter)}
        drawn |= self.takes
        held_for = self.basket.ticket  # the hold of the begun ticket serves what happens during it
        shared = take(conn, self.programme, identity.store, drawn, moment, self.who, held_for)
        body = EventBody(
            store=identity.store,
            cashier=self.cashier,
            programme=self.programme.sha256,
            minute=moment.minute,
            event=self.event,
            promised=self.decision.contributions,
            points=points_seen(self.who, self.programme),
            till=till_name(parts, self.programme),
            shared=shared,
            code=self.who.shown,
        )
        draft = EntryDraft(
            EntryKind.EVENT,
            body,
            moment.bdate,
            member=member_key(self.who),
            ticket=self.ticket,
            evidence=Evidence(self.who.evidence),
            risk=risk_bits(parts, self.who, moment, granted=False),
        )
        journal.commit(conn, identity, [draft], moment.times, cursors.sync_state(conn).seen_pos)
        if moment.trusted:
            cursors.raise_mark(conn, moment.now_ms)
        parts.crash("before_commit")

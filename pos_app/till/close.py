"""Recording a ticket: one transaction for everything it is (ledger-and-sync.md section 2.3), then print and push."""

import datetime

import msgspec

from pos_app.printing.receipt import ReceiptKind
from pos_app.till.effects import points_seen, risk_bits, take_effect, till_name
from pos_app.till.floors import allowed, floor_bits, floor_of
from pos_app.till.grants import earlier_births, held_back, holder_of
from pos_app.till.labels import FREE, VOUCHER, counts_points
from pos_app.till.moment import Moment, local_time, now
from pos_app.till.move_ahead import passing
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, currency_of, words_of
from pos_app.till.plan import Birthplace, Plan
from pos_app.till.reached import reached
from pos_app.till.record import Card, Given, Item, Record, pack, unpack
from pos_app.till.shares import take
from pos_app.till.slip import slip
from pos_app.till.state import Basket, Done, State, Who, Worth, change
from pos_app.till.terms import answered
from pos_app.till.view import Stage
from pos_app.till.ways import missing
from pos_app.till.worth import decide, promised, weigh
from rules.account import POINTS, Account
from rules.conversions import Conversion
from rules.decision import Contribution, Decision, Outbound, Reason
from rules.fold import fold
from rules.fold import take as used
from rules.kinds.cap import KIND as CAPS
from rules.lifetime import lapsing
from rules.programme.model import Programme
from sync.entry import Converted, Draw, EntryKind, Evidence, TicketBody, reference
from sync.grants import usable_sums
from sync.till import cursors, floors, journal, slices, spool, tickets
from sync.till.database import Connection, StoreError
from sync.till.errors import AlreadyRecorded, NotEnough
from sync.till.journal import EntryDraft, Written
from sync.till.offers import count_offers
from sync.till.tickets import TicketResult

LAPSING_DAYS = 366
WAITING = 3  # vouchers that a receipt reminds of


def may_be_visit(parts: Parts, basket: Basket) -> bool:
    """Whether the ticket is empty, has a member, and its programme counts visits without purchase (count_from = 0)."""
    programme = parts.programme_of(basket.programme)
    counts = programme is not None and programme.header.count_from <= 0
    return counts and not basket.lines and basket.who is not None


def record(parts: Parts, state: State, *, visit: bool = False) -> State:
    """Record the begun ticket, or say why not. What is recorded once stays recorded once, however often asked.

    A ticket without lines is a `visit` without purchase, and only recorded as one.
    """
    words = words_of(state.language)
    basket = state.basket
    if basket is None or not (basket.lines or visit):
        return change(state, notice=tell(words, "amount_wanted"))
    moment, basket = now(parts), msgspec.structs.replace(basket, preview=0)
    programme = parts.programme_of(basket.programme)
    shown = state.worth
    state = decide(parts, change(state, basket=basket), programme, moment)
    if shown is not None and shown.beyond and state.worth is not None and shown.beyond > state.worth.beyond:
        return change(weigh(parts, state), notice=tell(words, "reward_gone"))
    close = Close(parts, state, basket, programme, moment)
    try:
        result, again = parts.writer.run(close.commit)
    except NotEnough:
        return change(weigh(parts, state), notice=tell(words, "reward_gone"))
    except AlreadyRecorded:
        return change(state, notice=tell(words, "not_here"))
    except StoreError as error:
        return change(state, notice=tell(words, "disk", why=words(str(error))))
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.release_hold(result.ticket)
        parts.network.wake_push()
    parts.crash("before_print")
    return show(state, result, "already_recorded" if again else "recorded")


def show(state: State, result: TicketResult, code: str) -> State:
    """The done screen of a recorded ticket."""
    words = words_of(state.language, unpack(result.result).currency)
    return change(
        state,
        stage=Stage.DONE,
        basket=None,
        worth=None,
        question=None,
        done=Done(result.ticket, result.reference, result.result),
        notice=tell(words, code, amount=words.money(result.cents)),
    )


class Close:
    """The closing of one ticket; `commit` is the job of its one transaction."""

    def __init__(
        self, parts: Parts, state: State, basket: Basket, programme: Programme | None, moment: Moment
    ) -> None:
        """Take everything that is decided before the transaction."""
        self.parts = parts
        self.state = state
        self.basket = basket
        self.moment = moment
        self.programme = programme
        self.decision = state.worth.decision if state.worth is not None else None

    def commit(self, conn: Connection) -> tuple[TicketResult, bool]:
        """Write the ticket; returns its result and whether it was there already. Raises NotEnough."""
        basket = self.basket
        stored = tickets.result(conn, basket.ticket)
        if stored is None and basket.pos_ref is not None:
            stored = tickets.by_pos_ref(conn, basket.pos_ref)
        if stored is not None:
            tickets.clear_draft(conn, basket.ticket)
            return stored, True
        before = earlier_births(conn, self.basket, self.parts, self.moment)
        seq = journal.next_seq(conn) + len(before)
        effects = self._apply(conn, seq)
        shared = self._take_shares(conn)
        drafts = [*before, self._entry(seq, effects, shared), *held_back(conn, self.basket, self.moment)]
        seen = cursors.sync_state(conn).seen_pos
        written = journal.commit(conn, self.parts.identity, drafts, self.moment.times, seen)[len(before)]
        ticket = drafts[len(before)]
        floors.count(conn, basket.ticket, seq, ticket.member, ticket.body)
        result = self._result(written, effects)
        tickets.save_result(conn, result)
        count_offers(conn, self.moment.bdate, self._offered(), [burn.rule for burn in effects.burns])
        if not basket.finished:
            spool.add_job(conn, basket.ticket, "receipt", slip(result.result, self.state.language))
        tickets.clear_draft(conn, basket.ticket)
        if self.moment.trusted:
            cursors.raise_mark(conn, self.moment.now_ms)
        self.parts.crash("before_commit")
        return result, False

    def _apply(self, conn: Connection, seq: int) -> Plan:
        who, decision, moment = self.basket.who, self.decision, self.moment
        if who is None or decision is None or self.programme is None:
            return Plan((), (), ())
        identity = self.parts.identity
        place = Birthplace(identity.dev, identity.inc, seq, moment.bdate, self.basket.ticket)
        held = usable_sums(slices.slices_of(conn, holder_of(who)), moment.bdate, place.ticket)
        floor = floor_of(conn, who, moment, held.get(POINTS, 0))
        most = allowed(self.parts, floor, self.basket, promised(self.state, who))
        return take_effect(
            conn, who, decision, self.programme, place, beyond=most, first=self.basket.vouchers
        )

    def _take_shares(self, conn: Connection) -> tuple[Draw, ...]:
        if self.decision is None or self.programme is None or not self.decision.drawn:
            return ()
        store, basket = self.parts.identity.store, self.basket
        return take(conn, self.programme, store, self.decision.drawn, self.moment, basket.who, basket.ticket)

    def _entry(self, seq: int, effects: Plan, shared: tuple[Draw, ...]) -> EntryDraft:
        basket, identity = self.basket, self.parts.identity
        body = TicketBody(
            store=identity.store,
            cashier=self.state.cashier.id if self.state.cashier is not None else "",
            programme=basket.programme,
            minute=self.moment.minute,
            lines=tuple(entry.line for entry in basket.lines),
            burns=effects.burns,
            promised=self.decision.contributions if self.decision is not None else (),
            converted=effects.converted,
            typed=any(entry.typed for entry in basket.lines),
            number=reference(identity.dev, identity.inc, seq),
            outbound=self._outbound(effects),
            points=points_seen(basket.who, self.programme),
            till=till_name(self.parts, self.programme),
            zones=basket.zones,
            shared=shared,
            code=basket.who.shown if basket.who is not None else b"",
            offered=self._offered(),
            said=self.basket.said if self.basket.who is not None else "",
        )
        granted = any(burn.draws for burn in effects.burns)
        bits = risk_bits(self.parts, basket.who, self.moment, granted=granted)
        return EntryDraft(
            EntryKind.TICKET,
            body,
            self.moment.bdate,
            member=member_key(basket.who),
            ticket=basket.ticket,
            pos_ref=basket.pos_ref,
            evidence=Evidence(basket.who.evidence) if basket.who is not None else Evidence.NONE,
            risk=(*bits, *floor_bits(basket, effects.beyond)),
        )

    def _offered(self) -> tuple[str, ...]:
        """The rewards that were possible on the ticket."""
        worth = self.state.worth
        return tuple(offer.option.rule for offer in worth.offers if offer.steps) if worth is not None else ()

    def _outbound(self, effects: Plan) -> tuple[Outbound, ...]:
        """What the redemptions have done elsewhere; what the ticket earns for others is settled by the ledger."""
        redeemed = {burn.rule for burn in effects.burns}
        sent = self.decision.outbound if self.decision is not None else ()
        return tuple(one for one in sent if one.rule in redeemed)

    def _result(self, written: Written, effects: Plan) -> TicketResult:
        what = self._record(written, effects)
        return TicketResult(
            self.basket.ticket,
            self.basket.pos_ref,
            written.seq,
            written.reference,
            self.moment.bdate,
            member_key(self.basket.who),
            what.paid,
            voided=False,
            result=pack(what),
        )

    def _record(self, written: Written, effects: Plan) -> Record:
        basket, decision = self.basket, self.decision
        items = tuple(Item(one.line.cents, f"{one.line.qty:f}", one.name) for one in basket.lines)
        reward = decision.reward if decision is not None else 0
        who = basket.who
        bare = Record(
            kind=ReceiptKind.SALE,
            ticket=basket.ticket,
            reference=written.reference,
            tail=written.tail6,
            at=self.moment.local.replace(microsecond=0),
            programme=basket.programme,
            total=basket.total,
            paid=basket.total - reward,
            items=items,
            card=who.card if who is not None else "",
            language=self.state.language,
            currency=currency_of(self.programme),
            as_of=last_contact(self.parts),
            beyond=effects.beyond,
            said=basket.said,
            finished=basket.finished,
        )
        if who is None or decision is None or self.programme is None:
            return bare
        after = _after(who, self.state.worth, effects)
        return msgspec.structs.replace(
            with_account(bare, who, decision, effects, self.programme),
            lapses=_lapsing(after, self.programme, self.moment.bdate),
            waiting=_waiting(who, after, self.moment.bdate),
            passing=passing(self.parts, after, answered(self.parts, who)) if after is not None else None,
        )


def with_account(bare: Record, who: Who, decision: Decision, effects: Plan, programme: Programme) -> Record:
    """`bare` with what the ticket gave and took, and the balance after it."""
    gained = tuple(_given(one, decision.bdate) for one in decision.contributions)
    cards = tuple(_made(one) for one in effects.converted)
    spent = tuple(Given(one.rule, one.asset, -one.quantity, one.cents) for one in decision.burns)
    used = (*spent, *_turned(effects))
    balance = None
    if who.member is not None:
        before = who.account.balance.get(POINTS, 0)
        balance = before + sum(one.quantity for one in (*gained, *used) if one.asset == POINTS)
    if not balance and not counts_points(programme):
        balance = None
    ways = [one for one in decision.progress if one.what in ("reward", "voucher") and one.unit == POINTS]
    coming = min((one for one in ways if one.have < one.need), key=missing, default=None)
    done = {one.rule for one in effects.converted}
    full = [
        one.rule for one in programme.conversions if one.rule not in done and _is_full(one, who, decision)
    ]
    return msgspec.structs.replace(
        bare,
        gained=(*gained, *cards),
        used=used,
        balance=balance,
        next_reward=(coming.have, coming.need) if coming is not None else None,
        next_goal=coming.goal if coming is not None else "",
        cards=tuple(
            Card(one.rule, 0 if one.rule in done and one.have == one.need else one.have, one.need)
            for one in decision.progress
            if one.what == "stamps"
        ),
        reached=reached(programme, balance - _pending(who, decision), decision.outcomes)
        if balance is not None
        else "",
        full=tuple(full),
        later=tuple(
            one.rule
            for one in decision.outcomes
            if one.reason is Reason.SETTLED_LATER and one.kind != CAPS.name
        ),
    )


def _given(one: Contribution, day: datetime.date) -> Given:
    if not one.asset.startswith((VOUCHER, FREE)):
        return Given(one.rule, one.asset, one.quantity)
    first = one.available_on if one.available_on > day else None
    return Given(one.rule, one.asset, one.quantity, first=first, last=one.last_day)


def _made(one: Converted) -> Given:
    last = one.last_day if one.asset.startswith((VOUCHER, FREE)) else None
    return Given(one.rule, one.asset, one.quantity, last=last)


def _turned(effects: Plan) -> tuple[Given, ...]:
    """The points that became vouchers: they leave the balance that is printed."""
    draws = [(one.rule, draw) for one in effects.converted for draw in one.draws if draw.asset == POINTS]
    rules = dict.fromkeys(rule for rule, _ in draws)
    return tuple(
        Given(rule, POINTS, -sum(draw.quantity for by, draw in draws if by == rule)) for rule in rules
    )


def _after(who: Who, worth: Worth | None, effects: Plan) -> Account | None:
    """The account after the ticket; None where the till does not know all of it."""
    if worth is None or who.member is None or who.account.known != "full":
        return None
    account = fold(who.account, worth.ticket, worth.decision)
    for turned in effects.converted:
        for draw in turned.draws:
            account = used(account, draw.asset, draw.quantity, worth.decision.bdate)
    return account


def _lapsing(
    account: Account | None, programme: Programme, day: datetime.date
) -> tuple[int, datetime.date] | None:
    """The points that lapse first after the ticket, and their last day, within a year; None where it is not known."""
    found = lapsing(account, programme, day, LAPSING_DAYS) if account is not None else ()
    return (found[0][1], found[0][0]) if found else None


def _waiting(who: Who, after: Account | None, day: datetime.date) -> tuple[Given, ...]:
    """The vouchers that were there before the ticket and still are, those that lapse first."""
    if after is None:
        return ()
    before = {one.lot for one in who.account.holdings}
    held = [
        one
        for one in after.holdings
        if one.asset.startswith(VOUCHER) and one.lot in before and one.quantity > 0 and one.last_day >= day
    ]
    held.sort(key=lambda one: (one.last_day, one.lot))
    return tuple(
        Given(
            one.asset.removeprefix(VOUCHER),
            one.asset,
            one.quantity,
            first=one.available_on if one.available_on > day else None,
            last=one.last_day,
        )
        for one in held[:WAITING]
    )


def _is_full(one: Conversion, who: Who, decision: Decision) -> bool:
    """Whether this ticket filled what only the ledger can convert."""
    before, earned = who.account.balance.get(one.source, 0), decision.earned(one.source)
    if one.source == POINTS:
        before -= sum(burn.quantity for burn in decision.burns if burn.asset == POINTS)
        return earned > 0 and before + earned >= one.need
    return earned > 0 and before % one.need + earned >= one.need


def _pending(who: Who, decision: Decision) -> int:
    """Points that are on the account and cannot be used yet, those of this ticket with them."""
    held = [(one.asset, one.available_on, one.quantity) for one in who.account.holdings]
    given = [(one.asset, one.available_on, one.quantity) for one in decision.contributions]
    return sum(units for asset, day, units in (*held, *given) if asset == POINTS and day > decision.bdate)


def last_contact(parts: Parts) -> datetime.datetime | None:
    """When the ledger last answered, in store time; None while it answers, and for a till that works alone."""
    if parts.network is None:
        return None
    status = parts.network.state()
    if status.online or status.last_contact_ms is None:
        return None
    return local_time(parts, status.last_contact_ms).replace(microsecond=0)


def member_key(who: Who | None) -> int | str | None:
    """How an entry names the member: by id, by the card's keyed hash in hex, or not at all."""
    if who is None:
        return None
    return who.member if who.member is not None else who.token.hex()

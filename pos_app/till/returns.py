"""A return: by its ticket, whole, by lines or by amount; what it takes back and gives back is provisional.

The ledger works it out again over all returns it holds (ledger-and-sync.md section 3, Refund), so a ticket of another
till is returned blind: reference and cents alone.
"""

from collections.abc import Sequence

import msgspec

from pos_app.devices.grammar import Code, Kind, read_code
from pos_app.printing.receipt import ReceiptKind
from pos_app.till import witness
from pos_app.till.amount import Amount, looks_like_amount, read_amount
from pos_app.till.close import last_contact
from pos_app.till.identify import refresh
from pos_app.till.labels import counts_points
from pos_app.till.member import after_refund, known
from pos_app.till.moment import Moment, now
from pos_app.till.notices import tell
from pos_app.till.parts import Parts, words_of
from pos_app.till.record import Given, Record, pack, unpack
from pos_app.till.sign_in import resting
from pos_app.till.since import Since
from pos_app.till.slip import slip
from pos_app.till.state import Done, Return, State, Who, change
from pos_app.till.view import Stage
from rules import refund
from rules.account import POINTS, Account
from sync.entry import (
    Claw,
    EntryKind,
    Evidence,
    RefundBody,
    RefundLine,
    Restored,
    TicketBody,
    body_of,
    lot_id,
)
from sync.grants import BIRTH, choose_lot
from sync.ids import uuid7
from sync.till import config, cursors, journal, members, slices, spool, tickets
from sync.till.database import Connection, StoreError
from sync.till.errors import AlreadyRecorded, NotEnough
from sync.till.journal import EntryDraft
from sync.till.tickets import StoredRefund, TicketResult


class Original(msgspec.Struct, frozen=True):
    """A ticket of this till with the returns made of it here."""

    result: TicketResult
    seq: tuple[int, int, int]
    body: TicketBody
    earlier: tuple[RefundBody, ...]

    @property
    def before(self) -> tuple[refund.Return, ...]:
        """The returns made before, as the rules read them."""
        return tuple(_as_return(body) for body in self.earlier)

    @property
    def backs(self) -> tuple[refund.Back, ...]:
        """What has come back of each line so far."""
        return refund.returned(self.body.lines, self.before)

    @property
    def left(self) -> int:
        """Cents of the ticket that can still come back."""
        return 0 if self.result.voided else sum(back.of_cents - back.cents for back in self.backs)


class Effects(msgspec.Struct, frozen=True):
    """What one return does: `cents` of goods, assets taken back per lot, redemptions given back."""

    cents: int
    lines: tuple[RefundLine, ...]
    claws: tuple[Claw, ...]
    restored: tuple[Restored, ...]

    @property
    def handed(self) -> int:
        """Cents handed out: goods less the parts that were paid by rewards."""
        return self.cents - sum(one.cents for one in self.restored)


def open_return(state: State) -> State:
    """F6: ask for the ticket."""
    notice = tell(words_of(state.language), "return_wanted")
    return change(state, stage=Stage.RETURN, returning=Return(), question=None, notice=notice)


def reference(parts: Parts, state: State, text: str) -> State:
    """The ticket's printed number was scanned or typed; after a number of another till, the amount given back."""
    words = words_of(state.language)
    returning = state.returning
    if returning is not None and returning.reference and not returning.ticket and looks_like_amount(text):
        cents = read_amount(text, implied=parts.options.implied_cents)
        return amount(parts, state, cents.cents if isinstance(cents, Amount) else 0)
    code = read_code(text, None, parts.options.codes, typed=True)
    if code.kind is not Kind.TICKET:
        return change(state, notice=tell(words, "ticket_number"))
    number, _, tail = code.value.partition(" ")
    if witness.is_against(parts, number, tail):
        return _against(parts, state, code.value if tail else "")
    found = original(parts.reader, number)
    state = change(state, stage=Stage.RETURN, question=None)
    other = found is not None and bool(tail) and unpack(found.result.result).tail != tail
    if found is None or other:
        said = tell(words, "ticket_other" if other else "ticket_unknown")
        return change(state, returning=Return(number, tail), notice=said)
    notice = None if found.left > 0 else tell(words, "return_nothing")
    return change(state, returning=Return(number, tail, found.result.ticket), notice=notice)


def _against(parts: Parts, state: State, doubted: str) -> State:
    """A receipt of this till that is not in its journal: typed twice with its six characters it is no mistake."""
    words = words_of(state.language)
    sure = bool(doubted) and doubted == state.doubted
    state = change(state, stage=Stage.RETURN, question=None, returning=Return(), doubted=doubted)
    if not sure:
        return change(state, notice=tell(words, "receipt_check"))
    try:
        witness.stop_spending(parts)
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    if parts.network is not None:
        parts.network.wake_push()
    return change(state, notice=tell(words, "receipt_against"))


def toggle_line(parts: Parts, state: State, index: int) -> State:
    """Choose line `index` (from 0) of the original, or let it go again."""
    returning = state.returning
    found = _chosen(parts, returning) if returning is not None else None
    if returning is None or found is None or not 0 <= index < len(found.body.lines):
        return change(state, notice=tell(words_of(state.language), "no_such_line"))
    if index in returning.chosen:
        chosen = tuple(n for n in returning.chosen if n != index)
    else:
        chosen = tuple(sorted((*returning.chosen, index)))
    return change(state, returning=msgspec.structs.replace(returning, chosen=chosen, cents=0), notice=None)


def scanned(parts: Parts, state: State, code: Code) -> State | None:
    """A product or a card while a return is begun: a product of its ticket is chosen, anything else waits for the end.

    None where no ticket is named yet: then a scan means what it always means.
    """
    returning = state.returning
    if returning is None or not returning.reference:
        return None
    found = _chosen(parts, returning)
    product = config.product(parts.reader, code.value) if code.kind is Kind.PRODUCT else None
    for n, line in enumerate(found.body.lines if found is not None and product is not None else ()):
        assert found is not None
        assert product is not None
        back = found.backs[n]
        if line.sku == product.sku and n not in returning.chosen and not back.whole:
            return toggle_line(parts, state, n)
    return change(state, notice=tell(words_of(state.language), "return_first"))


def amount(parts: Parts, state: State, cents: int) -> State:
    """Give back an amount instead of lines; never more than is left of the ticket."""
    words = words_of(state.language)
    returning = state.returning
    if returning is None or not returning.reference:
        return change(state, notice=tell(words, "return_wanted"))
    found = _chosen(parts, returning)
    cents = max(0, cents)
    if found is not None and cents > found.left:
        left = words.paying(unpack(found.result.result).currency).money(max(0, found.left))
        return change(state, notice=tell(words, "return_too_much", amount=left))
    return change(state, returning=msgspec.structs.replace(returning, cents=cents, chosen=()), notice=None)


def confirm(parts: Parts, state: State, name: str = "") -> State:
    """Record the return under a `name` of its own, if it is given one, or say what is missing."""
    words = words_of(state.language)
    returning = state.returning
    if returning is None or not returning.reference:
        return change(state, notice=tell(words, "return_wanted"))
    if not returning.ticket and not returning.cents:
        return change(state, notice=tell(words, "return_amount"))
    job = _Job(parts, state, returning, now(parts), name)
    try:
        what = parts.writer.run(job.commit)
    except (_NothingLeft, AlreadyRecorded, NotEnough):
        return change(state, notice=tell(words, "return_nothing"))
    except StoreError as error:
        return change(state, notice=tell(words, "not_written", why=words(str(error))))
    parts.crash("after_commit")
    if parts.network is not None:
        parts.network.wake_push()
    notice = tell(words, "returned", amount=words.paying(what.currency).money(what.paid))
    state = change(state, returning=None, notice=notice, stage=resting(state))
    if state.basket is not None:
        return change(refresh(parts, state), notice=notice)
    return change(state, stage=Stage.DONE, done=Done(what.ticket, what.reference, pack(what)))


def original(conn: Connection, printed: str) -> Original | None:
    """The ticket behind a printed reference, if this till recorded it."""
    result = tickets.by_reference(conn, printed)
    if result is None:
        return None
    every = journal.entries_of(conn, result.ticket)
    entries = [one for one in every if one.kind == EntryKind.TICKET]
    if not entries:
        return None
    body = body_of(entries[0])
    assert isinstance(body, TicketBody)
    moved = any(one.kind == EntryKind.MOVE_TICKET for one in every)
    if moved:  # what it promised is gone here, and what it gave elsewhere the ledger takes back
        body = msgspec.structs.replace(body, promised=(), converted=())
    earlier = tuple(
        msgspec.json.decode(one.data, type=RefundBody) for one in tickets.refunds_of(conn, result.ticket)
    )
    return Original(result, (entries[0].dev, entries[0].inc, entries[0].seq), body, earlier)


def _chosen(parts: Parts, returning: Return) -> Original | None:
    """The ticket that comes back, if this till recorded it and not another one of its number."""
    return original(parts.reader, returning.reference) if returning.ticket else None


def effects(found: Original, returning: Return) -> Effects:
    """What the chosen return would do, before anything is written."""
    backs = found.backs
    if returning.cents:
        now_back = refund.Return(cents=min(returning.cents, max(0, found.left)))
    else:
        chosen = returning.chosen or tuple(range(len(backs)))
        now_back = refund.Return(
            lines=tuple(
                refund.LineReturn(n, backs[n].of_cents - backs[n].cents, backs[n].of_qty - backs[n].qty)
                for n in chosen
                if 0 <= n < len(backs) and not backs[n].whole
            )
        )
    after = refund.returned(found.body.lines, (*found.before, now_back))
    lines = tuple(RefundLine(one.index, one.cents, one.qty) for one in now_back.lines)
    cents = now_back.cents or sum(one.cents for one in lines)
    return Effects(cents, lines, _claws(found, after), _restored(found, after))


def _claws(found: Original, after: Sequence[refund.Back]) -> tuple[Claw, ...]:
    claws = []
    for n, given in enumerate(found.body.promised):
        lot = lot_id(*found.seq, n)
        done = sum(claw.quantity for body in found.earlier for claw in body.claws if claw.lot == lot)
        quantity = refund.target(given, after) - done
        if quantity > 0:
            claws.append(Claw(given.rule, given.asset, lot, quantity))
    return tuple(claws)


def _restored(found: Original, after: Sequence[refund.Back]) -> tuple[Restored, ...]:
    """One entry a rule: its burns on one ticket are told apart by nothing else."""
    targets: dict[tuple[str, str], tuple[int, int]] = {}
    for one in found.body.burns:
        units, cents = refund.restored(one.burn, after)
        before = targets.get((one.rule, one.asset), (0, 0))
        targets[one.rule, one.asset] = (before[0] + units, before[1] + cents)
    done = [one for body in found.earlier for one in body.restored]
    back = []
    for (rule, asset), (all_units, all_cents) in targets.items():
        units = all_units - sum(one.quantity for one in done if (one.rule, one.asset) == (rule, asset))
        cents = all_cents - sum(one.cents for one in done if (one.rule, one.asset) == (rule, asset))
        if units > 0 or cents > 0:
            back.append(Restored(rule, asset, max(0, units), max(0, cents)))
    return tuple(back)


class _NothingLeft(Exception):
    """The ticket has nothing left to give back, or less than asked."""


class _Job:
    """The recording of one return; `commit` is the job of its one transaction."""

    def __init__(self, parts: Parts, state: State, returning: Return, moment: Moment, name: str) -> None:
        self.parts = parts
        self.state = state
        self.returning = returning
        self.moment = moment
        self.ticket = name or uuid7(moment.now_ms, parts.random(10))

    def commit(self, conn: Connection) -> Record:
        """Write the return; returns its record. Raises _NothingLeft."""
        parts, moment = self.parts, self.moment
        found = original(conn, self.returning.reference) if self.returning.ticket else None
        body, member = self._body(conn, found)
        slices.draw(conn, (draw for claw in body.claws for draw in claw.draws))
        draft = EntryDraft(EntryKind.REFUND, body, moment.bdate, member=member, ticket=self.ticket)
        seen = cursors.sync_state(conn).seen_pos
        written = journal.commit(conn, parts.identity, [draft], moment.times, seen)[0]
        stored = StoredRefund(
            self.ticket, body.of, written.reference, body.cents, moment.bdate, msgspec.json.encode(body)
        )
        if body.of:
            tickets.save_refund(conn, stored)
        what = self._record(body, found, written.reference, written.tail6)
        if not self.returning.finished:
            spool.add_job(conn, self.ticket, "refund", slip(pack(what), self.state.language))
        if moment.trusted:
            cursors.raise_mark(conn, moment.now_ms)
        parts.crash("before_commit")
        return what

    def _body(self, conn: Connection, found: Original | None) -> tuple[RefundBody, int | str | None]:
        store = self.parts.identity.store
        cashier = self.state.cashier.id if self.state.cashier is not None else ""
        if found is None:
            what = self.returning
            return RefundBody(store, cashier, "", what.reference, what.cents, tail=what.tail), None
        if found.left <= 0 or self.returning.cents > found.left:
            raise _NothingLeft
        does = effects(found, self.returning)
        if not does.cents and not does.lines:
            raise _NothingLeft
        member = found.result.member
        claws = does.claws
        if isinstance(member, int):
            claws = tuple(_drawn(conn, member, claw) for claw in claws)
        body = RefundBody(
            store,
            cashier,
            found.result.ticket,
            found.result.reference,
            does.cents,
            does.lines,
            claws,
            does.restored,
        )
        return body, member

    def _record(self, body: RefundBody, found: Original | None, printed: str, tail: str) -> Record:
        sale = unpack(found.result.result) if found is not None else None
        return Record(
            kind=ReceiptKind.REFUND,
            ticket=self.ticket,
            reference=printed,
            tail=tail,
            at=self.moment.local.replace(microsecond=0),
            programme=sale.programme if sale is not None else "",
            total=body.cents,
            paid=body.cents - sum(one.cents for one in body.restored),
            items=tuple(sale.items[one.index] for one in body.lines) if sale is not None else (),
            card=sale.card if sale is not None else "",
            gained=tuple(Given(one.rule, one.asset, -one.quantity) for one in body.claws),
            used=tuple(Given(one.rule, one.asset, one.quantity, one.cents) for one in body.restored),
            balance=_balance(self.parts, body, found),
            as_of=last_contact(self.parts),
            of=body.reference,
            language=self.state.language,
            currency=sale.currency if sale is not None else self.state.currency,
        )


def _balance(parts: Parts, body: RefundBody, found: Original | None) -> int | None:
    """The member's points after the return that `body` describes, as the till shows them; None where not known here."""
    member = found.result.member if found is not None else None
    if found is None or not isinstance(member, int):
        return None
    account = known(parts, Who(b"", "", Evidence.NONE.value, member, Account()), member).account
    row = members.load(parts.reader, parts.identity, member)
    if row is None or account.known != "full":
        return None
    since = Since(row.account, journal.entries_after(parts.reader, member, row.own_seq))
    lapsed = since.lapsed(body.claws, now(parts).bdate)
    points = after_refund(account, body, lapsed).balance.get(POINTS, 0)
    return points if points or counts_points(parts.programme_of(found.body.programme)) else None


def _drawn(conn: Connection, member: int, claw: Claw) -> Claw:
    """`claw` with draws on this till's own birth slice of the lot; the rest is left to the ledger."""
    births = (piece for piece in slices.slices_of(conn, member) if piece.kind == BIRTH)
    return msgspec.structs.replace(claw, draws=choose_lot(births, claw.asset, claw.lot, claw.quantity).draws)


def _as_return(body: RefundBody) -> refund.Return:
    lines = tuple(refund.LineReturn(one.index, one.cents, one.qty) for one in body.lines)
    return refund.Return(lines=lines) if lines else refund.Return(cents=body.cents)

"""More faults put in on purpose: identity, and who may touch what is granted."""

from collections.abc import Callable
from typing import Any

import msgspec

replace = msgspec.structs.replace


def gap_accepted() -> None:
    """A push that begins beyond what is there is taken as it is."""
    from sync.ledger import service

    real = service.accept

    async def accept(work: Any, till: Any, request: Any, part: Any) -> Any:
        if request.base_seq > till.acc_seq:
            till = replace(till, acc_seq=request.base_seq, acc_hash=request.base_hash)
        return await real(work, till, request, part)

    service.accept = accept


def reclaim_by_time() -> None:
    """What another till holds is free as soon as time has passed, without its word."""
    from sync.ledger import service
    from sync.ledger.devices import free_slices

    real = service.anchor

    async def anchor(work: Any, till: Any, request: Any) -> Any:
        for other in await work.tx.open_tills():
            if other.dev != till.dev:
                held = await work.tx.held_by(other.dev)
                await free_slices(work, [row for row in held if row.id.startswith("g-")], "time")
        return await real(work, till, request)

    service.anchor = anchor


def draw_after_ticket() -> None:
    """What a ticket draws leaves its slices in a commit of its own, after the ticket's."""
    from sync.till import slices
    from sync.till.errors import NotEnough
    from sync.till.writer import Writer

    real_draw, real_commit = slices.draw, Writer._commit
    waiting: dict[int, list[Any]] = {}

    def draw(connection: Any, draws: Any) -> None:
        waiting.setdefault(id(connection), []).append(tuple(draws))

    def commit(self: Any, job: Any, priority: Any) -> Any:
        for late in waiting.pop(id(self._store.writer), []):
            try:
                real_commit(self, lambda connection, late=late: real_draw(connection, late), priority)
            except NotEnough:
                continue
        return real_commit(self, job, priority)

    slices.draw = draw  # type: ignore[assignment]
    Writer._commit = commit  # type: ignore[method-assign]


def no_fence() -> None:
    """Two lives of one till both go on, and neither side notices."""
    from sync.ledger import accept
    from sync.till import push

    async def go_on(work: Any, till: Any) -> Any:
        return accept.Accepted(till)

    accept._fence = go_on
    push.Push._is_ours = lambda *_: True  # type: ignore[method-assign]


def fifo_again() -> None:
    """The ledger chooses the lots of a redemption once more, first to expire first, whatever the till wrote."""
    from sync.ledger import apply_ticket
    from sync.ledger.books import granted

    def draw(books: Any, draws: Any, target: str, why: Any) -> int:
        missing = 0
        for asset in sorted({one.asset for one in draws}):
            left = sum(one.quantity for one in draws if one.asset == asset)
            mine = [
                (grant, lot)
                for (grant, lot), piece in books.slices.items()
                if piece.rem and books.origin.may_draw(books.grants[grant]) and books.lots[lot].asset == asset
            ]
            for grant, lot in sorted(mine, key=lambda key: books.lots[key[1]].fifo, reverse=True):
                part = min(left, books.in_grant(grant, lot))
                books.move(lot, granted(grant), target, part, why)
                left -= part
            missing += left
        return missing

    apply_ticket.draw = draw


def expiry_takes_granted() -> None:
    """What has lapsed goes out of grants as well, while its till still holds it."""
    from sync.ledger import work
    from sync.ledger.books import EXPIRED, Why, granted

    real = work.expire

    def expire(books: Any, today: Any) -> None:
        real(books, today)
        for (grant, lot), piece in list(books.slices.items()):
            if piece.rem and books.lots[lot].last_day < today:
                books.move(lot, granted(grant), EXPIRED, piece.rem, Why("EXPIRE"))

    work.expire = expire


def restore_without_cap() -> None:
    """Each return gives a redemption back anew, as if it were the first."""
    from sync.ledger import apply_refund

    real = apply_refund.restore

    async def restore(work: Any, books: Any, sale: Any) -> None:
        await real(work, books, replace(sale, given_back=b"{}"))

    apply_refund.restore = restore


def unsent_forgotten() -> None:
    """What was pulled takes the place of what a till has written and not sent."""
    from pos_app.till import member
    from sync.till import journal

    member.entries_after = journal.entries_after = lambda *_: ()  # type: ignore[attr-defined]


def fork_without_remap() -> None:
    """A till that is paired again sends its entries without saying what their lots are called now."""
    from sync.till import again

    again._remap = lambda *_: ()


def fork_keeps_numbers() -> None:
    """A till that is paired again sends whom it enrolled under the number that another copy may have given, too."""
    from sync.till import again

    again._numbers = lambda *_: {}


def void_twice() -> None:
    """Each of two copies may undo the same ticket: what it drew is put back for each of their entries."""
    from sync.ledger import apply
    from sync.ledger import apply_void as voids
    from sync.ledger.apply_void import apply_void
    from sync.ledger.settle import LIVE, VOIDED
    from sync.ledger.taken import Taken

    def taken(postings: Any, ticket: str) -> Taken:
        return Taken([one for one in postings if one.cause != "VOID"], ticket)

    async def void(work: Any, task: Any, body: Any) -> str:
        sale = await work.tx.sale(body.of)
        if sale is not None and sale.state == VOIDED:
            await work.tx.save_sale(replace(sale, state=LIVE))
        return await apply_void(work, task, body)

    apply._HANDLERS["VOID"] = void
    voids.Taken = taken  # type: ignore[assignment, misc]


def claw_elsewhere() -> None:
    """A return takes other lots of the member before the ticket's own."""
    from sync.ledger import apply_void, debits, net
    from sync.ledger.books import AVAILABLE, CLAWED
    from sync.ledger.records import Owed

    real = debits.claw

    def claw(books: Any, lot_id: str, quantity: int, why: Any) -> None:
        lot = books.lots[lot_id]
        others = [one for one in books.free_lots(lot.asset) if one.lot != lot_id]
        part = min(quantity, sum(one.available for one in others))
        debt = books.owe(Owed(0, lot.asset, CLAWED, part, lot_id, why.ticket, why.rule), why)
        for one in others:
            some = min(one.available, books.owed[debt.n].quantity)
            books.move(one.lot, AVAILABLE, CLAWED, some, why)
            books.owed[debt.n] = replace(books.owed[debt.n], quantity=books.owed[debt.n].quantity - some)
        real(books, lot_id, quantity - part, why)

    net.claw = apply_void.claw = claw


def honour_is_a_lot() -> None:
    """What is honoured becomes a lot of its own beside the one that was printed."""
    from sync.ledger import net
    from sync.ledger.books import AVAILABLE, Why

    real = net._honour

    def honour(books: Any, row: Any, quantity: int) -> Any:
        lots = net.lots_of(books, row)
        if lots and quantity > 0:
            name = f"{lots[0].lot}-h{row.settlement}"
            fresh = replace(lots[0], lot=name, quantity=quantity, cause="HONOUR", available=0, granted=0)
            fresh = replace(fresh, burned=0, converted=0, expired=0, clawed=0)
            books.issue(fresh, AVAILABLE, Why("HONOUR", row.ticket, row.rule, row.settlement))
        return real(books, row, quantity)

    net._honour = honour


def ratchet_without_previous() -> None:
    """Only the last ratchet is good: a lost answer looks like a copy."""
    from sync.ledger import accept

    real = accept._turn_ratchet

    def turn(work: Any, till: Any, request: Any) -> Any:
        return real(work, till, request) if request.ratchet == till.ratchet else None

    accept._turn_ratchet = turn


def any_nonce() -> None:
    """The ratchet before the last is good whoever uses it."""
    from sync.ledger import accept

    real = accept._turn_ratchet

    def turn(work: Any, till: Any, request: Any) -> Any:
        again = till.ratchet_prev and request.ratchet == till.ratchet_prev
        return till if again else real(work, till, request)

    accept._turn_ratchet = turn


def quarantine_blocks() -> None:
    """An entry that cannot be read stops its till."""
    from sync.ledger import batch
    from sync.ledger.apply import QUARANTINED

    real = batch.apply

    async def apply(work: Any, row: Any, store: str) -> Any:
        done = await real(work, row, store)
        if done[0] == QUARANTINED:
            raise OSError("put aside")
        return done

    batch.apply = apply


def reserialised() -> None:
    """The ledger hashes entries as it would write them, not as they were written."""
    from sync.entry import decode, encode
    from sync.ledger import part

    real = part.link
    part.link = lambda base, entries: real(base, [encode(decode(data)) for data in entries])


def clock_in_auth() -> None:
    """A request from a wall clock five minutes off is refused."""
    from sync.ledger.caller import LedgerRefusal
    from sync.ledger.service import Ledger

    real = Ledger.push

    async def push(self: Any, device: Any, request: Any, *turn: Any) -> Any:
        if abs(request.wall_ms - self.now_ms()) > 300_000:
            raise LedgerRefusal("bad_request", "The request is too old.")
        return await real(self, device, request, *turn)

    Ledger.push = push  # type: ignore[method-assign]


def copy_is_given() -> None:
    """Whoever asks in a till's name is sent its grants, though another life of it has been heard since."""
    from sync.ledger import holds, pull

    holds.is_heard = pull.is_heard = lambda *_: True


def netting_per_ticket() -> None:
    """What is promised and what is given is compared ticket by ticket, not over the period of the rules."""
    from sync.ledger import net

    net.netted = list


def one_more_topped_up() -> None:
    """Each time something is topped up, it is one unit more than it must be."""
    from sync.ledger import net

    real = net.netted
    net.netted = lambda gaps: [part + 1 if part > 0 else part for part in real(gaps)]


def cursor_by_sequence() -> None:
    """On PostgreSQL a change has its position before its transaction is committed."""
    from sync.ledger.postgres import PostgresTransaction

    async def log_many(self: Any, bucket: str, keys: Any) -> None:
        for key in keys:
            row = bucket, key, await self.advance("pos", 1)
            await self._do(
                "INSERT INTO bucket_log (bucket, key, pos) VALUES (?, ?, ?) "
                "ON CONFLICT (bucket, key) DO UPDATE SET pos = excluded.pos",
                row,
            )

    PostgresTransaction.log_many = log_many  # type: ignore[method-assign]


def receipt_kept_by_undone() -> None:
    """After an undo all receipts of the whole batch are reserved again: the undone ticket's is its own once more."""
    from sync.ledger import batch, service
    from sync.ledger.held_rows import HeldRows

    real, real_all, touched = HeldRows._read, batch.apply_all, batch.touched
    named: list[Any] = []

    async def apply_all(work: Any, rows: Any, store: str) -> Any:
        named[:] = [touched(rows)]
        return await real_all(work, rows, store)

    async def read(self: Any, rows: Any) -> None:
        if named[0].receipts:
            await self._tx.reserve_receipts(named[0].receipts)
        await real(self, rows)

    batch.apply_all = service.apply_all = apply_all
    HeldRows._read = read  # type: ignore[method-assign]


def debt_of_another_asset() -> None:
    """What comes back lifts any debt of the same rule and ticket, of whatever asset."""
    from sync.ledger.books import Books

    Books.debts = lambda self, ticket, rule, _, bucket: [  # type: ignore[method-assign]
        debt for debt in self.owed.values() if (debt.ticket, debt.rule, debt.bucket) == (ticket, rule, bucket)
    ]


def slice_of_another() -> None:
    """An undo puts back into a slice what another ticket has drawn from it."""
    from sync.ledger.debits import put_back
    from sync.ledger.taken import Taken

    Taken.to_slices = lambda self, *draws: put_back(*draws)  # type: ignore[method-assign]


MORE: tuple[Callable[[], None], ...] = (
    gap_accepted,
    reclaim_by_time,
    draw_after_ticket,
    no_fence,
    fifo_again,
    expiry_takes_granted,
    restore_without_cap,
    unsent_forgotten,
    fork_without_remap,
    fork_keeps_numbers,
    void_twice,
    claw_elsewhere,
    honour_is_a_lot,
    ratchet_without_previous,
    any_nonce,
    quarantine_blocks,
    reserialised,
    clock_in_auth,
    copy_is_given,
    netting_per_ticket,
    one_more_topped_up,
    receipt_kept_by_undone,
    debt_of_another_asset,
    slice_of_another,
    cursor_by_sequence,
)

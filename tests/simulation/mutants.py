"""Faults put in on purpose: `run.py --mutant NAME` must fail soon, else the simulation does not look there."""

from collections.abc import Callable
from typing import Any

import msgspec

from tests.simulation.mutants_more import MORE
from tests.simulation.mutants_rare import JOBS, RARE
from tests.simulation.mutants_recovery import RECOVERED


def ack_before_commit() -> None:
    """A push is acknowledged although its transaction was undone."""
    from sync.ledger import service

    real_push, real_answer = service.Ledger.push, service.PushAnswer
    said: list[Any] = []

    def answer(**fields: Any) -> Any:
        said[:] = [real_answer(**fields)]
        return said[0]

    async def push(self: Any, device: Any, request: Any, *turn: Any) -> Any:
        try:
            return await real_push(self, device, request, *turn)
        except OSError:
            return said[0]

    service.PushAnswer = answer  # type: ignore[assignment,misc]
    service.Ledger.push = push  # type: ignore[method-assign]


def no_dedup() -> None:
    """An entry that comes again is applied again."""
    from sync.ledger import apply, service
    from sync.ledger.held_rows import HeldRows
    from sync.ledger.sql_accounts import SqlAccounts

    real_accept, real_ticket = service.accept, apply.apply_ticket

    async def accept(work: Any, till: Any, request: Any, part: Any) -> Any:
        taken = await real_accept(work, till, request, part)
        if taken.rows or taken.fence or taken.expected_seq:
            return taken
        seqs = range(request.base_seq + 1, request.base_seq + len(request.entries) + 1)
        rows = [await work.tx.inbox(till.dev, till.inc, seq) for seq in seqs]
        return msgspec.structs.replace(taken, rows=tuple(row for row in rows if row is not None))

    async def ticket(work: Any, task: Any, body: Any) -> str:
        real, first = work.tx.sale, [True]

        async def sale(name: str) -> Any:
            return None if first and first.pop() else await real(name)

        work.tx.sale = sale
        try:
            return await real_ticket(work, task, body)
        finally:
            del work.tx.sale

    async def always(*_: Any) -> bool:
        return True

    service.accept = accept
    apply._HANDLERS["TICKET"] = ticket
    HeldRows.mark_applied = SqlAccounts.mark_applied = always  # type: ignore[method-assign,assignment]


def grants_again() -> None:
    """A till credits a grant each time it arrives."""
    from sync.till import push, slices

    real = slices.receive

    def receive(connection: Any, grants: Any) -> int:
        for grant in grants:
            connection.execute(
                "UPDATE slice SET quantity = quantity + ? WHERE grant_id = ?",
                (grant.slices[0].quantity, grant.id),
            )
        return real(connection, grants)

    push.receive = receive


def void_frees_nothing() -> None:
    """An undo leaves what the ticket drew drawn."""
    from sync.till import slices

    slices.undraw = lambda *_: None


def void_ignored_at_centre() -> None:
    """The ledger does not put back what a voided ticket drew."""
    from sync.ledger.taken import Taken

    Taken.to_slices = lambda *_: 0  # type: ignore[method-assign]


def draws_stay() -> None:
    """What a ticket draws stays in its slices."""
    from sync.till import slices

    slices.draw = lambda *_: None


def honour_dropped() -> None:
    """A promise that settlement does not give is taken back."""
    from sync.ledger import net

    real = net._post

    async def all_taken(work: Any, books: Any, row: Any, back: int, earned: int, part: int, _: int) -> Any:
        return await real(work, books, row, back, earned, part, max(0, -part))

    net._post = all_taken


def late_not_settled() -> None:
    """A late ticket does not settle the tickets after it again."""
    from sync.ledger.held_rows import HeldRows
    from sync.ledger.sql_sales import SqlSales

    def first(real: Any) -> Any:
        async def sales_from(self: Any, member: int, order: str) -> Any:
            return (await real(self, member, order))[:1]

        return sales_from

    for place in (SqlSales, HeldRows):
        place.sales_from = first(place.sales_from)  # type: ignore[method-assign]


def foreign_stamps() -> None:
    """A till fills a card although some of its stamps are not here."""
    from rules.conversions import Conversion

    Conversion.times = lambda self, units: -(-units // self.need) if units > self.need - 4 else 0  # type: ignore[method-assign]


def nonce_forgotten() -> None:
    """A push is not told from a copy's after a restart: its nonce was not stored before it was sent."""
    from sync.till.push import Push

    def begin(self: Any, connection: Any) -> Any:
        from sync.till.cursors import sync_state

        return msgspec.structs.replace(sync_state(connection), nonce=self._random(16).hex())

    Push._begin = begin  # type: ignore[method-assign]


def no_repay() -> None:
    """What comes in repays no debt."""
    from sync.ledger import work

    work.credit = lambda _: None


def restore_at_once() -> None:
    """A refund gives redemptions back while the seller may still undo the ticket."""
    from sync.ledger import apply_refund

    async def yes(*_: Any) -> bool:
        return True

    apply_refund._seller_went_on = yes


def cursor_ahead() -> None:
    """A till notes how far it pulled without keeping, now and then, what it pulled."""
    from sync.till.pull import Pull

    def nothing(self: Any, answer: Any) -> None:
        if len(answer.members) % 3 == 0:
            real(self, answer)

    real = Pull._store_rows
    Pull._store_rows = nothing  # type: ignore[method-assign]


def recall_frees() -> None:
    """A lease that is asked back is free at once, without the till's word."""
    from sync.ledger import grants, holds, leases
    from sync.ledger.books import AVAILABLE, Books, Origin, Why, granted

    real = grants.recall

    async def recall(work: Any, grant: Any) -> None:
        await real(work, grant)
        data = await work.tx.member_data(grant.member)
        books = Books(data, Origin(0, 0, 0, data.lots[0].earned_on))
        for piece in [one for one in data.slices if one.id == grant.id and one.rem]:
            books.move(piece.lot, granted(grant.id), AVAILABLE, piece.rem, Why("RETURN"))
        await work.tx.save_data(books.changes())

    for place in (grants, holds, leases):
        place.recall = recall  # type: ignore[attr-defined]


def lease_not_debited() -> None:
    """What is leased to a till stays free at the centre as well."""
    from sync.ledger import grants

    real = grants.issue

    async def issue(work: Any, till: Any, books: Any, kind: str, *rest: Any) -> Any:
        before = dict(books.lots)
        done = await real(work, till, books, kind, *rest)
        if kind == "lease":
            for name, lot in before.items():
                moved = lot.available - books.lots[name].available
                books.lots[name] = msgspec.structs.replace(
                    books.lots[name],
                    available=lot.available,
                    quantity=books.lots[name].quantity + moved,
                )
        return done

    from sync.ledger import leases, shares

    leases.issue = shares.issue = issue  # type: ignore[attr-defined]


def floor_unlimited() -> None:
    """Beyond its grants a till gives whatever the member is known to own."""
    from sync.floors import Floors
    from sync.till import floors

    real, most = floors.limits, 10**9
    floors.limits = lambda conn: Floors(most, most, most) if real(conn).on else Floors()


def floor_each_ticket() -> None:
    """A till does not count what it has given beyond its grants since its last contact: each ticket is the first."""
    from sync.floors import Taken
    from sync.till import floors

    floors.taken = lambda *_: Taken(0, 0)


def move_not_debited() -> None:
    """What goes to the till next door stays here as well."""
    from types import SimpleNamespace

    from sync.till import moves

    moves.slices = SimpleNamespace(**{**vars(moves.slices), "draw": lambda *_: None})  # type: ignore[assignment]


def cap_alone() -> None:
    """A till goes by a member's cap alone, whatever its share is."""
    from pos_app.till import worth

    worth.allowed_here = lambda *_: None


def number_given_again() -> None:
    """A till gives the last number of its block out once more."""
    from sync.sqlite_driver import Connection
    from sync.till import numbers_store

    take = numbers_store.take

    def stays(connection: Connection, kind: str) -> int:
        number = take(connection, kind)
        connection.execute(
            "UPDATE number_block SET next = ? WHERE kind = ? AND next = ?", (number, kind, number + 1)
        )
        return number

    numbers_store.take = stays


MUTANTS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        ack_before_commit,
        no_dedup,
        grants_again,
        void_frees_nothing,
        void_ignored_at_centre,
        draws_stay,
        honour_dropped,
        late_not_settled,
        foreign_stamps,
        nonce_forgotten,
        no_repay,
        restore_at_once,
        cursor_ahead,
        recall_frees,
        lease_not_debited,
        move_not_debited,
        floor_unlimited,
        floor_each_ticket,
        cap_alone,
        number_given_again,
        *MORE,
        *RECOVERED,
        *RARE,
        *JOBS,
    )
}

"""Faults that the rare events are there for: clocks, further cards, counted gifts, damaged disks."""

from typing import Any

import msgspec


def dated_by_wall() -> None:
    """The ledger goes by the wall clock within a boot, too."""
    from sync.ledger.sold import SoldTimes

    SoldTimes._begun = lambda *_: None  # type: ignore[method-assign]


def linked_card_kept() -> None:
    """A till keeps a card that it gave to somebody, whatever the ledger says of that member."""
    from sync.till import members

    def add_card(connection: Any, _identity: Any, token: bytes, member: int) -> None:
        connection.execute("INSERT OR REPLACE INTO card VALUES (?, ?)", (token, member))

    members.add_card = add_card


def linked_not_settled() -> None:
    """What a card bought before it was linked is settled only if nothing before it is as it was."""
    from sync.ledger import members, settle

    members.replay = lambda work, books, order, **_: settle.replay(work, books, order)  # type: ignore[attr-defined]


def gift_beyond_share() -> None:
    """A till hands out counted gifts whether it has a share of them or not."""
    from pos_app.till import close, worth

    real, held = close.take, worth.stock_here

    def take(conn: Any, programme: Any, store: str, drawn: Any, *rest: Any) -> Any:
        return real(conn, programme, store, {k: n for k, n in drawn.items() if k[:5] != "gift:"}, *rest)

    close.take = take  # type: ignore[attr-defined]
    worth.stock_here = lambda *known: {**held(*known), "gift:shop.mug": 9}  # type: ignore[attr-defined]


def salvage_without_keys() -> None:
    """Of a damaged till only what its last key has signed is believed."""
    from sync.till import salvage

    salvage._former_keys = lambda _: ()


def moved_births_kept() -> None:
    """A till keeps what it gave to the wrong member, and can spend it, when the ticket moves."""
    from pos_app.till import moving

    moving.own_lots = lambda *_: ()  # type: ignore[attr-defined]


def moved_by_anybody() -> None:
    """Whoever shows the receipt takes a ticket away from whose it is."""
    from sync.ledger import apply_moved

    real = msgspec.structs.replace

    async def yes(*_: Any) -> bool:
        return True

    async def leave(work: Any, task: Any, sale: Any, to: int) -> Any:
        return await left(work, real(task, row=real(task.row, dev=sale.dev)), sale, to)

    left, apply_moved._leave, apply_moved._is_whose = apply_moved._leave, leave, yes


def adjust_takes_what_is_there() -> None:
    """What a manager takes is never owed: less is taken where there is less."""
    from sync.ledger import apply_adjust

    real = apply_adjust.debit_unsecured

    def debit(books: Any, debt: Any, *rest: Any) -> None:
        free = sum(lot.available for lot in books.free_lots(debt.asset))
        real(books, msgspec.structs.replace(debt, quantity=min(debt.quantity, free)), *rest)

    apply_adjust.debit_unsecured = debit  # type: ignore[attr-defined]


def reward_back_forgotten() -> None:
    """A reward that came back by itself gives nothing back."""
    from sync.ledger import apply_refund

    async def none(*_: Any) -> set[str]:
        return set()

    apply_refund._brought = none


def found_card_stays_blocked() -> None:
    """The first word about a card is the last one."""
    from sync.ledger.sql_cards import SqlCards

    real = SqlCards.save_blocked

    async def save(self: Any, member: int, row: Any, order: str) -> bool:
        return False if row.why == "found" else await real(self, member, row, order)

    SqlCards.save_blocked = save  # type: ignore[method-assign]


RARE = (dated_by_wall, linked_card_kept, linked_not_settled, gift_beyond_share, salvage_without_keys)
JOBS = (
    moved_births_kept,
    moved_by_anybody,
    adjust_takes_what_is_there,
    reward_back_forgotten,
    found_card_stays_blocked,
)

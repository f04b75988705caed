"""Faults that the rare events are there for: clocks, further cards, counted gifts, damaged disks."""

from typing import Any


def dated_by_wall() -> None:
    """The ledger goes by the wall clock within a boot, too."""
    from sync.ledger.sold import SoldTimes

    SoldTimes._begin = lambda *_: None  # type: ignore[method-assign]


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


RARE = (dated_by_wall, linked_card_kept, linked_not_settled, gift_beyond_share, salvage_without_keys)

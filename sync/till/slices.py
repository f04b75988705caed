"""The grants this till holds: what it may spend with nobody's leave (ledger-and-sync.md 4.1).

Which slices pay a debit is chosen in `sync.grants`; here they are kept, drawn and given back. Nothing goes below
zero: the table itself refuses it.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from sync.entry import Draw, Slice
from sync.granted import MOVED
from sync.grants import BIRTH, HOLD, LEASE, HeldSlice
from sync.sqlite_driver import Connection
from sync.till.errors import NotEnough
from sync.wire import Grant

# Columns in the order of HeldSlice.
_OF_MEMBER = (
    "SELECT grant_id, kind, asset, lot, quantity, last_day, available_on, ticket, earned_on, place"
    " FROM slice WHERE member = ? AND quantity > 0"
)
_ADD = (
    "INSERT INTO slice(grant_id, kind, asset, lot, quantity, last_day, available_on, ticket, earned_on, place,"
    " member, born_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Returnable(msgspec.Struct, frozen=True):
    """A grant that can be given back now; `member` is 0 where it is not known here whose it is."""

    grant: str
    kind: str
    member: int
    ticket: str


def holder_of(member: int | str) -> int:
    """Under which number slices are kept: the member's id, or below zero for the keyed hash of a card.

    What an unknown card earned is a grant to this till as well; nothing is spent of it, it only goes back.
    """
    return member if isinstance(member, int) else -int.from_bytes(bytes.fromhex(member)[:6], "big") - 1


def last_gno(connection: Connection) -> int:
    """Number of the last grant of the ledger's stream that this till has applied."""
    return int(connection.execute("SELECT last_gno FROM mark").fetchone()[0])


def receive(connection: Connection, grants: Sequence[Grant]) -> int:
    """Apply grants in the order of their stream: the next number only, so a replay credits nothing.

    Returns the last number applied.
    """
    last = last_gno(connection)
    for grant in sorted(grants, key=lambda one: one.gno):
        if grant.gno != last + 1:
            continue
        last = grant.gno
        data = msgspec.msgpack.encode(grant)
        connection.execute("INSERT INTO grant_received VALUES (?, ?, ?)", (grant.gno, grant.id, data))
        lend(connection, grant.member, grant.id, grant.slices, grant.kind, grant.ticket)
    connection.execute("UPDATE mark SET last_gno = ?", (last,))
    return last


def lend(
    connection: Connection,
    member: int,
    grant: str,
    pieces: Sequence[Slice],
    kind: str = LEASE,
    ticket: str = "",
) -> None:
    """These slices are this till's to spend from now on."""
    for place, piece in enumerate(pieces):
        held = HeldSlice(
            grant=grant,
            kind=kind,
            asset=piece.asset,
            lot=piece.lot,
            quantity=piece.quantity,
            last_day=piece.last_day,
            available_on=date.min,
            ticket=ticket,
            place=place,
        )
        _insert(connection, member, held, born_seq=0)


def received_after(connection: Connection, gno: int, most: int) -> tuple[Grant, ...]:
    """The first grants of the ledger's stream after number `gno`, exactly as they were signed, at most `most`."""
    rows = connection.execute(
        "SELECT data FROM grant_received WHERE gno > ? ORDER BY gno LIMIT ?", (gno, most)
    )
    return tuple([msgspec.msgpack.decode(data, type=Grant) for (data,) in rows])


def birth(
    connection: Connection,
    member: int,
    *,
    lot: str,
    asset: str,
    quantity: int,
    last_day: date,
    available_on: date,
    earned_on: date,
    ticket: str,
) -> None:
    """A contribution promised here is at once a grant to this till, named after its lot.

    `earned_on` is the business date. What only becomes available later is no birth grant (ledger-and-sync.md 3): that
    is the caller's to know.
    """
    held = HeldSlice(
        grant=lot,
        kind=BIRTH,
        asset=asset,
        lot=lot,
        quantity=quantity,
        last_day=last_day,
        available_on=available_on,
        ticket=ticket,
        earned_on=earned_on,
    )
    keep_birth(connection, member, held)


def keep_birth(connection: Connection, member: int, held: HeldSlice) -> None:
    """A birth grant to this till, with what is left of it."""
    _insert(connection, member, held, born_seq=int(held.lot.split("-")[2]))


def slices_of(connection: Connection, member: int) -> tuple[HeldSlice, ...]:
    """What this till holds of the member's assets, quantities above 0 only."""
    return tuple(_held(row) for row in connection.execute(_OF_MEMBER, (member,)))


def given_since(connection: Connection, member: int, pos: int) -> tuple[HeldSlice, ...]:
    """What this till holds of the member in grants that the ledger made at position `pos` of its log or after it."""
    held = [piece for piece in slices_of(connection, member) if piece.kind != BIRTH]
    fresh = {name for name in {piece.grant for piece in held} if _issued(connection, name) >= pos}
    return tuple([piece for piece in held if piece.grant in fresh])


def _issued(connection: Connection, grant: str) -> int:
    """The position at which the ledger made a grant; -1 for one that came from next door."""
    number = grant.rpartition("-")[2]
    row = connection.execute(
        "SELECT data FROM grant_received WHERE gno = ? AND id = ?",
        (number if number.isdigit() else -1, grant),
    ).fetchone()
    return -1 if row is None else msgspec.msgpack.decode(row[0], type=Grant).issued_pos


def member_of_lot(connection: Connection, lot: str) -> int | None:
    """The member whose `lot` this till holds something of; None where it holds nothing."""
    row = connection.execute(
        "SELECT member FROM slice WHERE lot = ? AND member > 0 AND quantity > 0", (lot,)
    ).fetchone()
    return None if row is None else int(row[0])


def draw(connection: Connection, draws: Iterable[Draw]) -> None:
    """Take units out of slices, in the job that journals why. Raises NotEnough; the job must then fail whole."""
    for one in draws:
        changed = connection.execute(
            "UPDATE slice SET quantity = quantity - :n"
            " WHERE grant_id = :grant AND lot = :lot AND asset = :asset AND quantity >= :n AND :n >= 0",
            {"n": one.quantity, "grant": one.grant, "lot": one.lot, "asset": one.asset},
        )
        if changed.rowcount != 1:
            raise NotEnough(f"less than {one.quantity} {one.asset} is held here: choose the reward again")


def undraw(connection: Connection, draws: Iterable[Draw]) -> None:
    """Put what a voided ticket drew back into the same slices. Raises NotEnough when a slice is gone."""
    for one in draws:
        changed = connection.execute(
            "UPDATE slice SET quantity = quantity + ? WHERE grant_id = ? AND lot = ? AND asset = ?",
            (one.quantity, one.grant, one.lot, one.asset),
        )
        if changed.rowcount != 1:
            raise NotEnough("a grant this ticket drew on is given back already: make a return instead")


def remove_birth(connection: Connection, lot: str) -> int:
    """Take a voided ticket's contribution out of its birth grant; returns how many units were left in it."""
    row = connection.execute(
        "DELETE FROM slice WHERE grant_id = ? AND kind = ? RETURNING quantity", (lot, BIRTH)
    ).fetchall()
    return sum(quantity for (quantity,) in row)


def recall(connection: Connection, grants: Iterable[str]) -> None:
    """Note the grants that the ledger asks back: all that it waits for now."""
    connection.execute("DELETE FROM recall")
    connection.executemany("INSERT OR IGNORE INTO recall VALUES (?)", [(grant,) for grant in grants])


def returnable(connection: Connection, accepted_seq: int, open_ticket: str = "") -> tuple[Returnable, ...]:
    """Grants with something left that may go back: births whose entry the ledger has, holds of no open ticket.

    Leases go back when they are recalled, those too that moved here and never came.

    `accepted_seq` is the last accepted entry, less a ticket that can still be undone. Give `open_ticket` to keep
    the hold of the basket that is being rung up.
    """
    rows = connection.execute(
        "SELECT DISTINCT grant_id, kind, member, ticket FROM slice WHERE quantity > 0"
        " AND (kind = ? AND born_seq <= ? OR kind = ? AND ticket <> ?"
        " OR kind = ? AND grant_id IN (SELECT grant_id FROM recall)) ORDER BY grant_id",
        (BIRTH, accepted_seq, HOLD, open_ticket, LEASE),
    ).fetchall()
    rows += connection.execute(
        "SELECT grant_id, ?, 0, '' FROM recall WHERE substr(grant_id, 1, 2) = ?"
        " AND grant_id NOT IN (SELECT grant_id FROM moved_in) ORDER BY grant_id",
        (LEASE, MOVED),
    ).fetchall()
    return tuple(Returnable(*row) for row in rows)


def holds_of(connection: Connection, ticket: str) -> tuple[Returnable, ...]:
    """The holds asked for `ticket` with something left: to give back at its close or cancel."""
    rows = connection.execute(
        "SELECT DISTINCT grant_id, kind, member, ticket FROM slice WHERE quantity > 0 AND kind = 'hold' AND ticket = ?"
        " ORDER BY grant_id",  # the kind stands in the text, or the index of holds would not be used
        (ticket,),
    )
    return tuple(Returnable(*row) for row in rows)


def give_back(connection: Connection, grant: str) -> tuple[Slice, ...]:
    """Empty a grant and return what was in it; the same job must journal that as GRANT_RETURN.

    The empty slices stay until `forget_spent`: an undo puts back into them what the ticket drew before.
    """
    rows = connection.execute(
        "SELECT asset, lot, quantity, last_day FROM slice WHERE grant_id = ? AND quantity > 0 ORDER BY place, lot",
        (grant,),
    ).fetchall()
    connection.execute("UPDATE slice SET quantity = 0 WHERE grant_id = ?", (grant,))
    if grant.startswith(MOVED):  # should it come after all, it is not taken any more
        connection.execute("INSERT OR IGNORE INTO moved_in VALUES (?, 0, x'')", (grant,))
    return tuple(Slice(asset, lot, quantity, date.fromisoformat(day)) for asset, lot, quantity, day in rows)


def forget_spent(connection: Connection) -> None:
    """Drop slices that are used up. Only when no ticket can be undone any more: an undo refills them."""
    connection.execute("DELETE FROM slice WHERE quantity = 0")


def _insert(connection: Connection, member: int, held: HeldSlice, *, born_seq: int) -> None:
    connection.execute(
        _ADD,
        (
            held.grant,
            held.kind,
            held.asset,
            held.lot,
            held.quantity,
            held.last_day.isoformat(),
            held.available_on.isoformat(),
            held.ticket,
            held.earned_on.isoformat(),
            held.place,
            member,
            born_seq,
        ),
    )


def _held(row: tuple[str, str, str, str, int, str, str, str, str, int]) -> HeldSlice:
    grant, kind, asset, lot, quantity, last_day, available_on, ticket, earned_on, place = row
    return HeldSlice(
        grant=grant,
        kind=kind,
        asset=asset,
        lot=lot,
        quantity=quantity,
        last_day=date.fromisoformat(last_day),
        available_on=date.fromisoformat(available_on),
        ticket=ticket,
        earned_on=date.fromisoformat(earned_on),
        place=place,
    )

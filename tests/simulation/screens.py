"""What the screens of tills show at some moment, and that it is true (ledger-and-sync.md 4.8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pos_app.till.moment import now
from pos_app.till.view import Status, View
from rules.account import POINTS
from sync.entry import AdjustBody, Draw, MoveTicketBody, RefundBody, TicketBody, VoidBody, body_of
from sync.remap import parse_lot
from sync.till import members, slices
from sync.till.cursors import sync_state
from sync.till.journal import entries_after, entries_of, hash_at
from tests.simulation.sold import Wrong

if TYPE_CHECKING:
    from tests.simulation.counter import Counter
    from tests.simulation.world import World

TEXTS = (
    ("OFFLINE", "off line"),
    ("held at another till", "part held elsewhere"),
    ("confirmed", "confirmed"),
    ("not known here", "card not known"),
    ("asking", "asking the ledger"),
)


def look(world: World) -> None:
    """Look at every screen; count what they show. Raises Wrong for one that promises what is not there."""
    for counter in world.counters:
        view = counter.till.view()
        for what in _states(view):
            world.count(f"screen: {what}")
        _check(counter, view)
        _check_own(world, counter)


def _states(view: View) -> Iterator[str]:
    yield view.stage.value
    yield from _of_status(view.status)
    if view.notice is not None:
        yield view.notice.level.value
    member = view.member
    if member is not None:
        yield next((name for text, name in TEXTS if text in member.freshness), "member")
        if member.owed:
            yield "member owes"


def _of_status(status: Status) -> Iterator[str]:
    yield "on line" if status.online else "no contact"
    if status.waiting:
        yield "tickets not sent"
    if not status.clock_trusted:
        yield "clock in doubt"
    if status.reason:
        yield "reason for no contact"


def _check(counter: Counter, view: View) -> None:
    """Off line nobody is shown more than this till holds."""
    member = view.member
    state = counter.till.state
    who = state.basket.who if state.basket is not None else None
    if member is None or who is None or who.member is None or view.status.online:
        return
    held = slices.slices_of(counter.store.reader(), who.member)
    most = sum(piece.quantity for piece in held if piece.asset == POINTS)
    if member.usable > most:
        raise Wrong(f"{counter.name} shows {member.usable} usable off line and holds {most}")


def _check_own(world: World, counter: Counter) -> None:
    """What this till has given and the ledger's row does not hold is part of what it shows, whatever was pulled.

    A row that has in it what another disk of this life wrote under the same numbers tells a till nothing of its own.
    """
    conn = counter.store.reader()
    rows = conn.execute(
        "SELECT member, asset, own_seq, sum(quantity) FROM slice JOIN profile USING (member) WHERE kind = 'birth'"
        " AND quantity > 0 AND born_seq > max(?, own_seq) AND last_day > ? GROUP BY member, asset",
        (sync_state(conn).accepted_seq, now(counter.till.parts).bdate.isoformat()),
    )
    account_of = cache(counter.account)
    for member, asset, own_seq, units in rows.fetchall():
        account = account_of(member)
        if account is None or account.deficit.get(asset):
            continue
        short = account.balance.get(asset, 0) + _owed_here(world, counter, member, asset, own_seq) < units
        if short and not _is_of_another_disk(world, counter, own_seq):
            raise Wrong(
                f"{counter.name} has given member {member} {units} {asset} and shows {account.balance}"
            )


def _is_of_another_disk(world: World, counter: Counter, seq: int) -> bool:
    """Whether the ledger has another entry of this life than this disk has in the place `seq`."""
    who = counter.who
    known = world.house.read(lambda tx: tx.hashes(who.dev, who.inc, seq, seq))
    mine = hash_at(counter.store.reader(), seq) if seq else None
    return mine is not None and seq in known and known[seq] != mine


def _owed_here(world: World, counter: Counter, member: int, asset: str, own_seq: int) -> int:
    """What this till's entries since then took and did not find: it counts against whatever is given.

    Returns and moves that find too little, and what tickets gave beyond grants (4.6) and beyond what the row says there
    is: that may have been spent elsewhere, too, and the row have come after them. So may what it drew of
    grants that were freed because it was written off, and the stamps of a card that a
    ticket of a former life filled, which another disk of that life had, too; it may have moved the same ticket, too.
    """
    conn = counter.store.reader()
    own = [(entry, body_of(entry)) for entry in entries_after(conn, member, own_seq)]
    bodies = [body for _, body in own]
    undone = {body.of for body in bodies if isinstance(body, VoidBody)}
    claws = [claw for body in bodies if isinstance(body, RefundBody) for claw in body.claws]
    missed = sum(
        claw.quantity - sum(draw.quantity for draw in claw.draws) for claw in claws if claw.asset == asset
    )
    stay = [body for entry, body in own if isinstance(body, TicketBody) and entry.ticket not in undone]
    burns = [burn for body in stay for burn in body.burns if burn.asset == asset]
    beyond = sum(burn.unsecured for burn in burns)
    births = {(entry.dev, entry.inc, entry.seq) for entry, _ in own}
    draws = [draw for burn in burns for draw in burn.draws]
    older = sum(draw.quantity for draw in draws if (parse_lot(draw.lot) or ())[:3] not in births)
    row = members.load(conn, counter.who, member)
    there = 0 if row is None else row.account.balance.get(asset, 0) - _lapsed(counter, row, asset)
    by_hand = [body.quantity for body in bodies if isinstance(body, AdjustBody) and asset == POINTS]
    missed -= sum(quantity for quantity in by_hand if quantity < 0)
    away = {entry.ticket for entry, body in own if isinstance(body, MoveTicketBody)}
    # what they gave may also have become a free item at the centre, which stands without them
    turned = sum(_given(counter, asset, ticket) for ticket in away if ticket) - there
    missed += max(turned, sum(_owed_for(counter, member, asset, ticket) for ticket in away))
    again = [body for entry, body in own if body in stay and isinstance(body, TicketBody) and entry.orig]
    filled = _quantity([draw for body in again for card in body.converted for draw in card.draws], asset)
    missed += max(0, filled - there)
    gone = {e.ticket for e, body in own if isinstance(body, MoveTicketBody) and not counter.alone}
    missed += sum(_given(counter, asset, ticket) for ticket in gone if ticket)
    freed = counter.who.dev in world.lives.written_off
    return missed + (max(0, beyond + older - there) if beyond or freed else 0)


def _lapsed(counter: Counter, row: members.Known, asset: str) -> int:
    """What the row names and has lapsed since: no later debt is paid by it."""
    today = now(counter.till.parts).bdate
    return sum(one.quantity for one in row.account.holdings if one.asset == asset and one.last_day < today)


def _given(counter: Counter, asset: str, ticket: str) -> int:
    """What a ticket had given."""
    bodies = [body_of(entry) for entry in entries_of(counter.store.reader(), ticket)]
    sold = [body for body in bodies if isinstance(body, TicketBody)]
    return sum(one.quantity for body in sold[:1] for one in body.promised if one.asset == asset)


def _owed_for(counter: Counter, member: int, asset: str, moved: str | None) -> int:
    """What a ticket that moved away had given and others of the member's had drawn, which stand without it.

    And of a card that it had filled the stamps of what was used of that.
    """
    every = [(entry, body_of(entry)) for entry in entries_after(counter.store.reader(), member, 0)]
    undone = {body.of for _, body in every if isinstance(body, VoidBody)}
    sold = [(e, body) for e, body in every if isinstance(body, TicketBody) and e.ticket not in undone]
    others = [body for entry, body in sold if entry.ticket != moved]
    burned = [draw for body in others for burn in body.burns for draw in burn.draws]
    drawn = burned + [draw for body in others for card in body.converted for draw in card.draws]
    owed = 0
    for entry, body in sold:
        if entry.ticket != moved:
            continue
        born = (entry.dev, entry.inc, entry.seq)
        owed += _quantity([draw for draw in drawn if (parse_lot(draw.lot) or ())[:3] == born], asset)
        for card in body.converted:
            used = _quantity([draw for draw in burned if (parse_lot(draw.lot) or ())[:3] == born], card.asset)
            owed += _quantity(card.draws, asset) * used // card.quantity
    return owed


def _quantity(draws: Sequence[Draw], asset: str) -> int:
    return sum(draw.quantity for draw in draws if draw.asset == asset)

"""What the rules give ticket by ticket, and what a member has of it when it is netted as tickets arrive."""

from __future__ import annotations

import datetime
from bisect import bisect
from collections import Counter as Tally
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from rules.account import Account
from rules.calendar import scope_key, store_time
from rules.decision import Burn
from rules.evaluate import evaluate
from rules.fold import fold
from rules.kinds.tiers import TIERS, lowered
from rules.netting import scope_of
from rules.programme.model import Programme
from rules.refund import target
from rules.ticket import Ticket
from sync.entry import TicketBody
from sync.ledger.port import Transaction
from sync.ledger.records import InboxRow
from sync.ledger.settle import Sold as LedgerSold
from tests.simulation.sold import Found, Sold, was_there

if TYPE_CHECKING:
    from tests.simulation.world import World

Figures = dict[tuple[str, str, str], int]
"""Units by ticket, rule and asset."""
Scope = tuple[str, str]
"""Asset and period."""


def settle(one: Sold, account: Account, programme: Programme) -> tuple[Account, Figures]:
    """Replay one ticket in order of sale; what the rules give it."""
    ticket_id = one.entry.ticket or ""
    if one.out:
        return account, {}
    at = datetime.datetime.fromtimestamp(one.order[0] / 1000, datetime.UTC)
    moment = store_time(at, programme.header.timezone, programme.header.business_day_ends)
    event = one.body.event if isinstance(one.body, LedgerSold) else None
    ticket = Ticket(ticket_id, one.body.lines, moment.bdate, moment.minute, one.body.store, event=event)
    burns = tuple(Burn(b.rule, b.asset, b.quantity, b.steps, b.cents, b.allocation) for b in one.body.burns)
    decision = evaluate(ticket, account, programme, burns=burns, stock=_shares_of(one.body))
    after = fold(account, ticket, decision)
    if one.refunds and programme.rule(TIERS) is not None and decision.counted:
        fallen = sum(target(c, one.backs) for c in decision.contributions if c.asset == "points")
        if fallen:
            state = {**after.state, TIERS: lowered(after.state.get(TIERS), moment.bdate, fallen)}
            after = msgspec.structs.replace(after, state=dict(sorted(state.items())))
    figures: Figures = {}
    for given in decision.contributions:
        key = ticket_id, given.rule, given.asset
        figures[key] = figures.get(key, 0) + given.quantity
    return msgspec.structs.replace(after, holdings=(), balance={}), figures


async def under_rules(world: World, tx: Transaction, row: InboxRow, body: TicketBody) -> TicketBody:
    """`body` with its programme: where its till had none yet, what held on the day of the sale.

    Of what was published when the ledger heard of it: a day's rules may be published when it has begun.
    """
    if body.programme:
        return body
    at = datetime.datetime.fromtimestamp(row.sold_ms / 1000, datetime.UTC)
    day = store_time(at, next(iter(world.programmes.values())).header.timezone, datetime.time()).bdate
    known = [one for one in await tx.published() if one.what == "programme" and one.at_ms <= row.recv_ms]
    _, sha256 = max((one.effective_from, one.sha256.hex()) for one in known if one.effective_from <= f"{day}")
    world.tally["settled under the programme of its day"] += 1
    return msgspec.structs.replace(body, programme=sha256)


def settle_all(world: World, tickets: list[Sold], account: Account) -> tuple[Account, Figures]:
    """The history after these tickets in order of sale, and what the rules give on each."""
    figures: Figures = {}
    for one in tickets:
        account, given = settle(one, account, world.programmes[one.body.programme])
        figures |= given
    return account, figures


def settle_apart(world: World, tickets: list[Sold], together: Figures, account: Account) -> Figures:
    """What the rules gave while a card had an account of its own, and the member another; `together` where none had.

    The tickets that were joined are settled by themselves, card by card, and so are those that the member had by then.
    """
    until = max((one.joined for one in tickets if one.joined is not None), default=None)
    if until is None:
        return together
    apart: dict[object, list[Sold]] = {}
    for one in tickets:
        if one.joined is not None or was_there(one, until):
            apart.setdefault("" if one.joined is None else one.entry.member, []).append(one)
    world.tally["tickets of a card joined to its member's"] += 1
    figures: Figures = {}
    for some in apart.values():
        figures |= settle_all(world, some, account)[1]
    return figures


def _shares_of(body: TicketBody) -> dict[str, int]:
    """What the till took of budgets is its own word: as much was there for this ticket, and no more."""
    taken: Tally[str] = Tally()
    for one in body.promised:
        if one.asset == "points":
            taken[f"budget:{one.rule}"] += one.quantity
    return taken


async def check_netting(
    world: World, tx: Transaction, member: int, tickets: list[Sold], start: Account, found: Found
) -> None:
    """Period by period the member has the larger of what there was, with what each ticket printed, and of what the
    rules gave by then (ledger-and-sync.md 2.4): exactly, where tickets came once and nothing came back.
    """
    arrivals = {one.arrival[0]: one.arrival[1] for one in tickets}
    alone = all(arrivals[one.arrival[0]] == one.arrival[1] for one in tickets)
    plain = not any(one.voided or one.refunds or one.second or one.entry.member != member for one in tickets)
    if not (alone and plain) or world.office.restores or world.lives.copied:
        return
    given: Tally[Scope] = Tally()
    for one in tickets:
        for row in await tx.settled_of(member, one.entry.ticket or ""):
            given[_scope(world, one, row.asset)] += row.promised + row.topped - row.clawed
    must: Tally[Scope] = Tally()
    for one, sums in _as_they_came(world, tickets, start):
        for promised in one.body.promised:
            must[_scope(world, one, promised.asset)] += promised.quantity
        must |= sums
    world.tally["netting checked"] += bool(tickets)
    found.must(
        +given == +must, f"member {member}: netting gave {given - must} too much, {must - given} too little"
    )


async def check_scopes(
    tx: Transaction,
    member: int,
    tickets: list[Sold],
    kept: Figures,
    alone: Figures,
    once: Tally[Scope],
    found: Found,
) -> None:
    """Where nothing came back, the member has at least what was printed and what the rules give, period by period.

    Less what fell there because a ticket of another period came back: the level that it had bought is given back
    with it (ledger-and-sync.md 2.4). That is at most what the rules would give if all had been `kept`, and do not; it
    is taken from what settlement had added there before it is from what was printed.
    At most both together, or what was printed and what the rules gave while tickets of a card were settled `alone`, or
    `once`, before other tickets came: what settlement had posted does not vanish when it turns out to be less.
    """
    sums: dict[tuple[str, str], Tally[str]] = {}
    touched: set[tuple[str, str]] = set()
    for one in tickets:
        for row in await tx.settled_of(member, one.entry.ticket or ""):
            key = row.asset, row.scope
            if one.voided or one.refunds or one.second:
                touched.add(key)
            scope = sums.setdefault(key, Tally())
            name = row.ticket, row.rule, row.asset
            fell = kept.get(name, 0) - row.settled
            scope["printed"] += row.promised - max(0, min(row.clawed, fell) - max(0, row.topped))
            scope["settled"] += row.settled
            scope["alone"] += alone.get(name, 0)
            scope["given"] += row.promised + row.topped - row.clawed
    for key, scope in sums.items():
        least = max(scope["printed"], scope["settled"])
        most = scope["printed"] + max(scope["settled"], scope["alone"], once[key])
        within = least <= scope["given"] <= most
        found.must(key in touched or within, f"member {member}: {key} of {dict(scope)}")


def most_at_once(world: World, tickets: list[Sold], start: Account) -> Tally[Scope]:
    """The most that the rules ever gave period by period while the tickets arrived."""
    most: Tally[Scope] = Tally()
    for _, sums in _as_they_came(world, tickets, start):
        most |= sums
    return most


def _as_they_came(world: World, tickets: list[Sold], start: Account) -> Iterator[tuple[Sold, Tally[Scope]]]:
    """Each ticket in the order of arrival, and what the rules give period by period once it is there."""
    scopes = {one.entry.ticket or "": one for one in tickets}
    here = _Arrived(world, start)
    for one in sorted(tickets, key=lambda one: one.arrival):
        sums: Tally[Scope] = Tally()
        for (ticket, _, asset), units in here.add(one).items():
            sums[_scope(world, scopes[ticket], asset)] += units
        yield one, sums


class _Arrived:
    """Tickets settled in order of sale, as far as they have arrived."""

    def __init__(self, world: World, start: Account) -> None:
        self._world, self._tickets = world, list[Sold]()
        self._before = [start]
        self._figures: list[Figures] = []

    def add(self, one: Sold) -> Figures:
        """What the rules give on all of them, with one more."""
        place = bisect([before.order for before in self._tickets], one.order)
        self._tickets.insert(place, one)
        del self._before[place + 1 :], self._figures[place:]
        for later in self._tickets[place:]:
            after, figures = settle(later, self._before[-1], self._world.programmes[later.body.programme])
            self._before.append(after)
            self._figures.append(figures)
        return {key: units for figures in self._figures for key, units in figures.items()}


def _scope(world: World, one: Sold, asset: str) -> Scope:
    programme = world.programmes[one.body.programme]
    at = datetime.datetime.fromtimestamp(one.order[0] / 1000, datetime.UTC)
    day = store_time(at, programme.header.timezone, programme.header.business_day_ends).bdate
    period = scope_of(asset, programme)
    return asset, f"{period}:{scope_key(period, day) or one.entry.ticket}"

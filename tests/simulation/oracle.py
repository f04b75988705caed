"""What must hold once everything is healed, worked out from the tills' own journals and not from the ledger's books."""

from __future__ import annotations

import datetime
from collections import Counter as Tally
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rules.account import POINTS, Account
from rules.calendar import store_time
from rules.refund import LineReturn, Return
from sync.chain import tail
from sync.entry import (
    EnrolBody,
    Entry,
    LinkBody,
    RefundBody,
    VoidBody,
    body_of,
    reference,
)
from sync.granted import MOVED
from sync.ledger.audit import check as audit
from sync.ledger.books import Books, Origin
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, MemberData
from sync.shares import is_shared
from sync.till import journal_check, members, slices
from tests.simulation.adjusted import by_hand, check_adjusted
from tests.simulation.books import (
    beyond,
    check_cards,
    check_draws,
    check_exposure,
    check_goods,
    check_kept,
    check_lots,
    check_returns,
    missing,
)
from tests.simulation.caps import check_caps
from tests.simulation.counters import check_counters
from tests.simulation.damage import check_births
from tests.simulation.facts import Applied, Fact, applied, check_dated, gather
from tests.simulation.house import LISTED
from tests.simulation.moved import follow_moves, printed
from tests.simulation.naming import check_blocked, check_named, join
from tests.simulation.netted import (
    Figures,
    check_netting,
    check_scopes,
    most_at_once,
    settle_all,
    settle_apart,
    under_rules,
)
from tests.simulation.sold import Found, Sold, Wrong, sale_of

if TYPE_CHECKING:
    from tests.simulation.world import World


def check(world: World) -> None:
    """Compare the healed world with what its journals say. Raises Wrong with every difference."""
    found = Found([])
    for counter in world.counters:
        name = counter.name
        found.must(not counter.fenced(), f"{name} is fenced")
        found.must(counter.waiting() == 0, f"{name} still has {counter.waiting()} entries to send")
        found.must(counter.held() == 0, f"{name} still holds {counter.held()} units")
        verdict = journal_check.verify(counter.store.reader())
        found.must(verdict.ok, f"{name}: journal entry {verdict.first_bad_seq}: {verdict.reason}")
    if not found.faults:
        found.faults += world.house.read(audit)
        world.lives.exposed.update(world.house.read(missing))
        facts = gather(world)
        _check_shown(world, facts, found)
        world.house.read(lambda tx: _check_books(world, tx, facts, found))
    if found.faults:
        raise Wrong("\n".join(found.faults))


def check_midway(world: World) -> None:
    """At any moment: sound books, and of a till that has nothing to send or hear, both sides count the same grants.

    ledger-and-sync.md section 4.4, I1 and I2. Raises Wrong.
    """
    found = Found(world.house.read(audit))
    for counter in world.counters:
        conn = counter.store.reader()
        check_births(counter, found)
        mine = counter.who.dev, counter.who.inc
        again = (
            world.lives.copied and counter.who.inc > 1
        )  # what another copy brought first has other names here
        doubtful = again or mine in world.lives.doubtful or counter.who.dev in world.lives.written_off
        if counter.waiting() or counter.fenced() or doubtful or world.office.restores:
            continue
        rows = conn.execute("SELECT grant_id, lot, quantity FROM slice WHERE quantity > 0").fetchall()
        held = {(grant, lot): quantity for grant, lot, quantity in rows}
        last, counted = world.house.read(lambda tx, mine=mine: _granted(tx, *mine))
        came = {grant for (grant,) in conn.execute("SELECT grant_id FROM moved_in")}
        there = {key: n for key, n in counted.items() if key[0] in came or not key[0].startswith(MOVED)}
        world.tally["on its way from next door"] += len(counted) - len(there)
        if last == slices.last_gno(conn):
            world.tally["grants compared"] += 1
            found.must(held == there, f"{counter.name} holds {held}, the ledger counts {there}")
    if found.faults:
        raise Wrong("\n".join(found.faults))


async def _granted(tx: Transaction, dev: int, inc: int) -> tuple[int, dict[tuple[str, str], int]]:
    till = await tx.incarnation(dev, inc)
    assert till is not None
    there: dict[tuple[str, str], int] = {}
    for member in await tx.members():
        data = await tx.member_data(member)
        mine = {grant.id for grant in data.grants if (grant.dev, grant.inc) == (dev, inc)}
        there |= {(piece.id, piece.lot): piece.rem for piece in data.slices if piece.id in mine and piece.rem}
    return till.last_gno, there


def _check_shown(world: World, facts: dict[bytes, Fact], found: Found) -> None:
    """What a screen showed as recorded or undone is in a journal."""
    every = [row.entry for fact in facts.values() for row in fact.forms.values()]
    tickets = {entry.ticket for entry in every if entry.kind == "TICKET"}
    voided = {entry.ticket for entry in every if entry.kind == "VOID"}
    for counter in world.counters:
        found.must(set(counter.recorded) <= tickets, f"{counter.name} forgot a ticket it showed as recorded")
        found.must(counter.undone <= voided, f"{counter.name} forgot an undo it showed as done")


async def _check_books(world: World, tx: Transaction, facts: dict[bytes, Fact], found: Found) -> None:
    booked = await applied(world, tx, facts, found)
    if found.faults:
        return
    tickets = await _tickets(world, tx, facts, booked, found)
    hand = await by_hand(tx, booked, _member_of)
    for member in await tx.members():
        if is_shared(member):
            data = await tx.member_data(member)
            check_counters(world, data, await tx.all_lots(member), tickets.values(), found)
            held = _held_here(world, data)
            found.must(not held, f"shares are still counted at tills: {held}")
            continue
        mine = sorted((one for one in tickets.values() if one.member == member), key=lambda one: one.order)
        await _check_member(world, tx, member, mine, hand.get(member, Tally()), found)
    check_caps(world, tickets.values(), found)
    if world.rare.gifts is not None:
        await world.rare.gifts.check(tx, tickets.values(), found)
    await check_named(world, tx, booked, found)
    await check_blocked(world, tx, booked, found)
    await check_dated(world, tx, booked, found)
    if not world.lives.exposed:
        check_draws(booked, tickets, found)
    taken = sum(one["taken"] for one in hand.values())
    await check_exposure(world, tx, tickets.values(), taken, found)


def _held_here(world: World, data: MemberData) -> dict[str, int]:
    """What grants of lives that go on hold: those of others stay encumbered until their till is written off."""
    here = {(counter.who.dev, counter.who.inc) for counter in world.counters}
    held: dict[str, int] = {}
    for grant in data.grants:
        units = sum(piece.rem for piece in data.slices if piece.id == grant.id)
        if units and (grant.dev, grant.inc) in here:
            held[grant.id] = units
    return held


async def _tickets(
    world: World, tx: Transaction, facts: dict[bytes, Fact], booked: list[Applied], found: Found
) -> dict[str, Sold]:
    """The tickets that count, with what followed: undone, returned in whole or part, second of a receipt."""
    tickets: dict[str, Sold] = {}
    names: dict[tuple[str, str], str] = {}
    for one in booked:
        body = sale_of(one.entry)
        if body is not None:
            ticket, row = one.entry.ticket or "", one.row
            found.must(world.lives.copied or ticket not in tickets, f"ticket {ticket} was written twice")
            if ticket in tickets and one.entry.member is None:
                continue  # two copies went on with one begun ticket, and here nobody was told of
            order = row.sold_ms, row.dev, row.inc, row.seq
            mine = await _member_of(tx, one.entry)
            body = await under_rules(world, tx, row, body)
            tickets[ticket] = Sold(order, one.entry, body, mine, (row.recv_ms, row.dev, row.seq))
            if one.entry.kind == "TICKET":  # what happened has no paper
                names[reference(row.dev, row.inc, row.seq), ""] = ticket
                names[body.number, tail(one.entry.orig or row.hash)] = ticket
    every = [row for fact in facts.values() for row in fact.forms.values()]
    papers = {printed(row.entry, row.first): row.entry.ticket or "" for row in every}
    await follow_moves(world, tx, booked, tickets, papers, _member_of, found)
    numbers = set(range(LISTED, LISTED + world.plan.members))
    for one in booked:
        if one.entry.kind in ("ENROL", "LINK"):
            made = body_of(one.entry)
            assert isinstance(made, (EnrolBody, LinkBody))
            found.must(await tx.member(made.member) is not None, f"member {made.member} is unknown")
            if isinstance(made, EnrolBody):
                found.must(made.member not in numbers, f"number {made.member} was given to two people")
                numbers.add(made.member)
        elif one.entry.kind in ("VOID", "REFUND"):
            _follow(world, one.entry, tickets, names, found)
    join(booked, tickets.values())
    await _claims(tx, tickets, found)
    return tickets


def _follow(
    world: World, entry: Entry, tickets: dict[str, Sold], names: dict[tuple[str, str], str], found: Found
) -> None:
    """An undo or a return of a ticket."""
    body = body_of(entry)
    if isinstance(body, VoidBody) and body.of in tickets:
        twice = tickets[body.of].voided
        found.must(world.lives.copied or not twice, f"ticket {body.of} was undone twice")
        here = {(counter.who.dev, counter.who.inc) for counter in world.counters}
        shown = (
            bool(world.office.restores) and (entry.dev, entry.inc) not in here
        )  # of a former life, to later books
        late = entry.orig is not None or entry.dev in world.lives.written_off or shown
        tickets[body.of].void_late = late and (not twice or tickets[body.of].void_late)
        tickets[body.of].voided = True
    elif isinstance(body, RefundBody):
        sold = tickets.get(body.of or _printed(names, body))
        if sold is not None:
            lines = tuple(
                LineReturn(line.index, line.cents, line.qty)
                for line in body.lines
                if line.index < len(sold.body.lines)  # the copy of a till may have closed it with more
            )
            sold.refunds = (*sold.refunds, Return(body.cents, lines))
            sold.brought |= set(body.rewards)


def _printed(names: dict[tuple[str, str], str], body: RefundBody) -> str:
    """The ticket with the number and the characters of a receipt, or without them the one it can only be."""
    if (body.reference, body.tail) in names or body.tail:
        return names.get((body.reference, body.tail), "")
    same = [ticket for (number, _), ticket in names.items() if number == body.reference]
    return same[0] if len(same) == 1 else ""


async def _claims(tx: Transaction, tickets: dict[str, Sold], found: Found) -> None:
    """Of the tickets of one register's receipt exactly one counts: the ledger says which."""
    receipts: dict[str, list[Sold]] = {}
    for one in tickets.values():
        if one.entry.pos_ref and one.entry.member is not None and not one.voided:
            receipts.setdefault(one.entry.pos_ref, []).append(one)
    for receipt, several in receipts.items():
        for one in several:
            sale = await tx.sale(one.entry.ticket or "")
            one.second = sale is not None and sale.state == "refunded" and not one.out
        live = [one for one in several if not one.out]
        given_back = any(one.out and not one.second for one in several)
        found.must(len(live) == 1 or (not live and given_back), f"{receipt} counts {len(live)} times")


async def _member_of(tx: Transaction, entry: Entry) -> int:
    number = entry.member
    if isinstance(number, str):
        number = await tx.member_of_card(bytes.fromhex(number))
    record = None if number is None else await tx.member(number)
    return 0 if record is None else record.member


async def _check_member(
    world: World, tx: Transaction, member: int, tickets: list[Sold], hand: Tally[str], found: Found
) -> None:
    record = await tx.member(member)
    assert record is not None
    if record.member != member:
        return
    birthday = tuple(int(part) for part in record.birthday.split("-")) if record.birthday else None
    start = Account(
        member=member,
        since=record.since,
        birthday=birthday,  # type: ignore[arg-type]
        bucket=record.bucket,
    )
    account, expected = settle_all(world, tickets, start)
    await _check_settled(tx, member, tickets, expected, found)
    kept = [replace(one, voided=False, refunds=()) for one in tickets]
    alone = settle_apart(world, tickets, expected, start)
    once = most_at_once(world, kept, start)
    await check_scopes(tx, member, tickets, settle_all(world, kept, start)[1], alone, once, found)
    await check_netting(world, tx, member, tickets, start, found)
    postings, lots = await tx.postings(member), await tx.all_lots(member)
    world.tally.update(f"posting {cause}" for cause in {posting.cause for posting in postings})
    for lot in lots:
        if lot.cause == "CONVERT":
            world.tally[f"card made at {'a till' if lot.ticket else 'the centre'}"] += 1
    check_kept(member, tickets, postings, found)
    await check_lots(tx, member, tickets, lots, found)
    data = await tx.member_data(member)
    burned = [debt for debt in data.owed if debt.bucket == "burned" and debt.quantity]
    check_goods(member, tickets, postings, lots, data.owed, hand["taken"], world, found)
    check_adjusted(member, hand, lots, postings, found)
    check_cards(member, postings, lots, data.owed, world, found)
    await check_returns(tx, member, tickets, postings, lots, world, found)
    encumbered = {lot.lot for lot in lots if lot.granted}
    for debt in data.owed:
        free = sum(lot.available for lot in lots if lot.asset == debt.asset)
        found.must(
            not (debt.quantity and free) or debt.lot in encumbered,
            f"member {member}: {free} {debt.asset} free and {debt.quantity} owed",
        )
    exposed = beyond(tickets)
    exposed[POINTS] += hand["taken"]
    for debt in burned:
        exposed[debt.asset] -= debt.quantity
    found.must(
        bool(world.lives.exposed) or min(exposed.values(), default=0) >= 0,
        f"member {member}: more is owed than tills gave beyond their grants: {burned}",
    )
    granted = _held_here(world, data)
    found.must(not granted, f"member {member}: the ledger still counts grants: {granted}")
    await _check_views(world, tx, member, lots, account, found)


async def _check_settled(
    tx: Transaction, member: int, tickets: list[Sold], expected: Figures, found: Found
) -> None:
    settled: Figures = {}
    promised: Figures = {}
    for one in tickets:
        for row in await tx.settled_of(member, one.entry.ticket or ""):
            if row.settled:
                settled[row.ticket, row.rule, row.asset] = row.settled
            if row.promised:
                promised[row.ticket, row.rule, row.asset] = row.promised
    expected = {key: quantity for key, quantity in expected.items() if quantity}
    found.must(settled == expected, f"member {member}: settled {_gap(settled, expected)}")
    printed: Figures = {}
    for one in tickets:
        for given in () if one.voided else one.body.promised:
            key = one.entry.ticket or "", given.rule, given.asset
            printed[key] = printed.get(key, 0) + given.quantity
    found.must(promised == printed, f"member {member}: printed {_gap(promised, printed)}")


def _gap(have: Figures, want: Figures) -> str:
    keys = sorted(key for key in {*have, *want} if have.get(key, 0) != want.get(key, 0))
    return ", ".join(f"{key}: {have.get(key, 0)}, must be {want.get(key, 0)}" for key in keys[:6])


async def _check_views(
    world: World, tx: Transaction, member: int, lots: tuple[Lot, ...], history: Account, found: Found
) -> None:
    """Every till that knows the member knows the balances that the lots give, and what was noted last."""
    noted: set[tuple[str, str]] = set()
    for counter in world.counters:
        seen = counter.account(member)
        if seen is None:
            continue
        if counter.who.store not in await tx.scopes(member):
            world.tally["known out of scope"] += 1
            found.must(
                seen.known == "thin" or bool(world.office.restores),
                f"{counter.name} takes what it once heard of {member} for certain",
            )
            continue
        today = store_time(
            datetime.datetime.fromtimestamp(world.time.now / 1000, datetime.UTC),
            "Europe/Paris",
            datetime.time(3),
        ).bdate
        owned: Tally[str] = Tally()
        vested: Tally[str] = Tally()
        waiting = Books(await tx.member_data(member), Origin(0, 0, 0, today)).waiting()
        for lot in lots:
            if lot.last_day >= today:
                there = lot.available + lot.granted - waiting.get(lot.lot, 0)
                owned[lot.asset] += there
                vested[lot.asset] += there if lot.available_on <= today else 0
        balance = {asset: units for asset, units in seen.balance.items() if units}
        must = {asset: units for asset, units in owned.items() if units}
        found.must(
            balance == must, f"{counter.name} sees {balance} of member {member}, the ledger has {must}"
        )
        place = members.load(counter.store.reader(), counter.who, member)
        if place is not None:
            noted.add((place.note, place.complaint))
        ended = world.lives.copied or world.lives.left_behind
        told = not any(
            lot.available_on > lot.earned_on for lot in lots
        )  # of a clock that was ahead: free from a day on that the day job tells of
        if place is not None and world.plan.programme in ("plain", "tiers") and told and not ended:
            usable = {asset: units for asset, units in vested.items() if units}
            found.must(
                not place.elsewhere and {a: n for a, n in place.available.items() if n} == usable,
                f"{counter.name} sees {place.available} free and {place.elsewhere} elsewhere of {usable}",
            )
        found.must(
            seen.state == history.state and seen.visits == history.visits,
            f"{counter.name} sees another history of member {member}: {seen.state} for {history.state}",
        )
    world.tally["note compared"] += any(note for note, _ in noted)
    found.must(len(noted) <= 1, f"tills read different notes of member {member}: {noted}")

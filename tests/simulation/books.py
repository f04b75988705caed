"""What members were given, spent and gave back, asset by asset, from the journals and against the ledger's books."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rules.account import POINTS
from rules.decision import Burn
from rules.refund import gone, restored, target
from sync.entry import Draw, RefundBody, TicketBody, body_of, lot_id, reference
from sync.ledger.port import Transaction
from sync.ledger.records import Lot, Owed, Posting
from sync.ledger.waits import RECOVERY
from tests.simulation.facts import Applied
from tests.simulation.sold import Found, Sold, sale_of

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_kept(member: int, tickets: list[Sold], postings: tuple[Posting, ...], found: Found) -> None:
    """Of a ticket without return or undo nothing printed stays taken back: its lots are whole again, or are spent.

    What was taken back as the second of its receipt was given again with the undo of the first.
    """
    untouched = not any(one.voided or one.refunds or one.second for one in tickets)
    if not untouched:
        return
    clawed: Tally[tuple[str, str, str]] = Tally()
    for one in postings:
        if one.cause in ("CLAWBACK", "VOID"):
            back = one.quantity if one.target == "clawed" else -one.quantity if one.source == "clawed" else 0
            clawed[one.ticket, one.rule, one.asset] += back
    found.must(not +clawed, f"member {member}: something was taken back without a return: {dict(+clawed)}")


async def check_returns(
    tx: Transaction,
    member: int,
    tickets: list[Sold],
    postings: tuple[Posting, ...],
    lots: tuple[Lot, ...],
    world: World,
    found: Found,
) -> None:
    """Over all returns of a ticket its contributions and redemptions went back by exactly their share."""
    taken: Tally[str] = Tally()
    for one in tickets:
        name = reference(one.entry.dev, one.entry.inc, one.entry.seq)
        rows = await tx.settled_of(member, one.entry.ticket or "")
        for row in rows:
            taken[row.asset] += row.taken + row.clawed
            given = next((c for c in one.body.promised if (c.rule, c.asset) == (row.rule, row.asset)), None)
            size = row.promised + row.topped - row.clawed
            must = target(given, one.backs, size) if given is not None and one.backs else None
            must = size if one.out else must if one.refunds else 0
            if not one.voided and must is not None:
                found.must(
                    row.taken == must, f"{name} {row.rule}: {row.taken} taken back of {size}, must be {must}"
                )
        _check_restored(one, name, postings, await _waits(tx, one, world), found)
    if any(one.voided for one in tickets):
        return
    clawed: Tally[str] = Tally()
    for lot in lots:
        clawed[lot.asset] += lot.clawed
    for debt in (await tx.member_data(member)).owed:
        if debt.bucket == "clawed":
            clawed[debt.asset] += debt.quantity
    for posting in postings:
        if posting.cause == "ADJUST" and (posting.source, posting.target) == ("clawed", "owed"):
            clawed[posting.asset] += posting.quantity  # used, and written off instead of taken back
    found.must(+clawed == +taken, f"member {member}: clawed {+clawed}, returns explain {+taken}")


async def _waits(tx: Transaction, one: Sold, world: World) -> bool:
    """Whether the ledger waits for the next entry of the life that sold it, or for its end (section 3, refund).

    Its disk was lost right after the ticket, and nobody has ended it: it might still send an undo.
    """
    life = one.entry.dev, one.entry.inc
    here = {(counter.who.dev, counter.who.inc) for counter in world.counters}
    till = await tx.incarnation(*life)
    waiting = {sale.ticket: sale.commit_end for sale in await tx.waiting_restores(*life)}
    if till is None or till.state != "open" or life in here:
        return False
    return waiting.get(one.entry.ticket or "") == till.acc_seq


def _check_restored(one: Sold, name: str, postings: tuple[Posting, ...], waits: bool, found: Found) -> None:
    """Redemptions came back as far as their goods did, or none has yet where the ledger `waits`.

    They come back when the seller's life ends, too, and its next life may then send the undo: it puts back what is
    left (ledger-and-sync.md section 3, undo).
    """
    back: Tally[str] = Tally()
    for posting in postings:
        if posting.cause == "RESTORE" and posting.ticket == one.entry.ticket:
            back[posting.rule] += posting.quantity
    owed_back: Tally[str] = Tally()
    for burn in () if (one.voided and not one.void_late) or not one.refunds else one.body.burns:
        fact = Burn(burn.rule, burn.asset, burn.quantity, burn.steps, burn.cents, burn.allocation)
        # a gift or a donation stays given, unless it is brought back itself
        whole = gone(one.backs) if burn.allocation else burn.rule in one.brought
        owed_back[burn.rule] += burn.quantity if whole else restored(fact, one.backs)[0]
    sound = not +back if waits else back <= owed_back if one.voided else +back == +owed_back
    found.must(sound, f"{name}: {+back} given back, must be {+owed_back}")


async def check_lots(
    tx: Transaction, member: int, tickets: list[Sold], lots: tuple[Lot, ...], found: Found
) -> None:
    """What a rule gave on a ticket lies in its lots, once: as printed, and what was topped up."""
    here = _summed(
        ((lot.ticket, lot.rule, lot.asset), lot.quantity)
        for lot in lots
        if lot.cause in ("ACCRUE", "TOP_UP", "HONOUR", "RESTORE")
    )
    for one in tickets:
        if one.voided or one.came_back:
            continue
        for row in await tx.settled_of(member, one.entry.ticket or ""):
            units, must = here[row.ticket, row.rule, row.asset], row.promised + row.topped
            found.must(
                units == must, f"member {member}: {row.rule} gave {must} {row.asset}, its lots are {units}"
            )


def beyond(tickets: list[Sold]) -> Tally[str]:
    """What tickets that stand took beyond the grants of their tills: the counted exposure."""
    exposed: Tally[str] = Tally()
    for one in tickets:
        for burn in () if one.voided else one.body.burns:
            exposed[burn.asset] += burn.unsecured
    return exposed


def check_goods(
    member: int,
    tickets: list[Sold],
    postings: tuple[Posting, ...],
    lots: tuple[Lot, ...],
    debts: tuple[Owed, ...],
    by_hand: int,
    world: World,
    found: Found,
) -> None:
    """What was handed out, or taken `by_hand`, is covered by what the member was given, or counted as beyond grants.

    ledger-and-sync.md 4.3, G1 and G3.
    """
    spent = _summed(
        (burn.asset, burn.quantity) for one in tickets if not one.voided for burn in one.body.burns
    )
    spent[POINTS] += by_hand
    owned = _summed((lot.asset, lot.quantity) for lot in lots)
    voided = {one.entry.ticket for one in tickets if one.voided}  # the undo puts back what was not before
    restores = [one for one in postings if one.cause == "RESTORE" and one.ticket not in voided]
    back = _summed((one.asset, one.quantity) for one in restores)
    owing = _summed((debt.asset, debt.quantity) for debt in debts if debt.bucket == "burned")
    let_go = _summed((one.asset, one.quantity) for one in postings if _is_let_go(one))
    burned = _summed((lot.asset, lot.burned) for lot in lots) + owing + let_go
    for asset in [asset for asset in burned if asset.startswith("stamp:")]:
        del burned[asset]  # stamps that a card was made of and that were not there: check_cards counts them
    exposed = beyond(tickets) + owing + let_go
    counted = spent - back
    found.must(
        +burned == counted, f"member {member}: burned {+burned} at the ledger, {counted} by tickets that hold"
    )
    for asset, quantity in spent.items():
        world.tally[f"spent {asset.partition(':')[0]}"] += 1
        found.must(
            quantity <= owned[asset] + back[asset] + exposed[asset],
            f"member {member}: {quantity} {asset} were spent, {owned[asset]} owned, {back[asset]} given back, "
            f"{exposed[asset]} given beyond grants",
        )


def _is_let_go(one: Posting) -> bool:
    """Whether a voucher or free item that was used, and is not there, is owed no more: nothing can repay it."""
    return (one.cause, one.source, one.target) == ("ADJUST", "burned", "owed")


def _summed(units: Iterable[tuple[Any, int]]) -> Tally[Any]:
    sums: Tally[Any] = Tally()
    for asset, quantity in units:
        sums[asset] += quantity
    return sums


def check_cards(
    member: int,
    postings: tuple[Posting, ...],
    lots: tuple[Lot, ...],
    debts: tuple[Owed, ...],
    world: World,
    found: Found,
) -> None:
    """Every card was made of as many stamps as it takes, and no stamp of two cards."""
    owned: Tally[str] = Tally()
    for lot in lots:
        owned[lot.asset] += lot.quantity
    made: Tally[str] = Tally()
    for posting in postings:
        if posting.cause == "CONVERT" and posting.source and posting.target == "converted":
            made[posting.asset] += posting.quantity
        if posting.cause == "VOID" and posting.source == "converted":
            made[posting.asset] -= posting.quantity
    for rule in {posting.rule for posting in postings if posting.cause == "CONVERT"}:
        made_by = [
            one for rules in world.programmes.values() for one in rules.conversions if one.rule == rule
        ]
        need = min(one.need for one in made_by)
        cards = sum(lot.quantity for lot in lots if lot.cause == "CONVERT" and lot.rule == rule)
        lacking = sum(
            debt.quantity for debt in debts if debt.asset == made_by[0].source and debt.bucket == "burned"
        )
        lacking += sum(lot.burned for lot in lots if lot.asset == made_by[0].source)
        used = made[made_by[0].source] + lacking
        found.must(cards * need <= used, f"member {member}: {cards} cards {rule} of {used} stamps")
    for asset, stamps in made.items():
        found.must(
            stamps <= owned[asset], f"member {member}: {stamps} {asset} became cards of {owned[asset]} given"
        )


async def missing(tx: Transaction) -> Tally[str]:
    """What tills held that a restored ledger could not find, by asset: it may have been given to others too."""
    units: Tally[str] = Tally()
    for row in await tx.freed():
        units[row.asset] += row.quantity if row.why == RECOVERY else 0
    return +units


async def check_exposure(
    world: World, tx: Transaction, tickets: Iterable[Sold], by_hand: int, found: Found
) -> None:
    """What was spent beyond what there was stays within what copies, write-offs and losses put at risk (4.3).

    After a restore only what is owed in the end counts: a draw may come before what it draws on.
    """
    sold = list(tickets)
    allowed = world.lives.exposed + beyond(sold)
    allowed[POINTS] += by_hand
    undone = {
        one.entry.ticket for one in sold if one.voided
    }  # of these even a debt that was repaid is lifted
    spent: Tally[str] = Tally()
    for member in await tx.members():
        if world.office.restores:
            for debt in (await tx.member_data(member)).owed:
                spent[debt.asset] += debt.quantity if debt.bucket == "burned" else 0
            for posting in await tx.postings(member):
                spent[posting.asset] += posting.quantity if _is_let_go(posting) else 0
            continue
        for posting in await tx.postings(member):
            beyond_lots = not posting.lot and "owed" in (posting.source, posting.target)
            if beyond_lots and posting.ticket not in undone and not _is_let_go(posting):
                way = {("owed", "burned"): 1, ("burned", "owed"): -1}
                spent[posting.asset] += posting.quantity * way.get((posting.source, posting.target), 0)
    for asset, units in spent.items():
        world.tally["spent beyond what there was"] += units > 0
        most = allowed[asset]
        found.must(units <= most, f"{units} {asset} were spent beyond what there was, at risk were {most}")


def check_draws(booked: list[Applied], tickets: dict[str, Sold], found: Found) -> None:
    """No till ever drew more from a birth than was born, whatever the ledger says of it.

    Copies of a disk give the same name to births of their own (ledger-and-sync.md 4.5): together they are the bound.
    """
    drawn: Tally[str] = Tally()
    born: Tally[str] = Tally()
    for one in booked:
        body = sale_of(one.entry) or (body_of(one.entry) if one.entry.kind == "REFUND" else None)
        draws: list[Draw] = []
        if isinstance(body, TicketBody) and not tickets[one.entry.ticket or ""].voided:
            for n, given in enumerate((*body.promised, *body.converted)):
                born[lot_id(*one.names[0], n)] += given.quantity
            draws = [draw for part in (*body.burns, *body.converted) for draw in part.draws]
        elif isinstance(body, RefundBody):
            draws = [draw for claw in body.claws for draw in claw.draws]
        names = {known.old: known.new for known in one.entry.remap}
        drawn += _summed(
            (names.get(draw.lot, draw.lot), draw.quantity) for draw in draws if draw.grant == draw.lot
        )
    for lot, quantity in drawn.items():
        found.must(lot not in born or quantity <= born[lot], f"{quantity} were drawn of {born[lot]} in {lot}")

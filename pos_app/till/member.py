"""Who a card belongs to, from the cache alone, with this till's own later entries folded in."""

from collections.abc import Mapping, Sequence, Set
from datetime import date

import msgspec

from pos_app.till.moment import now
from pos_app.till.parts import Parts
from pos_app.till.since import Since
from pos_app.till.state import Who
from rules.account import POINTS, Account, made_up
from rules.evaluate import evaluate
from rules.fold import born_as, expire, fold, take
from rules.ticket import Ticket
from sync.adjusted import AdjustBody
from sync.answered import with_answer
from sync.entry import (
    Body,
    Converted,
    Entry,
    EntryKind,
    EventBody,
    Evidence,
    MoveTicketBody,
    RefundBody,
    TicketBody,
    VoidBody,
    body_of,
    lot_id,
)
from sync.grants import HeldSlice
from sync.remap import births, parse_lot
from sync.till import members
from sync.till.journal import entries_after, entries_of
from sync.till.slices import given_since
from sync.tokens import contact_key, contact_of

SHOWN_DIGITS = 4
# A card without a member of its own still earns: the rules see a member they know nothing of.
NOBODY_YET = Account(member=0, known="none")


def masked(code: str) -> str:
    """A card number as it may be shown: its last four characters."""
    return "···· " + code[-SHOWN_DIGITS:]


def who_has(parts: Parts, token: bytes, card: str, evidence: str) -> Who:
    """The member behind a card's keyed hash, or a Who without member when the card is not in the cache."""
    member = members.find(parts.reader, token)
    blank = Who(token, card, evidence, None, NOBODY_YET)
    return blank if member is None else known(parts, blank, member)


def by_contact(parts: Parts, text: str) -> Who | None:
    """Who has the phone number or e-mail that was typed, of several the first; None where nobody has it here."""
    return next(iter(all_by_contact(parts, text)), None)


def all_by_contact(parts: Parts, text: str) -> tuple[Who, ...]:
    """Everybody who has the phone number or e-mail that was typed; nobody where it is none."""
    contact = contact_of(text)
    if contact is None:
        return ()
    key = contact_key(parts.identity.lookup_key, contact)
    blank = Who(key, masked(contact), Evidence.TYPED.value, None, NOBODY_YET)
    return tuple([known(parts, blank, member) for member in members.load_contacts(parts.reader, key)])


def holders(parts: Parts, token: bytes) -> tuple[int, ...]:
    """Everybody known here by a card's or contact's keyed hash: several where all were told one number."""
    found = members.find(parts.reader, token), *members.load_contacts(parts.reader, token)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def known(parts: Parts, who: Who, member: int) -> Who:
    """`who` with all the cache says about `member` as of now.

    Of a member outside the store's scope the cache is not told what changes: it counts in full only on the ticket
    for which the ledger was asked, and afterwards as thin (ledger-and-sync.md sections 2.4 and 5.4).
    """
    found = members.load(parts.reader, parts.identity, member)
    if found is None:
        return msgspec.structs.replace(who, member=member, account=Account(member=member, known="thin"))
    moment = now(parts)
    account = found.account
    if not (found.kept or who.fresh):
        account = msgspec.structs.replace(account, known="thin")
    own = entries_after(parts.reader, member, found.own_seq)
    held = given_since(parts.reader, member, found.pos)
    return msgspec.structs.replace(
        who,
        member=member,
        account=expire(
            fold_own(parts, account, own, held, moment.bdate), moment.bdate, parts.programme(moment.bdate)
        ),
        name=found.display,
        note=found.note,
        complaint=found.complaint,
        available=found.available,
        elsewhere=found.elsewhere,
        new=any(entry.kind == EntryKind.ENROL for entry in own),
    )


def fold_own(
    parts: Parts, account: Account, own: Sequence[Entry], held: Sequence[HeldSlice], day: date
) -> Account:
    """`account` on `day` after this till's own entries that the ledger's row does not hold yet, without undone tickets.

    What is `held` here of grants that are newer than the row is the member's, too.
    """
    bodies = [(entry, body_of(entry)) for entry in own]
    undone = {body.of for _, body in bodies if isinstance(body, VoidBody)}
    undone |= {entry.ticket or "" for entry, body in bodies if isinstance(body, MoveTicketBody)}
    here = {entry.ticket for entry, body in bodies if isinstance(body, TicketBody)}
    since = Since(account, own)
    for entry, body in bodies:
        if isinstance(body, TicketBody) and entry.ticket not in undone:
            account = _after_ticket(parts, account, entry, body, since)
        elif isinstance(body, EventBody):
            account = _after_event(parts, account, entry, body)
        elif isinstance(body, AdjustBody):
            amends = made_up(account.amends, body.makes_up, entry.bdate)
            account = msgspec.structs.replace(_moved(account, {POINTS: body.quantity}), amends=amends)
        elif isinstance(body, VoidBody) and body.of not in here:
            account = _without_ticket(parts, account, body.of, since, (entry.bdate, day))
        elif isinstance(body, MoveTicketBody) and entry.ticket not in here and _was_sold_to(parts, entry):
            account = _without_ticket(parts, account, entry.ticket or "", since, (entry.bdate, day))
        elif isinstance(body, RefundBody):
            account = expire(account, entry.bdate, parts.programme(entry.bdate))
            account = after_refund(account, body, since.lapsed(body.claws, entry.bdate))
    return since.holding(_with_used_cards(parts, account, bodies), held, day)


def _after_ticket(parts: Parts, account: Account, entry: Entry, body: TicketBody, since: Since) -> Account:
    programme = parts.programme_of(body.programme)
    if programme is None or account.member is None:
        return account
    account = since.before(expire(account, entry.bdate, programme), entry, body)
    till = parts.identity.till
    ticket = Ticket(
        entry.ticket or "", body.lines, entry.bdate, body.minute, body.store, till, zones=body.zones
    )
    burns = tuple(one.burn for one in body.burns)
    decision = evaluate(ticket, account, programme, burns=burns, tell=False)
    decision = msgspec.structs.replace(decision, contributions=body.promised)
    return _converted(fold(account, ticket, decision), body.converted, entry.bdate)


def _after_event(parts: Parts, account: Account, entry: Entry, body: EventBody) -> Account:
    programme = parts.programme_of(body.programme)
    if programme is None or account.member is None:
        return account
    till = parts.identity.till
    happened = Ticket(entry.ticket or "", (), entry.bdate, body.minute, body.store, till, event=body.event)
    decision = evaluate(happened, account, programme, tell=False)
    account = msgspec.structs.replace(account, fields=with_answer(account.fields, body.event, entry.wall_ms))
    return fold(account, happened, msgspec.structs.replace(decision, contributions=body.promised))


def _converted(account: Account, cards: Sequence[Converted], day: date) -> Account:
    for card in cards:
        for draw in card.draws:
            account = take(account, draw.asset, draw.quantity, day)
        account = _moved(account, {card.asset: card.quantity})
    return account


def _was_sold_to(parts: Parts, move: Entry) -> bool:
    """Whether a ticket that moved was sold to who had it: of one that had moved to them this till gave them nothing."""
    sold = entries_of(parts.reader, move.ticket or "")
    return any(one.kind == EntryKind.TICKET and one.member == move.member for one in sold)


def _with_used_cards(parts: Parts, account: Account, own: Sequence[tuple[Entry, Body]]) -> Account:
    """A card that was used and whose ticket moved away stays made of its stamps, as at the ledger."""
    for entry, body in own:
        moved = isinstance(body, MoveTicketBody) and _was_sold_to(parts, entry)
        for card in _cards_of(parts, entry.ticket or "") if moved else ():
            used = min(card.quantity, max(0, -account.balance.get(card.asset, 0)))
            change = {card.asset: used}
            for draw in card.draws if used else ():
                change[draw.asset] = change.get(draw.asset, 0) - draw.quantity * used // card.quantity
            account = _moved(account, change)
    return account


def _cards_of(parts: Parts, ticket: str) -> tuple[Converted, ...]:
    bodies = [body_of(one) for one in entries_of(parts.reader, ticket) if one.kind == EntryKind.TICKET]
    return tuple(card for body in bodies if isinstance(body, TicketBody) for card in body.converted)


def _without_ticket(
    parts: Parts, account: Account, undone: str, since: Since, days: tuple[date, date]
) -> Account:
    """Take back a ticket that the ledger's row already holds; its counters come right with the next row.

    `days` are that of the undo and today: what had lapsed of what it gave is in the account no more.
    """
    day, today = days
    account = expire(account, day, parts.programme(day))
    change: dict[str, int] = {}
    lots: set[str] = set()
    for entry in entries_of(parts.reader, undone):
        if entry.kind != EntryKind.TICKET:
            continue
        ticket = body_of(entry)
        assert isinstance(ticket, TicketBody)
        since.put_back(ticket)
        lots |= {lot_id(entry.dev, entry.inc, entry.seq, n) for n in range(births(ticket))}
        for n, given in enumerate(ticket.promised):
            lot = lot_id(entry.dev, entry.inc, entry.seq, n)
            if since.last_day(lot, given.asset, given.last_day, today) >= day:
                change[given.asset] = change.get(given.asset, 0) - given.quantity
        for burn in ticket.burns:
            change[burn.asset] = change.get(burn.asset, 0) + burn.quantity
        for card in ticket.converted:
            change[card.asset] = change.get(card.asset, 0) - card.quantity
            for draw in card.draws:
                change[draw.asset] = change.get(draw.asset, 0) + draw.quantity
    return _moved(account, change, lots)


def after_refund(account: Account, body: RefundBody, lapsed: Mapping[str, int]) -> Account:
    """`account` less what a return takes back, with what it gives back.

    What had `lapsed` of what it takes back, by asset, is in the account no more.
    """
    change = dict(lapsed)
    lots = set()
    for claw in body.claws:
        change[claw.asset] = change.get(claw.asset, 0) - claw.quantity
        place = parse_lot(claw.lot)
        lots |= {claw.lot} if place is None else {claw.lot, born_as(body.of, place[3])}
    for back in body.restored:
        change[back.asset] = change.get(back.asset, 0) + back.quantity
    return _moved(account, change, lots)


def _moved(account: Account, change: dict[str, int], lots: Set[str] = frozenset()) -> Account:
    """`account` with its balances changed; what was taken back leaves these `lots`, then the newest holdings."""
    balance = dict(account.balance)
    left = {}
    for asset, quantity in change.items():
        have = balance.get(asset, sum(h.quantity for h in account.holdings if h.asset == asset))
        balance[asset] = have + quantity
        left[asset] = max(0, -quantity)
    places = range(len(account.holdings) - 1, -1, -1)
    kept = list(account.holdings)
    for place in sorted(places, key=lambda one: kept[one].lot not in lots):
        holding = kept[place]
        part = min(left.get(holding.asset, 0), holding.quantity)
        if part > 0:
            left[holding.asset] -= part
            kept[place] = msgspec.structs.replace(holding, quantity=holding.quantity - part)
    return msgspec.structs.replace(
        account, balance=balance, holdings=tuple([one for one in kept if one.quantity])
    )

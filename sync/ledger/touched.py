"""What a batch of entries is about, as its bytes say, so that a ledger that shares its database can hold it first."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sync.entry import (
    CardBlockBody,
    Draw,
    EnrolBody,
    Entry,
    EventBody,
    GrantMoveBody,
    GrantReturnBody,
    LinkBody,
    MergeBody,
    MoveTicketBody,
    PhoneKeyBody,
    RefundBody,
    TicketBody,
    UnreadableEntry,
    VoidBody,
    decode,
)
from sync.entry import body_of as entry_body
from sync.ledger.records import InboxRow
from sync.person import waiting_number

_BEYOND = 1 << 63  # no database has such a number: the entry is put aside when it is applied
_REFERENCE = re.compile("([0-9]{1,15})-([0-9]{1,15})-([0-9]{1,15})", re.ASCII)


class Touched(msgspec.Struct, frozen=True):
    """Accounts and tickets that entries of one till name.

    `cards` are keyed hashes, `grants` ids of grants; `tickets` and `entries` (dev, inc, seq) are what is returned and
    was sold in another batch, `voided` the sequence numbers of the till's own tickets that never were. `lots` and
    `drawn` are the lots that move inside grants and those grants, `sold` the tickets that the entries bring and
    `receipts` their register's receipts, with the ticket, in order.
    """

    dev: int = 0
    inc: int = 0
    members: tuple[int, ...] = ()
    cards: tuple[bytes, ...] = ()
    grants: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    entries: tuple[tuple[int, int, int], ...] = ()
    voided: tuple[int, ...] = ()
    lots: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    sold: tuple[str, ...] = ()
    receipts: tuple[tuple[str, str], ...] = ()


def touched(rows: Sequence[InboxRow]) -> Touched:
    """What the entries of one till are about; what cannot be read touches nothing."""
    if not rows:
        return Touched()
    sets: dict[str, set[Any]] = {name: set() for name in Touched.__struct_fields__[2:]}
    here: set[Any] = set()
    receipts: list[tuple[str, str]] = []
    for row in rows:
        here.add((row.dev, row.inc, row.seq))
        try:
            entry = decode(row.data)
            body = entry_body(entry)
        except UnreadableEntry:
            continue
        here.add(entry.ticket)
        _named(sets, entry)
        if entry.ticket and isinstance(body, TicketBody | EventBody):
            sets["sold"].add(entry.ticket)
            receipts += [(entry.pos_ref, entry.ticket)] if entry.pos_ref else []
        _told(sets, body)
        if entry.orig is not None and isinstance(body, VoidBody):
            sets["tickets"].add(body.of)  # its seq is that of another life
    for numbers in ("members", "voided"):
        sets[numbers] = {one for one in sets[numbers] if -_BEYOND <= one < _BEYOND}
    sets["tickets"] -= here
    sets["entries"] -= here
    named = {name: tuple(sorted(found)) for name, found in sets.items()} | {"receipts": tuple(receipts)}
    return Touched(rows[0].dev, rows[0].inc, **named)


def _named(sets: dict[str, set[Any]], entry: Entry) -> None:
    if isinstance(entry.member, int):
        sets["members"].add(entry.member)
    elif entry.member:
        _add_card(sets, entry.member)


def _add_card(sets: dict[str, set[Any]], text: str) -> None:
    try:
        sets["cards"].add(bytes.fromhex(text))
    except ValueError:
        return  # no card: it is put aside when it is applied


def _told(sets: dict[str, set[Any]], body: Any) -> None:
    _told_of_person(sets, body)
    match body:
        case TicketBody():
            sets["grants"] |= {one.grant for one in body.shared}
            spent = [one for burn in body.burns for one in burn.draws]
            _add_draws(sets, [*spent, *[one for card in body.converted for one in card.draws], *body.shared])
        case EventBody():
            sets["grants"] |= {one.grant for one in body.shared}
            _add_draws(sets, body.shared)
        case GrantReturnBody():
            sets["grants"].add(body.grant)
            sets["drawn"].add(body.grant)
            sets["lots"] |= {one.lot for one in body.slices}
        case GrantMoveBody():
            sets["grants"] |= {body.grant, body.of}
        case MoveTicketBody():
            _add_moved(sets, body)
        case VoidBody():
            sets["voided"].add(body.seq)
        case RefundBody():
            _add_returned(sets, body)


def _told_of_person(sets: dict[str, set[Any]], body: Any) -> None:
    """What an entry about a person names; nothing for any other entry."""
    match body:
        case EnrolBody():
            sets["members"] |= {body.member} | ({body.sponsor} if body.sponsor is not None else set())
            sets["members"] |= {waiting_number(card) for card in body.cards}
            sets["cards"] |= {*body.cards, *body.contacts}  # for a contact, too, something may wait
        case LinkBody():
            sets["members"] |= {body.member, waiting_number(body.card)}
            sets["cards"].add(body.card)
        case CardBlockBody():
            sets["members"].add(body.member)
            sets["cards"] |= set(body.cards)
        case PhoneKeyBody():
            sets["members"].add(body.member)
        case MergeBody():
            sets["members"] |= {body.member, body.other}


def _add_draws(sets: dict[str, set[Any]], draws: Iterable[Draw]) -> None:
    sets["lots"] |= {one.lot for one in draws}
    sets["drawn"] |= {one.grant for one in draws}


def _add_moved(sets: dict[str, set[Any]], body: MoveTicketBody) -> None:
    if isinstance(body.to, int):
        sets["members"].add(body.to)
    else:
        _add_card(sets, body.to)
    if (entry := named_entry(body.reference)) is not None:
        sets["entries"].add(entry)


def _add_returned(sets: dict[str, set[Any]], body: RefundBody) -> None:
    if body.of:
        sets["tickets"].add(body.of)
    elif (entry := named_entry(body.reference)) is not None:
        sets["entries"].add(entry)


def named_entry(text: str) -> tuple[int, int, int] | None:
    """The dev, inc and seq that a `reference` names; None for any other text."""
    number = _REFERENCE.fullmatch(text)
    return None if number is None else (int(number[1]), int(number[2]), int(number[3]))

"""Which grants go back with which entry: the till's own word that frees them (ledger-and-sync.md section 3)."""

from collections.abc import Iterable

from pos_app.till.moment import Moment
from pos_app.till.parts import Parts
from pos_app.till.state import Basket, Who
from sync.entry import EntryKind, GrantReturnBody, reference
from sync.grants import BIRTH, HOLD, LEASE
from sync.shares import is_shared
from sync.till import cursors, journal, slices
from sync.till.database import Connection
from sync.till.journal import EntryDraft
from sync.till.slices import Returnable

MOST_WITH_A_TICKET = 4
_WHY = {BIRTH: "accepted", HOLD: "orphan", LEASE: "recalled"}


def holder_of(who: Who) -> int:
    """Under which number slices of `who` are kept: the member's id, or below zero for a card without a member."""
    return slices.holder_of(who.member if who.member is not None else who.token.hex())


def held_back(conn: Connection, basket: Basket, moment: Moment) -> list[EntryDraft]:
    """Empty the ticket's holds; GRANT_RETURN of what was left, for the ticket's own commit."""
    return [
        _given(conn, grant, moment, "closed", basket.ticket) for grant in slices.holds_of(conn, basket.ticket)
    ]


def earlier_births(conn: Connection, basket: Basket, parts: Parts, moment: Moment) -> list[EntryDraft]:
    """GRANT_RETURN of a few births of other members, before the ticket's own entry.

    In a busy hour the undo time of the last ticket never ends; writing a ticket ends that of the one before.
    """
    return given_back(conn, _earlier(conn, basket, parts), moment)


def number_of(conn: Connection, basket: Basket, parts: Parts) -> str:
    """The reference that the begun ticket would have, were it recorded now."""
    seq = journal.next_seq(conn) + len(_earlier(conn, basket, parts))
    return reference(parts.identity.dev, parts.identity.inc, seq)


def _earlier(conn: Connection, basket: Basket, parts: Parts) -> list[Returnable]:
    mine = holder_of(basket.who) if basket.who is not None else None
    ready = [
        one for one in returnable(conn, parts, basket.ticket) if one.kind == BIRTH and one.member != mine
    ]
    return ready[:MOST_WITH_A_TICKET]


def returnable(conn: Connection, parts: Parts, open_ticket: str) -> tuple[Returnable, ...]:
    """Births whose entry the ledger has, holds of no open ticket, and leases that the ledger asks back."""
    if not parts.identity.paired:
        return ()
    return slices.returnable(conn, cursors.sync_state(conn).accepted_seq, open_ticket)


def given_back(conn: Connection, ready: Iterable[Returnable], moment: Moment) -> list[EntryDraft]:
    """Empty these grants; the GRANT_RETURN entries that say so."""
    return [_given(conn, one, moment, _WHY[one.kind], None) for one in ready]


def _given(conn: Connection, grant: Returnable, moment: Moment, why: str, ticket: str | None) -> EntryDraft:
    body = GrantReturnBody(grant.grant, slices.give_back(conn, grant.grant), why)
    member: int | str | None = grant.member
    if not grant.member or is_shared(grant.member):
        member = None
    elif grant.member < 0:
        born = journal.entry_at(conn, int(grant.grant.split("-")[2]))
        member = born.member if born is not None else None
    return EntryDraft(EntryKind.GRANT_RETURN, body, moment.bdate, member=member, ticket=ticket)

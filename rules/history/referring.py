"""What a ticket has for the sponsor: an event `referral` of that member at the same moment, called TICKET/RULE.

It is taken back when the ticket no longer qualifies, because it came back whole or was settled again; a later ticket
that qualifies instead then counts in its own place. The ledger does the same (sync/ledger/outbound.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from rules.decision import Outbound
from rules.history.again import insert, withdraw
from rules.history.member import Member
from rules.history.profile import TELLING
from rules.history.record import Record
from rules.history.sale import Sale
from rules.kinds.referral import REFERRAL
from rules.ticket import Event, Ticket


def event_name(ticket: str, rule: str) -> str:
    """What the event is called that the referral `rule` makes of a ticket."""
    return f"{ticket}/{rule}"


def pass_on(
    member: Member,
    order: int,
    find: Callable[[int], Member],
    happen: Callable[[Member, Ticket], None],
    name: str,
    day: date,
) -> None:
    """Tell the sponsors what changed with tickets of `member`, and theirs, until nothing more follows.

    `order` is the place of the record, called `name` and of the business date `day`, that changed them. `find` gives a
    member by number, `happen` counts an event that happens now.
    """
    waiting = [member]
    while waiting:
        one = waiting.pop()
        while one.changed:
            sale, before, after = one.changed.pop(0)
            for what in before:
                if what not in after:
                    sponsor = _sponsor(what, find)
                    withdraw(sponsor, sponsor.sales[event_name(sale.ticket.id, what.rule)], name, day)
                    waiting.append(sponsor)
            for what in after:
                if what not in before:
                    sponsor, event = _sponsor(what, find), _event(sale, what, one)
                    if sale.order == order:
                        happen(sponsor, event)
                    else:
                        insert(sponsor, _promised_nothing(sale, event, sponsor), name, day)
                    waiting.append(sponsor)


def families(records: Iterable[Record]) -> Mapping[str, str]:
    """Members who brought each other in, directly or over others, by name: each with the same one of the family."""
    heads: dict[str, str] = {}

    def head(name: str) -> str:
        while heads.setdefault(name, name) != name:
            name = heads[name]
        return name

    for record in records:
        event = record.event
        sponsor = event.fields.get("sponsor") if event is not None and event.name in TELLING else None
        if isinstance(sponsor, str) and record.member:
            heads[head(record.member)] = head(sponsor)
    return {name: head(name) for name in list(heads)}


def _sponsor(what: Outbound, find: Callable[[int], Member]) -> Member:
    assert what.member is not None, "only those that concern a member are kept"
    return find(what.member)


def _event(sale: Sale, what: Outbound, sponsored: Member) -> Ticket:
    ticket = sale.ticket
    return Ticket(
        event_name(ticket.id, what.rule),
        (),
        ticket.bdate,
        ticket.minute,
        ticket.store,
        event=Event(REFERRAL, ref=sponsored.name, fields=what.fields),
    )


def _promised_nothing(sale: Sale, event: Ticket, sponsor: Member) -> Sale:
    """An event that is found out later: all that it gives is settled above what was promised."""
    return Sale(
        ticket=event,
        version=sale.version,
        before=sponsor.history,
        balance={},
        deficit={},
        redeemed=[],
        promised=(),
        settled=(),
        rows={},
        tier="",
        net=0,
        reward=0,
        returns=[],
        order=sale.order,
    )

"""What a ticket has done elsewhere, by name, and how readers of the effects are told of it."""

import msgspec

from rules.decision import Outbound
from rules.kinds.incidents import INCIDENT
from rules.kinds.referral import REFERRAL
from rules.ticket import Event
from sync.ledger.books import Books
from sync.ledger.records import Sale

_outbound = msgspec.json.Decoder(tuple[Outbound, ...])


def named(ticket: str, data: bytes) -> dict[str, Outbound]:
    """By name: the ticket, the rule, and the place among the rule's."""
    found: dict[str, Outbound] = {}
    for one in _outbound.decode(data):
        place = sum(1 for other in found.values() if other.rule == one.rule)
        found[f"{ticket}/{one.rule}/{place}"] = one
    return found


def tell_elsewhere(books: Books, sale: Sale, sent: bytes) -> None:
    """Tell what `sale` does elsewhere from now on (`sent`), and what of it no longer holds, below 0.

    A referral is told by what it brings the sponsor.
    """
    before, after = named(sale.ticket, sale.outbound), named(sale.ticket, sent)
    for name in [*before, *[name for name in after if name not in before]]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        for one, sign in ((old, -1), (new, 1)):
            if one is not None and one.what != REFERRAL:
                books.tell(
                    one.what,
                    sale.bdate,
                    quantity=sign * one.quantity,
                    cents=sign * one.cents,
                    rule=one.rule,
                    ticket=sale.ticket,
                    detail=one.to,
                )


def tell_incident(books: Books, sale: Sale, event: Event | None, quantity: int = 1) -> None:
    """Tell that something went wrong for the member, or below 0 that it did not after all."""
    if event is not None and event.name == INCIDENT:
        kind = str(event.fields.get("kind", ""))
        books.tell("incident", sale.bdate, quantity=quantity, ticket=sale.ticket, detail=kind)

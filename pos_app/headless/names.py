"""What this till calls the tickets that a register names: the same name every time, and nobody else's."""

import hmac

from pos_app.headless.input import check_name
from pos_app.till.parts import Parts

_TICKET, _RECEIPT, _RETURN = b"assidu-ticket/1\0", b"assidu-receipt/1\0", b"assidu-return/1\0"


def ticket_name(parts: Parts, name: str) -> str:
    """The ticket that the register calls `name`, as 32 hex digits."""
    return _named(parts, _TICKET + name.encode())


def receipt_name(parts: Parts, pos_ref: str) -> str:
    """The ticket of a register that names it by the number of its receipt alone."""
    return _named(parts, _RECEIPT + pos_ref.encode())


def return_name(parts: Parts, pos_ref: str, ticket: str) -> str:
    """The return with this receipt number or name; "" for one that has neither. Raises Refused."""
    check_name(pos_ref)
    check_name(ticket)
    if pos_ref:
        return _named(parts, _RETURN + b"p" + pos_ref.encode())
    return _named(parts, _RETURN + b"t" + ticket.encode()) if ticket else ""


def _named(parts: Parts, text: bytes) -> str:
    return hmac.digest(parts.identity.lookup_key, text, "sha256")[:16].hex()

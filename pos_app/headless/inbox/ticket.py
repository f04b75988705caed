"""A finished ticket as any format says it, and what the till records of it."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from pos_app.headless.input import Refused, check_name
from pos_app.headless.names import receipt_name, return_name, ticket_name
from pos_app.till.finished import Brought, Sold
from pos_app.till.parts import Parts
from pos_app.till.state import BasketLine
from rules.sentences import mark, said

T = TypeVar("T")


class Finished(msgspec.Struct, frozen=True):
    """One ticket. `pos_ref` is the register's number of it, `ticket` its own name, either may be "".

    `of` names the ticket that comes back, "" for a sale; a return without lines is of all that is left. `surely` says
    that `member` is a card.
    """

    pos_ref: str
    lines: tuple[BasketLine, ...]
    ticket: str = ""
    member: str = ""
    of: str = ""
    currency: str = ""
    surely: bool = True

    @property
    def number(self) -> str:
        """By which the register knows it."""
        return self.pos_ref or self.ticket


class Wrong(msgspec.Struct, frozen=True):
    """A ticket that cannot be read, by its number ("" where that cannot be, either), and why."""

    number: str
    why: Refused
    lines: tuple[BasketLine, ...] = ()


def attempt(number: str, make: Callable[[], T]) -> T | Wrong:
    """What `make` makes of a ticket, or what is wrong with it: the others of its file are recorded all the same."""
    try:
        check_name(number)
    except Refused as why:
        return Wrong("", why)
    try:
        return make()
    except Refused as why:
        return Wrong(number, why)


def checked(one: Finished) -> Finished:
    """`one` if it can be recorded at all. Raises Refused."""
    for text in (one.pos_ref, one.ticket, one.of):
        check_name(text)
    if not one.number:
        raise no_number()
    total = sum(line.line.cents for line in one.lines)
    if not one.of and total < 0:
        raise Refused(
            "no_sale", said("{number} gives money back and names no sale: send refund_of.", number=one.number)
        )
    if not one.of and not one.lines:
        raise Refused(
            "bad_lines", said("{number} has no line: send at least one with its cents.", number=one.number)
        )
    if one.of and one.lines and not total:
        raise Refused(
            "bad_lines",
            said("{number} gives nothing back: send the lines with their cents.", number=one.number),
        )
    return one


def no_number() -> Refused:
    """What is said of a ticket that the register gave no number."""
    return Refused("no_number", mark("A ticket has no number: send pos_ref, which makes it count once."))


def job_of(parts: Parts, one: Finished) -> Sold | Brought:
    """What the till is asked to record."""
    if one.of:
        name = return_name(parts, one.pos_ref, one.ticket)
        return Brought(name, one.number, one.of, ticket_name(parts, one.of), one.lines, one.currency)
    ticket = ticket_name(parts, one.ticket) if one.ticket else receipt_name(parts, one.pos_ref)
    return Sold(ticket, one.number, one.lines, one.member, one.currency, one.surely)

"""What a member may spend of what is held, by how sure it is who stands there (devices.md section 4).

A number is known to whoever has seen the card, a signed card to whoever has photographed it: each pays for so much of a
business day at a till. A phone's code, or a manager who sees the member, pays for everything. Only points are counted:
a free item or a voucher was given for one use, and a voucher's paper has a code of its own.
"""

from typing import Final

from pos_app.languages.words import Words
from pos_app.till.moment import Moment
from pos_app.till.notices import tell
from pos_app.till.parts import Parts
from pos_app.till.state import Basket, Offer, Who, Worth
from pos_app.till.view import Notice
from rules.account import POINTS
from rules.programme.model import Programme
from rules.tools.offers import dearest
from sync.entry import Entry, Evidence, Risk, TicketBody, VoidBody, body_of
from sync.till import floors, journal

NUMBER, SIGNED, SURE = 0, 1, 2
_LEVEL: Final = {Evidence.STATIC.value: SIGNED, Evidence.DYNAMIC.value: SURE, Evidence.PIN.value: SURE}
WORTH_CENTS: Final = {NUMBER: 50_00, SIGNED: 250_00}
"""What a level pays for in rewards where the shop says nothing: a number as much as a bank card without PIN."""


def level(evidence: str) -> int:
    """How sure it is who shows this: NUMBER, SIGNED or SURE."""
    return _LEVEL.get(evidence, NUMBER)


def room(parts: Parts, basket: Basket, moment: Moment, programme: Programme) -> int | None:
    """Points that the ticket may take in all, wherever they lie; None for as many as there are."""
    who = basket.who
    if who is None or who.member is None:
        return None
    most = limit(parts, level(who.evidence), programme)
    if most is None:
        return None
    left = max(0, most - _spent(parts, who.member, level(who.evidence), moment))
    return max(left, basket.supervised.vouched) if basket.supervised is not None else left


def limit(parts: Parts, level: int, programme: Programme) -> int | None:
    """Points that a member may spend of a business day at this till at `level`; None without limit."""
    if level not in WORTH_CENTS:
        return None
    said = floors.limits(parts.reader)
    most = said.number if level == NUMBER else said.signed
    if most is not None:
        return most
    rate = dearest(programme)
    return int(WORTH_CENTS[level] / rate) if rate else None


def stops(worth: Worth | None, offer: Offer, points: int) -> bool:
    """Whether the ticket may not take `points` in all, the reward `offer` among them."""
    return (
        worth is not None and offer.option.asset == POINTS and worth.room is not None and points > worth.room
    )


def refusal(words: Words, who: Who, left: int) -> Notice:
    """What to do when a reward is more than what is shown may pay for; `left` points may still be taken."""
    code = "trust_number" if level(who.evidence) == NUMBER else "trust_signed"
    return tell(words, code, points=words.number(left))


def reason(words: Words, worth: Worth | None, offer: Offer) -> str:
    """The same beside a reward of which not even one step may be taken; "" where it may."""
    if not stops(worth, offer, offer.option.quantity):
        return ""
    return words("More than this card may spend today: a manager's badge allows it.")


def _spent(parts: Parts, member: int, level: int, moment: Moment) -> int:
    """Points that the member has spent here today on what is no surer than `level`, and no manager answered for."""
    entries = journal.entries_of_day(parts.reader, member, moment.bdate)
    undone = {body.of for entry in entries if isinstance(body := body_of(entry), VoidBody)}
    return sum(_points(entry) for entry in entries if entry.ticket not in undone and _counts(entry, level))


def _counts(entry: Entry, most: int) -> bool:
    return level(entry.evidence) <= most and not any(one.startswith(Risk.SUPERVISOR) for one in entry.risk)


def _points(entry: Entry) -> int:
    body = body_of(entry)
    burns = body.burns if isinstance(body, TicketBody) else ()
    return sum(burn.quantity for burn in burns if burn.asset == POINTS)

"""What a ticket or an event does to what this till holds, in the transaction that journals it."""

from collections.abc import Collection

from pos_app.till.floors import stale_days
from pos_app.till.grants import holder_of
from pos_app.till.moment import Moment
from pos_app.till.parts import Parts
from pos_app.till.plan import Birthplace, Plan, plan
from pos_app.till.state import Who
from rules.account import POINTS
from rules.decision import Decision
from rules.programme.model import Programme
from sync.entry import Risk
from sync.till import slices
from sync.till.database import Connection


def take_effect(
    conn: Connection,
    who: Who,
    decision: Decision,
    programme: Programme,
    place: Birthplace,
    *,
    cards: bool = True,
    beyond: int = 0,
    first: Collection[str] = (),
) -> Plan:
    """Draw for the burns, keep what is born, and fill `cards` where the entry can tell of them.

    The lots in `first` are drawn before others.

    Raises NotEnough when what is held, and `beyond` points more, do not pay.
    """
    holder = holder_of(who)
    held = slices.slices_of(conn, holder) if who.member is not None else ()
    conversions = programme.conversions if cards and who.member is not None else ()
    effects = plan(decision, held, conversions, who.account.deficit, place, beyond, first)
    slices.draw(conn, (draw for burn in effects.burns for draw in burn.draws))
    for lot in effects.born:
        slices.birth(
            conn,
            holder,
            lot=lot.lot,
            asset=lot.asset,
            quantity=lot.quantity,
            last_day=lot.last_day,
            available_on=lot.available_on,
            earned_on=place.bdate,
            ticket=place.ticket,
        )
    slices.draw(conn, (draw for card in effects.converted for draw in card.draws))
    return effects


def risk_bits(parts: Parts, who: Who | None, moment: Moment, *, granted: bool) -> tuple[str, ...]:
    """Under which conditions the till decided."""
    bits = (
        (Risk.OFFLINE, not parts.online),
        (Risk.GRANT, granted),
        (Risk.CLOCK_UNTRUSTED, not moment.trusted),
        (Risk.THIN, who is not None and who.member is not None and who.account.known != "full"),
        (Risk.UNKNOWN_CARD, who is not None and who.member is None),
        (Risk.STALE, stale_days(parts, moment) > 0),
    )
    return tuple(bit.value for bit, is_set in bits if is_set)


def points_seen(who: Who | None, programme: Programme | None) -> int:
    """The balance before the ticket, where a rule reads it: only the till can say what there was to be seen."""
    if who is None or programme is None or "member.points" not in programme.read:
        return 0
    return who.account.balance.get(POINTS, 0)


def till_name(parts: Parts, programme: Programme | None) -> str:
    """The name of this till, where a rule reads it."""
    return parts.identity.till if programme is not None and "ticket.till" in programme.read else ""

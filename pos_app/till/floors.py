"""What a ticket may take beyond what this till holds while it has no line, and why no more (ledger-and-sync.md 4.6).

Nothing is given where the till knows too little to be bold: by an uncertain clock, by old rules or revocations, to a
member it does not know in full. A card that anybody can copy, a new member and a full limit of a ticket or a member
are matters of trust: there a manager may answer for the member. The till's own limit no badge lifts, so that what a
chain may lose stays what its owner was shown.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from pos_app.till.moment import Moment
from pos_app.till.parts import Parts
from pos_app.till.state import Bar, Basket, Floor, Who
from rules.account import POINTS, Account
from rules.decision import Burn
from sync.entry import Evidence, Risk
from sync.floors import DAY_MS, room
from sync.till import floors
from sync.till.cursors import sync_state
from sync.till.database import Connection

_SIGNED = frozenset({Evidence.STATIC, Evidence.DYNAMIC, Evidence.PIN})
_LIVE = frozenset({Evidence.DYNAMIC, Evidence.PIN})


def floor_of(conn: Connection, who: Who | None, moment: Moment, held: int) -> Floor:
    """What the limits allow for `who`, of whose points this till holds `held`, whether there is a line or not."""
    limits = floors.limits(conn)
    state = sync_state(conn)
    if state.spends_nothing:
        return Floor(bar=Bar.FENCED if state.fenced else Bar.ELSEWHERE)
    if not limits.on or who is None or who.member is None:
        return Floor(held=held)
    bar = _blind(conn, who, moment, limits.stale_days)
    taken = floors.taken(conn, who.member)
    most = max(0, min(spendable(who.account, POINTS, moment.bdate) - held, limits.till - taken.till))
    if bar is None and taken.till >= limits.till:
        bar = Bar.TILL
    if bar is not None:
        return Floor(0, 0, held, bar)
    doubt = _doubt(who, moment.bdate, limits.new_days)
    if doubt is not None:
        return Floor(0, most, held, doubt)
    if who.evidence in _LIVE:  # what is drawn anew each time is no copy: only the till's own limit is left
        return Floor(most, most, held, Bar.LIMIT)
    return Floor(min(most, room(limits, taken)), most, held, Bar.LIMIT)


def allowed(parts: Parts, floor: Floor, basket: Basket, promised: int) -> int:
    """Points that the ticket may take beyond what is held. With a line the ledger is asked instead; what was `promised`
    on this ticket before it came back stands."""
    units = floor.units
    if basket.supervised is not None:
        units = max(units, min(floor.lift, basket.supervised.units))
    return min(units, promised) if parts.online else units


def beyond(burns: Iterable[Burn], held: int) -> int:
    """Points that `burns` take beyond the `held` ones."""
    return max(0, sum(burn.quantity for burn in burns if burn.asset == POINTS) - held)


def spendable(account: Account, asset: str, today: date) -> int:
    """Units of `asset` that the member owns and may use on `today`, wherever they lie.

    `account` may be as it was on a day before: whose ticket was begun then.
    """
    lots = [lot for lot in account.holdings if lot.asset == asset]
    idle = sum(lot.quantity for lot in lots if not lot.available_on <= today <= lot.last_day)
    return account.balance.get(asset, 0) - idle


def stale_days(parts: Parts, moment: Moment) -> int:
    """For how many whole days the till has heard nothing of rules and revocations; 0 while that is not too long."""
    heard = sync_state(parts.reader).heard_ms
    if not heard or not parts.identity.paired:
        return 0
    days = (moment.now_ms - heard) // DAY_MS
    return days if days >= floors.limits(parts.reader).stale_days else 0


def floor_bits(basket: Basket, taken: int) -> tuple[str, ...]:
    """What the entry of a ticket says of the `taken` points beyond grants, and who allowed it to take what it takes."""
    answered = basket.supervised
    bits = (Risk.FLOOR.value,) if taken else ()
    if answered is None or not (taken or (answered.vouched and basket.choices)):
        return bits
    return (*bits, f"{Risk.SUPERVISOR}:{answered.by}")


def _blind(conn: Connection, who: Who, moment: Moment, most_days: int) -> Bar | None:
    """What the till knows too little of."""
    heard = sync_state(conn).heard_ms
    if not moment.trusted:
        return Bar.CLOCK
    if not heard or moment.now_ms - heard >= most_days * DAY_MS:
        return Bar.STALE
    account = who.account
    if account.known != "full" or account.blocked or account.deficit.get(POINTS, 0):
        return Bar.UNKNOWN
    return None


def _doubt(who: Who, today: date, new_days: int) -> Bar | None:
    """What a manager who sees the member can answer for."""
    if who.evidence not in _SIGNED:
        return Bar.EVIDENCE
    since = who.account.since
    if since is None or since > today - timedelta(days=new_days):
        return Bar.NEW
    return None

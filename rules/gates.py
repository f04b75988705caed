"""The gates of a rule: whether it has a say on this ticket at all, in a fixed order (rules.md section 4)."""

from rules.basis import Basis
from rules.decision import Gap, Outcome, Reason
from rules.programme.model import Rule

# The two that are told most; looked up once, since a member of an enum costs a call in Python 3.11.
_NO_LINE = Reason.NO_ELIGIBLE_LINE
_FALSE = Reason.CONDITION_FALSE


def doors(rule: Rule, basis: Basis) -> Outcome | None:
    """What keeps the member out whatever the ticket: membership, a block, the store, the channel."""
    account, ticket = basis.account, basis.ticket
    if account.member is None:
        return _refused(rule, Reason.NOT_MEMBER)
    if account.blocked:
        return _refused(rule, Reason.ON_HOLD)
    if rule.stores and ticket.store not in rule.stores:
        return _refused(rule, Reason.WRONG_STORE)
    if rule.channels and ticket.channel not in rule.channels:
        return _refused(rule, Reason.WRONG_CHANNEL)
    return None


def ticket_gates(rule: Rule, basis: Basis) -> Outcome | None:
    """The gates for something the member already owns: the doors, and a ticket that counts."""
    return doors(rule, basis) or _counts(rule, basis)


def gates(rule: Rule, basis: Basis) -> Outcome | None:
    """All gates of `rule`: doors, window, schedule, counting, lines, minimum, condition, history."""
    return doors(rule, basis) or _out_of_time(rule, basis) or _counts(rule, basis) or inner_gates(rule, basis)


def inner_gates(rule: Rule, basis: Basis) -> Outcome | None:
    """The gates of `rule` behind those of member, place, time and counting: lines, minimum, condition, history."""
    if rule.lines is not None and not basis.lines_of(rule):
        return _refused(rule, _NO_LINE)
    if basis.gross < rule.min_basket:
        return _refused(rule, Reason.BELOW_MINIMUM, Gap("cents", basis.gross, int(rule.min_basket)))
    if rule.when is not None and not rule.when(basis.facts, basis.lines):
        absent = rule.condition is not None and not rule.condition.fields <= basis.facts.keys()
        return _refused(rule, Reason.FIELD_ABSENT if absent else _FALSE)
    if rule.kind.needs_history and not basis.known:
        return _refused(rule, Reason.SETTLED_LATER)
    return None


def _out_of_time(rule: Rule, basis: Basis) -> Outcome | None:
    day, minute = basis.moment
    start, end = rule.valid.start, rule.valid.end
    if start is not None and (day, minute) < (start.date(), start.hour * 60 + start.minute):
        return _refused(rule, Reason.NOT_YET_VALID)
    if end is not None and (day, minute) >= (end.date(), end.hour * 60 + end.minute):
        return _refused(rule, Reason.ENDED)
    if rule.schedule and not any(
        basis.ticket.weekday in slot.days and slot.from_minute <= minute < slot.to_minute
        for slot in rule.schedule
    ):
        return _refused(rule, Reason.OUTSIDE_SCHEDULE)
    return None


def _counts(rule: Rule, basis: Basis) -> Outcome | None:
    if basis.open:
        return None
    count_from = int(basis.programme.header.count_from)
    return _refused(rule, Reason.BELOW_MINIMUM, Gap("cents", basis.gross, count_from))


def _refused(rule: Rule, reason: Reason, gap: Gap | None = None) -> Outcome:
    return Outcome(rule.id, rule.kind.name, reason, gap=gap)

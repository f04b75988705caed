"""`earn.comeback`: a prize for a visit after an absence."""

import msgspec

from rules.basis import Basis, Effect, nothing
from rules.decision import Gap, Reason
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.prize import award, prize_assets, prize_faults
from rules.programme.model import Programme, Rule
from rules.programme.values import Days


class EarnComeback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize (`points`, or a `voucher`) when the last counted visit lies at least `absent` days back."""

    absent: Days
    points: int = 0
    voucher: str = ""


def _apply(rule: Rule, basis: Basis) -> Effect:
    table: EarnComeback = rule.table
    last = basis.account.last_visit
    if last is None:  # whoever was never here cannot come back
        return nothing(rule, Reason.NO_EFFECT)
    gone = max(0, (basis.day - last).days)
    if gone < table.absent:
        return nothing(rule, Reason.NO_EFFECT, Gap("days", gone, int(table.absent)))
    return award(rule, basis, table, basis.lines_of(rule))


def _check(rule: Rule, programme: Programme) -> tuple[Problem, ...]:
    table: EarnComeback = rule.table
    problems = list(prize_faults(table, programme))
    if table.absent < 2:
        text = "write an absence of at least 2 days: whoever came yesterday was not away"
        problems.append(Problem(text, key="absent"))
    return tuple(problems)


KIND = register(
    Kind(
        "earn.comeback",
        Phase.BONUS,
        EarnComeback,
        _apply,
        check=_check,
        needs_history=True,
        netting=lambda _table: "day",
        assets=lambda _id, table: prize_assets(table),
    )
)

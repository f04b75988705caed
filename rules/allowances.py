"""What a programme allows one member in a period, by its caps and the limits of its rules; tills hold shares of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from rules.calendar import scope_key
from rules.kinds.cap import KIND as CAPS
from rules.kinds.cap import cap_counter
from rules.limits import use_counter
from rules.programme.model import Programme


class Allowance(msgspec.Struct, frozen=True):
    """At most `units` (points, or uses of a rule) `per` period; `key` is where the history counts what is used up."""

    counter: str
    units: int
    per: str
    key: str

    def left(self, state: Mapping[str, Any], day: date) -> int:
        """Units that a member with this history has left in the period of `day`, never below 0."""
        before = state.get(self.key)
        used = before["n"] if before is not None and before["in"] == scope_key(self.per, day) else 0
        return max(0, self.units - int(used))


def allowances_of(programme: Programme) -> tuple[Allowance, ...]:
    """Every allowance of the programme that outlives a ticket, in the order of its rules."""
    found = []
    for rule in programme.rules:
        if rule.kind is CAPS and rule.table.per != "ticket":
            found.append(Allowance(cap_counter(rule), rule.table.max, rule.table.per, rule.id))
        if rule.limit is not None:
            counter = use_counter(rule)
            found.append(Allowance(counter, rule.limit.count, rule.limit.per, counter))
    return tuple(found)

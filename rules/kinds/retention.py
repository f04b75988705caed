"""`retention`: how long the data of a member who does not come any more are kept, and when the member is told."""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from rules.calendar import add_months
from rules.errors import Problem
from rules.kinds.base import Kind, Phase, register
from rules.programme.model import Programme, Rule
from rules.programme.values import Days

RETENTION = "retention"
# CNIL, référentiel "gestion des activités commerciales" (2022): three years after the last contact.
REFERENCE_MONTHS = 36


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Personal data go `inactive_months` after the last contact; the member is told `warn` days before."""

    inactive_months: Annotated[int, Meta(ge=1, le=1200)]
    warn: Days = Days(30)

    def ends(self, last_contact: date) -> date:
        """The day on which the data of a member go who was last heard of on `last_contact`."""
        return add_months(last_contact, self.inactive_months)

    def warns(self, last_contact: date) -> date:
        """The day from which that member has to be told."""
        return self.ends(last_contact) - timedelta(days=self.warn)


REFERENCE = Retention(REFERENCE_MONTHS)
"""What holds where a programme says nothing."""


def retention_of(programme: Programme) -> Retention | None:
    """The programme's `[retention]`, or None."""
    found: Retention | None = programme.policy(RETENTION)
    return found


def _check(rule: Rule, _programme: Programme) -> tuple[Problem, ...]:
    table, problems = rule.table, []
    if table.inactive_months > REFERENCE_MONTHS:
        text = f"write at most {REFERENCE_MONTHS} months: the CNIL's reference is three years after the last contact"
        problems.append(Problem(text, key="inactive_months", warning=True))
    if not 0 < table.warn < table.inactive_months * 28:
        text = "warn at least one day before, and after the member was last heard of"
        problems.append(Problem(text, key="warn"))
    return tuple(problems)


KIND = register(Kind(RETENTION, Phase.POLICY, Retention, check=_check, singleton=True, takes=()))

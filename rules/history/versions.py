"""The versions of a programme by business date."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from rules.calendar import scope_key, store_time
from rules.errors import Problem, ProgrammeError
from rules.kinds.tiers import TIERS, threshold
from rules.netting import scope_of
from rules.programme.model import Programme
from rules.programme.versions import overlap
from rules.sentences import said


class Version:
    """One version of a programme, with what is asked of it at every ticket. `levels` are its tiers from low to high."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.header = programme.header
        tiers = programme.policy(TIERS)
        self.levels: tuple[str, ...] = ()
        if tiers is not None:
            self.levels = tuple([level.id for level in sorted(tiers.levels, key=threshold)])
        self._scopes: dict[str, str] = {}

    def scope(self, asset: str, day: date, ticket: str) -> tuple[str, str]:
        """Over what the promises of an asset are netted: the asset, and the period that holds `day`, or the ticket."""
        scope = self._scopes.get(asset)
        if scope is None:
            scope = self._scopes[asset] = scope_of(asset, self.programme)
        return asset, f"{scope}:{scope_key(scope, day) or ticket}"


class Moment(NamedTuple):
    """When a ticket was sold in store time, and the version of the programme that is in force then."""

    version: Version
    bdate: date
    minute: int


class Versions:
    """Versions of one programme, each in force on its own business dates."""

    def __init__(self, programmes: Sequence[Programme]) -> None:
        """Raises ProgrammeError where two versions are in force on the same day."""
        ordered = sorted(programmes, key=lambda one: one.header.effective_from)
        self.all = tuple([Version(one) for one in ordered])
        for one, after in zip(self.all, self.all[1:], strict=False):
            both = overlap(one.header, after.header)
            if both is not None:
                text = f"version {after.header.version} begins before version {one.header.version} ends"
                if one.header.id != after.header.id:
                    text = f"{one.header.id} is still in force when {after.header.id} begins: let it end"
                raise ProgrammeError((Problem(f"{text}, on {both[0]}", key="effective_from"),))

    def at(self, moment: datetime) -> Moment | None:
        """The version in force at `moment` (UTC), with the business date and minute it gives; None in a gap."""
        for one in self.all:
            header = one.header
            local = store_time(moment, header.timezone, header.business_day_ends)
            if header.effective_from <= local.bdate < header.effective_to:
                return Moment(one, local.bdate, local.minute)
        return None

    def day_of(self, moment: datetime) -> date:
        """The business date of `moment` (UTC) where no version is in force: as the first one counts it."""
        header = self.all[0].header
        return store_time(moment, header.timezone, header.business_day_ends).bdate

    def on(self, day: date) -> Version:
        """The version in force on `day`, else the last one that was before it, else the first."""
        begun = [one for one in self.all if one.header.effective_from <= day]
        return begun[-1] if begun else self.all[0]


def nothing_on(day: date) -> str:
    """Why a record of the business date `day` cannot be counted: it lies in a gap between versions, or outside all."""
    return said("no version of the programme is in force on its business date, {day}", day=day)

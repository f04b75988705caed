"""A loaded programme: header, and rules in their total order."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec

from rules.kinds.base import Kind
from rules.language.condition import Checked, Condition, Facts, LineFilter

__all__ = ["Condition", "Facts", "Header", "LineFilter", "Programme", "Rule", "Slot", "Window"]


class Header(msgspec.Struct, frozen=True):
    """The `[programme]` table. `count_from` is in cents; `business_day_ends` is a local time after midnight."""

    id: str
    name: Mapping[str, str]
    version: int
    effective_from: date
    effective_to: date
    timezone: str
    currency: str
    unit: Mapping[str, str]
    supersedes: int | None = None
    earn_on: str = "net"
    rounding: str = "floor"
    count_from: int = 1
    business_day_ends: time = time(0, 0)
    exclude_categories: tuple[str, ...] = ()
    exclude_skus: tuple[str, ...] = ()


class Window(msgspec.Struct, frozen=True):
    """A half-open validity window in store time; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class Slot(msgspec.Struct, frozen=True):
    """One entry of a schedule: ISO weekdays (1 to 7) and minutes of the local day, half-open."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    from_minute: int = 0
    to_minute: int = 1440


class Rule(msgspec.Struct, frozen=True):
    """One rule: the common keys, its kind, the kind's own typed table, and its compiled conditions.

    `filters` holds the compiled line filters of the kind's own table by key, such as `reward.lines`.
    """

    id: str
    kind: Kind
    table: Any
    label: Mapping[str, str] = {}
    group: str = ""
    priority: int = 0
    valid: Window = Window()
    schedule: tuple[Slot, ...] = ()
    min_basket: int = 0
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    when: Condition | None = None
    lines: LineFilter | None = None
    when_source: str = ""
    lines_source: str = ""
    condition: Checked | None = None
    filters: Mapping[str, LineFilter] = {}


class Programme(msgspec.Struct, frozen=True):
    """A whole programme. `sha256` is the hash of the file's bytes in hex; `rules` are by priority, then id."""

    header: Header
    rules: tuple[Rule, ...]
    groups: Mapping[str, str]
    fields: Mapping[str, Any]
    sha256: str

    def rule(self, rule_id: str) -> Rule | None:
        """The rule called `rule_id`, or None."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        return None

"""One rule: the keys that every rule may have, and the typed table of its kind."""

from collections.abc import Callable, Iterator, Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from rules.errors import ProgrammeError
from rules.kinds.base import Kind
from rules.language.condition import Checked, CheckedFilter, compile_condition, compile_filter
from rules.language.fields import WEEKDAYS
from rules.language.tree import Schema
from rules.programme.header import ID, ID_ADVICE, Text, per_language, text_fault
from rules.programme.locate import Path
from rules.programme.model import Budget, Header, Limit, LineFilter, Rule, Slot, Window
from rules.programme.source import Source
from rules.programme.tables import convert_table
from rules.programme.values import Cents, Days, Moment, cents_fault, overrun_fault, units_from

AnyChecked = TypeVar("AnyChecked", bound=Checked | CheckedFilter)

_DAY = 24 * 60
_NOT_TYPED = "(.sku != '' || .category != '')"
_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _WindowTable(Struct, frozen=True):
    """`valid = { from, to }`, half-open."""

    start: Moment | None = msgspec.field(default=None, name="from")
    end: Moment | None = msgspec.field(default=None, name="to")


class _SlotTable(Struct, frozen=True):
    """One entry of `schedule`: every day without `days`; midnight as its end is the end of the day."""

    days: tuple[_Weekday, ...] | None = None
    start: time = msgspec.field(default=time(0, 0), name="from")
    end: time = msgspec.field(default=time(0, 0), name="to")

    def minutes(self) -> tuple[int, int]:
        """First minute and the minute after the last one."""
        return (
            self.start.hour * 60 + self.start.minute,
            self.end.hour * 60 + self.end.minute or _DAY,
        )


class _MaxTable(Struct, frozen=True):
    """`max = { count, per }`: how often one member may get it."""

    count: Annotated[int, Meta(ge=1)]
    per: Literal["day", "week", "month", "year", "ever"]


class _CommonTable(Struct, frozen=True):
    """The keys that every rule may have."""

    id: str = ""
    kind: str = ""
    label: Text = ""
    group: str = ""
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    valid: _WindowTable = _WindowTable()
    schedule: tuple[_SlotTable, ...] = ()
    when: str = ""
    lines: str = ""
    min_basket: Cents = Cents(0)
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    max: _MaxTable | None = None
    budget: int | Decimal | None = None
    overrun: int | Decimal | None = None
    earn_on: Literal["gross", "net"] | None = None
    vesting: Days = Days(0)


class _Compiled(NamedTuple):
    """The compiled conditions of a rule: `when`, `lines`, and those inside the kind's own table."""

    when: Checked | None
    lines: CheckedFilter | None
    filters: Mapping[str, LineFilter]
    conditions: Mapping[str, Checked]


COMMON_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(_CommonTable))


def read_rule(
    source: Source,
    path: Path,
    raw: Mapping[str, Any],
    kind: Kind | None,
    schema: Schema,
    header: Header | None,
) -> Rule | None:
    """The rule at `path`, or None after its faults were reported. Without a kind only the common keys are read."""
    before = len(source.problems)
    mine = kind.table.__struct_encode_fields__ if kind else ()
    common_raw = {key: value for key, value in raw.items() if key in COMMON_KEYS and key not in mine}
    own_raw = {key: value for key, value in raw.items() if key not in common_raw}

    def report(below: Path, message: str) -> None:
        source.report((*path, *below), message)

    common = convert_table(common_raw, _CommonTable, report)
    own = convert_table(own_raw, kind.table, report, COMMON_KEYS) if kind else None
    filters = kind.filters(own) if kind and kind.filters and own is not None else {}
    conditions = kind.conditions(own) if kind and kind.conditions and own is not None else {}
    compiled = _Compiled(
        *_conditions(source, path, common_raw, schema),
        {key: one.run for key, one in _own(source, path, filters, compile_filter, schema).items()},
        _own(source, path, conditions, compile_condition, schema),
    )
    if _by_products(kind, own, header):
        compiled = _without_typed(source, path, compiled, schema)
    if kind is not None and not kind.counts_money and "earn_on" in common_raw:
        report(("earn_on",), f"leave earn_on out: {kind.name} does not count money")
    for below, message in _faults(common, path) if common else ():
        report(below, message)
    if any(not problem.warning for problem in source.problems[before:]):
        return None
    if common is None or kind is None:
        return None
    return _rule(common, kind, own, compiled, header.earn_on if header is not None else "net")


def _faults(common: _CommonTable, path: Path) -> Iterator[tuple[Path, str]]:
    if path[0] == "rule" and not ID.fullmatch(common.id):
        yield ("id",) if common.id else (), ID_ADVICE
    if common.label and text_fault(common.label):
        yield ("label",), text_fault(common.label)
    fault = _budget_fault(common.budget)
    if fault:
        yield ("budget",), fault
    else:
        capped = common.budget is None and (common.kind == "cap" or common.max is not None)
        fault = (
            "a cap and a max have no overrun, what no share of them covers comes later: leave it out"
            if capped and common.overrun is not None
            else overrun_fault(common.overrun, common.budget, "budget")
        )
        if fault:
            yield ("overrun",), fault
    start, end = common.valid.start, common.valid.end
    if start is not None and end is not None and end <= start:
        yield ("valid",), "write a moment after from: to is the first moment without the rule"
    for slot in common.schedule:
        first, last = slot.minutes()
        if first >= last or slot.days == ():
            yield ("schedule",), "write from before to, in two entries for hours across midnight"
        if slot.start.second or slot.end.second or slot.start.microsecond or slot.end.microsecond:
            yield ("schedule",), "write whole minutes"


def _budget_fault(budget: int | Decimal | None) -> str:
    """What is wrong with a budget: whole points, or an amount of money with two decimals."""
    if isinstance(budget, Decimal):
        return cents_fault(budget) or ("" if budget else "write a budget above 0.00")
    return "write a budget of at least 1 point" if budget is not None and budget < 1 else ""


def _budget(budget: int | Decimal | None, overrun: int | Decimal | None) -> Budget | None:
    if budget is None:
        return None
    return Budget(units_from(budget), isinstance(budget, Decimal), units_from(overrun or 0))


def _conditions(
    source: Source, path: Path, raw: Mapping[str, Any], schema: Schema
) -> tuple[Checked | None, CheckedFilter | None]:
    """`when` and `lines` compiled; their faults and warnings are reported at their place in the file."""
    when, lines = raw.get("when"), raw.get("lines")
    return (
        _compiled(source, (*path, "when"), when, compile_condition, schema)
        if isinstance(when, str)
        else None,
        _compiled(source, (*path, "lines"), lines, compile_filter, schema)
        if isinstance(lines, str)
        else None,
    )


def _own(
    source: Source,
    path: Path,
    texts: Mapping[str, str],
    compile_: Callable[[str, Schema], AnyChecked],
    schema: Schema,
) -> dict[str, AnyChecked]:
    """The conditions inside the kind's own table, compiled, by dotted key."""
    found: dict[str, AnyChecked] = {}
    for key, text in texts.items():
        checked = _compiled(source, (*path, *key.split(".")), text, compile_, schema)
        if checked is not None:
            found[key] = checked
    return found


def _by_products(kind: Kind | None, own: Struct | None, header: Header | None) -> bool:
    """Whether an amount typed without products earns nothing under the rule."""
    if header is None or header.typed_amount != "counts" or kind is None or own is None:
        return False
    return kind.products is not None and kind.products(own)


def _without_typed(source: Source, path: Path, compiled: _Compiled, schema: Schema) -> _Compiled:
    """The conditions of a rule with `lines` narrowed to goods: a typed amount has neither sku nor category."""
    mine = compiled.lines
    text = f"({mine.source}) && {_NOT_TYPED}" if mine is not None else _NOT_TYPED
    try:
        return compiled._replace(lines=compile_filter(text, schema))
    except ProgrammeError:  # its own faults are reported already
        source.report((*path, "lines"), "shorten the condition: typed_amount adds a part to it")
        return compiled


def _compiled(
    source: Source, path: Path, text: str, compile_: Callable[[str, Schema], AnyChecked], schema: Schema
) -> AnyChecked | None:
    try:
        checked = compile_(text, schema)
    except ProgrammeError as error:
        for problem in error.problems:
            source.report_inside(path, text, problem)
        return None
    for problem in checked.problems:
        source.report_inside(path, text, problem)
    return checked


def _rule(common: _CommonTable, kind: Kind, own: Struct | None, compiled: _Compiled, earn_on: str) -> Rule:
    when, lines, filters, conditions = compiled
    return Rule(
        id=kind.name if kind.singleton else common.id,
        kind=kind,
        table=own,
        label=per_language(common.label) if common.label else {},
        group=common.group,
        priority=common.priority,
        valid=Window(common.valid.start, common.valid.end),
        schedule=tuple(_slot(slot) for slot in common.schedule),
        min_basket=common.min_basket,
        stores=common.stores,
        channels=common.channels,
        excludes=common.excludes,
        when=when.run if when else None,
        lines=lines.run if lines else None,
        when_source=when.source if when else "",
        lines_source=lines.source if lines else "",
        condition=when,
        filters=filters,
        conditions=conditions,
        anchors=lines.anchors if lines else None,
        earn_on=common.earn_on or earn_on,
        vesting=common.vesting,
        limit=Limit(common.max.count, common.max.per) if common.max is not None else None,
        budget=_budget(common.budget, common.overrun),
    )


def _slot(table: _SlotTable) -> Slot:
    first, last = table.minutes()
    days = WEEKDAYS if table.days is None else table.days
    return Slot(tuple(WEEKDAYS.index(day) + 1 for day in days), first, last)

"""A programme file to a checked programme, with all faults of the file at once (rules.md sections 2 and 3)."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

import msgspec

import rules.kinds.all  # noqa: F401 - registers every kind
from rules.errors import Problem, ProgrammeError
from rules.kinds.base import Kind, find_kind, kind_names
from rules.language.fields import programme_schema
from rules.language.tree import Schema
from rules.programme.fits import misfits
from rules.programme.header import read_header
from rules.programme.locate import Path
from rules.programme.model import Header, Programme, Rule
from rules.programme.profile import read_fields, read_groups
from rules.programme.references import Located, check_references
from rules.programme.rule import read_rule
from rules.programme.source import Source
from rules.programme.values import MAX_INT
from rules.suggest import did_you_mean

_SECTIONS = ("format", "programme", "fields", "groups", "rule")
_DEEPEST = 20


def load_programme(data: bytes, file: str = "programme.toml") -> Programme:
    """The programme of a file's bytes. Raises ProgrammeError with every fault, named after `file`.

    The file is TOML in UTF-8 of at most 1 MiB. Rules come by priority (highest first), then id.
    """
    programme, problems = _read(data, file)
    if programme is None:
        raise ProgrammeError(problems)
    return programme


def check_programme(data: bytes, file: str = "programme.toml") -> tuple[Problem, ...]:
    """All faults and warnings of a file, by line. Never raises."""
    try:
        return _read(data, file)[1]
    except ProgrammeError as error:
        return error.problems


def _read(data: bytes, file: str) -> tuple[Programme | None, tuple[Problem, ...]]:
    source = Source(data, file)
    for path, message in _out_of_bounds(source.raw, ()):
        source.report(path, message)
    header = read_header(source)
    fields, groups = read_fields(source), read_groups(source)
    tables = _rule_tables(source)
    check_references(source, tables, groups)
    schema = programme_schema(_tier_ids(source.raw), fields)
    rules = _read_rules(source, tables, schema, header)
    programme = None
    if header is not None and len(rules) == len(tables):
        every = sorted(_expanded(tuple(rules.values())), key=_order)
        programme = Programme(header, tuple(every), groups, fields, sha256(data).hexdigest())
        _check_rules(source, rules, programme)
    elif header is not None:
        _check_rules(source, rules, cast(Programme, _HeaderAlone(header)))
    problems = tuple(sorted(source.problems, key=lambda problem: (problem.line, problem.column)))
    return (None if source.broken else programme), problems


def _order(rule: Rule) -> tuple[int, str]:
    return -rule.priority, rule.id


def _expanded(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """The rules that stand for those of the file: the gifts of a catalogue are chosen, and excluded, one by one."""
    parts = {rule.id: (rule,) if rule.kind.expand is None else rule.kind.expand(rule) for rule in rules}
    for rule in [each for part in parts.values() for each in part]:
        if rule.excludes:
            named = [each.id for other in rule.excludes for each in parts.get(other, ())]
            yield msgspec.structs.replace(rule, excludes=tuple(named))
        else:
            yield rule


def _out_of_bounds(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Numbers that are too large, and tables that are nested too deep."""
    if len(path) > _DEEPEST:
        yield path, f"flatten the tables: they are nested deeper than {_DEEPEST} levels"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _out_of_bounds(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _out_of_bounds(item, (*path, index))
    elif isinstance(value, int) and abs(value) > MAX_INT:
        yield path, f"the number is too large: write at most {MAX_INT}"


def _rule_tables(source: Source) -> list[Located]:
    """The raw tables of all rules with their paths; what is neither a section nor a rule is reported."""
    tables: list[Located] = []
    for name, value in source.raw.items():
        kind = find_kind(name)
        if name == "rule":
            tables.extend(_array(source, value))
        elif kind is not None and kind.singleton and isinstance(value, Mapping):
            tables.append(((name,), value))
        elif kind is not None and kind.singleton:
            source.report((name,), f"write {name} as a table: [{name}]")
        elif name not in _SECTIONS:
            known = (*_SECTIONS, *(each for each in kind_names() if _is_singleton(each)))
            source.report((name,), f"there is no table {name}{did_you_mean(name, known)}")
    return tables


def _array(source: Source, value: Any) -> Iterator[Located]:
    if not isinstance(value, list):
        source.report(("rule",), "write each rule under its own [[rule]]")
        return
    for index, raw in enumerate(value):
        if isinstance(raw, Mapping):
            yield ("rule", index), raw
        else:
            source.report(("rule", index), "write each rule under its own [[rule]]")


def _is_singleton(name: str) -> bool:
    kind = find_kind(name)
    return kind is not None and kind.singleton


def _tier_ids(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the levels of `[tiers]`, as far as they can be read; the kind checks the table itself."""
    tiers = raw.get("tiers")
    levels = tiers.get("levels") if isinstance(tiers, Mapping) else None
    found = (
        [level.get("id") for level in levels if isinstance(level, Mapping)]
        if isinstance(levels, list)
        else []
    )
    return tuple(name for name in found if isinstance(name, str))


def _read_rules(
    source: Source, tables: list[Located], schema: Schema, header: Header | None
) -> dict[Path, Rule]:
    rules: dict[Path, Rule] = {}
    for path, raw in tables:
        rule = read_rule(source, path, raw, _kind_of(source, path, raw), schema, header)
        if rule is not None:
            rules[path] = rule
    return rules


def _kind_of(source: Source, path: Path, raw: Mapping[str, Any]) -> Kind | None:
    if path[0] != "rule":
        return find_kind(str(path[0]))
    name = raw.get("kind", "")
    kind = find_kind(name) if isinstance(name, str) else None
    if kind is None:
        known = [each for each in kind_names() if not _is_singleton(each)]
        advice = did_you_mean(name, known) if isinstance(name, str) else ""
        source.report(
            (*path, "kind"), f"there is no rule kind {name!s}{advice}" if name else "add the key kind"
        )
        return None
    if kind.singleton:
        source.report((*path, "kind"), f"write this as the table [{kind.name}], once a file")
        return None
    return kind


def _check_rules(source: Source, rules: Mapping[Path, Rule], programme: Programme) -> None:
    """What the kinds themselves find wrong, and rules that can never apply.

    Of a programme that could not be read whole, only what does not depend on the rest of it.
    """
    for path, rule in rules.items():
        found: tuple[Problem, ...] = ()
        if rule.kind.check is not None:
            with suppress(_Elsewhere):
                found = rule.kind.check(rule, programme)
        for problem in (*found, *misfits(rule)):
            source.adopt(path, problem)
        if not source.broken and _never_valid(rule, programme.header):
            text = "the rule is never valid while this version is in effect: check its dates"
            source.report((*path, "valid"), text, warning=True)


class _Elsewhere(LookupError):
    """A check looks at the rest of the programme, which cannot be read."""


class _HeaderAlone:
    """What is known of a programme some of whose rules cannot be read."""

    def __init__(self, header: Header) -> None:
        self.header = header

    def __getattr__(self, name: str) -> Any:
        raise _Elsewhere(name)


def _never_valid(rule: Rule, header: Header) -> bool:
    """A version begins and ends as business days do; the end of `valid` is the first moment without the rule."""
    start, end = rule.valid.start, rule.valid.end
    first, last = (
        datetime.combine(day, header.business_day_ends)
        for day in (header.effective_from, header.effective_to)
    )
    return (start is not None and start >= last) or (end is not None and end <= first)

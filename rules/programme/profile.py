"""The `[fields]` table (profile fields that conditions may name) and the `[groups]` table."""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from rules.language.fields import programme_schema
from rules.language.tree import BOOL, BROKEN, DATE, INT, MONEY, FieldSpec, enum
from rules.programme.header import Text, per_language, text_fault
from rules.programme.source import Source
from rules.programme.tables import convert_table
from rules.suggest import did_you_mean

MODES = ("sum", "best", "first", "list", "stack")
_MOST_ANSWERS = 9
_PATH = re.compile(r"member\.[a-z][a-z0-9_]{0,39}")
_PLAIN_TYPES = {"int": INT, "money": MONEY, "bool": BOOL, "date": DATE}


class _FieldTable(Struct, frozen=True):
    """The declaration of one profile field; there is no free text among them. `ask` is the question for it."""

    type: Literal["int", "money", "bool", "date", "enum"]
    values: tuple[str, ...] = ()
    optional: bool = True
    ask: Text = ""


def read_fields(source: Source) -> dict[str, FieldSpec]:
    """The declared fields by dotted path; faults are reported to `source`.

    A faulty field stays known, so that the conditions which name it give no faults of their own.
    """
    built_in = programme_schema().fields
    declared: dict[str, FieldSpec] = {}
    for path, raw in _table(source, "fields").items():
        spec = _read_field(source, path, raw)
        if path in built_in:
            source.report(("fields", path), f"{path} exists already: use it, or choose another name")
        else:
            declared[path] = spec or FieldSpec(BROKEN)
    return declared


def _read_field(source: Source, path: str, raw: object) -> FieldSpec | None:
    here = ("fields", path)
    if not _PATH.fullmatch(path):
        source.report(here, 'write the name in quotes as "member." and small letters, such as "member.diet"')
        return None
    if not isinstance(raw, Mapping):
        source.report(here, 'write a table such as { type = "bool" }')
        return None
    table = convert_table(raw, _FieldTable, lambda below, text: source.report((*here, *below), text))
    if table is None:
        return None
    if (table.type == "enum") is (not table.values):
        source.report(here, "list the values of an enum, and only of an enum")
        return None
    fault = _ask_fault(table) if table.ask else ""
    if fault:
        source.report((*here, "ask"), fault)
        return None
    # A till may know a member without profile fields: at run time every one of them can be absent.
    type_ = enum(*table.values) if table.type == "enum" else _PLAIN_TYPES[table.type]
    ask = per_language(table.ask) if table.ask else {}
    return FieldSpec(type_, optional=True, warn=table.optional, ask=ask)


def _ask_fault(table: _FieldTable) -> str:
    if table.type not in ("bool", "enum") or len(table.values) > _MOST_ANSWERS:
        return f"ask only for yes or no, or for one of at most {_MOST_ANSWERS} values: a digit answers"
    return text_fault(table.ask)


def read_groups(source: Source) -> dict[str, str]:
    """How the rules of each group combine; faults are reported to `source`."""
    groups: dict[str, str] = {}
    for name, mode in _table(source, "groups").items():
        groups[name] = mode if isinstance(mode, str) else ""
        if groups[name] not in MODES:
            advice = did_you_mean(groups[name], MODES)
            source.report(("groups", name), f"{mode!a} is no way to combine rules{advice}")
    return groups


def _table(source: Source, name: str) -> Mapping[str, object]:
    raw = source.raw.get(name, {})
    if isinstance(raw, Mapping):
        return raw
    source.report((name,), f"write {name} as a table: [{name}]")
    return {}

"""What changed between two versions of a programme file: rules added, removed and changed, key by key.

The files are compared as they are written, so that the report speaks of the keys and values its reader knows. The
order of rules, keys and entries that have an id makes no difference; comments do not count.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import msgspec

from rules.programme.source import Source

_HEADER = ("format", "programme", "fields", "groups")


class Change(msgspec.Struct, frozen=True):
    """A key whose value is another one: `old` and `new` as TOML writes them, "" where the key is absent."""

    key: str
    old: str
    new: str


class RuleChange(msgspec.Struct, frozen=True):
    """A rule that both versions have, with the keys that differ."""

    rule: str
    keys: tuple[Change, ...]


class Difference(msgspec.Struct, frozen=True):
    """Everything that differs; ids of rules are sorted. Tables without id are called by their name."""

    header: tuple[Change, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[RuleChange, ...] = ()


def difference(old: bytes, new: bytes) -> Difference:
    """What differs between two programme files. Raises ProgrammeError when one is no TOML file."""
    before, after = Source(old, "").raw, Source(new, "").raw
    ours, theirs = _rules(before), _rules(after)
    changed = [
        RuleChange(name, keys)
        for name in sorted(ours.keys() & theirs.keys())
        if (keys := _changes(ours[name], theirs[name]))
    ]
    return Difference(
        header=_changes(_header(before), _header(after)),
        added=tuple(sorted(theirs.keys() - ours.keys())),
        removed=tuple(sorted(ours.keys() - theirs.keys())),
        changed=tuple(changed),
    )


def _header(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `[programme]` by their names, those of the other tables behind the table's name."""
    rest = {name: raw[name] for name in _HEADER if name in raw and name != "programme"}
    return {**raw.get("programme", {}), **rest}


def _rules(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = {name: table for name, table in raw.items() if name not in (*_HEADER, "rule")}
    return found | {table["id"]: table for table in raw.get("rule", ())}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    before, after = _flat(old, ""), _flat(new, "")
    return tuple(
        [
            Change(key, was, now)
            for key in sorted(before.keys() | after.keys())
            if (was := before.get(key, "")) != (now := after.get(key, ""))
        ]
    )


def _flat(value: Any, key: str) -> dict[str, str]:
    """Every value below `value` as text, by its key with dots; entries of a list by their ids, if all have one."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "id" in each for each in value):
        value = {each["id"]: {name: part for name, part in each.items() if name != "id"} for each in value}
    if not isinstance(value, dict):
        return {key: written(value)}
    found: dict[str, str] = {}
    for name, part in value.items():
        found |= _flat(part, f"{key}.{name}" if key else name)
    return found or {key: "{}"}


def written(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return f"[{', '.join(written(each) for each in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {written(part)}" for name, part in sorted(value.items())) + " }"
    return value.isoformat() if isinstance(value, date | time) else str(value)

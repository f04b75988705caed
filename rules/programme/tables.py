"""A raw TOML table to its typed struct, with every wrong key of it reported."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from rules.programme.locate import Path
from rules.programme.values import from_toml
from rules.suggest import did_you_mean

Report = Callable[[Path, str], None]
Struct = TypeVar("Struct", bound=msgspec.Struct)

_PLAIN = (datetime, date, time, Decimal)
_WHERE = re.compile(r"(.*?) - at `(?:key in )?\$([^`]*)`", re.DOTALL)
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_WORDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2026-03-01 without quotes",
    "time": "a time such as 14:00:00 without quotes",
    "datetime": "a date with time",
    "decimal": "a number with decimals",
    "null": "nothing",
}


class _Key(NamedTuple):
    """A key of a table: its type, what msgspec knows of it, whether it holds tables, and whether it must be there."""

    type: Any
    described: inspect.Type
    has_tables: bool
    required: bool


@cache
def _keys(struct: type[msgspec.Struct]) -> dict[str, _Key]:
    """The keys of a kind of table, looked into once: that is dearer than to convert a value."""
    found = {}
    for field in msgspec.structs.fields(struct):
        described = inspect.type_info(field.type)
        found[field.encode_name] = _Key(field.type, described, _holds_tables(described), field.required)
    return found


def _holds_tables(described: inspect.Type) -> bool:
    return isinstance(described, inspect.StructType) or any(map(_holds_tables, _parts(described)))


def convert_table(
    raw: Mapping[str, Any], struct: type[Struct], report: Report, also: Iterable[str] = ()
) -> Struct | None:
    """`raw` as `struct`, or None after every fault was reported under the key it concerns.

    A key that is unknown is reported and left out, so that the others can be looked at. `also` are keys that somebody
    else reads: they may be suggested for a misspelt one.
    """
    fields = _keys(struct)
    if raw.keys() <= fields.keys() and not any(_strays(fields[name], raw[name]) for name in raw):
        try:
            return msgspec.convert(raw, struct, dec_hook=from_toml, builtin_types=_PLAIN)
        except msgspec.ValidationError:
            pass  # it names one fault only
    for key in raw:
        if key not in fields:
            report((key,), f"there is no key {key} here{did_you_mean(key, (*fields, *also))}")
    faults: list[tuple[Path, str]] = []
    for name, field in fields.items():
        if name in raw:
            faults.extend(_value_faults(name, raw[name], field))
        elif field.required:
            faults.append(((), f"the key {name} is missing: add it"))
    if not faults:
        known = {key: value for key, value in raw.items() if key in fields}
        return msgspec.convert(known, struct, dec_hook=from_toml, builtin_types=_PLAIN)
    for path, message in faults:
        report(path, message)
    return None


def _value_faults(name: str, value: Any, key: _Key) -> list[tuple[Path, str]]:
    described = key.described
    stray = [((name, *path), message) for path, message in _strays(key, value)]
    if stray:
        return stray
    try:
        msgspec.convert(value, key.type, dec_hook=from_toml, builtin_types=_PLAIN)
    except msgspec.ValidationError as error:
        return [((name, *_inner_path(str(error))), _in_words(str(error), described))]
    return []


def _inner_path(message: str) -> Path:
    found = _WHERE.fullmatch(message)
    return tuple(re.findall(r"[A-Za-z0-9_-]+", found[2])) if found else ()


def _in_words(message: str, described: inspect.Type) -> str:
    """A message of msgspec in the words of somebody who edits the file."""
    found = _WHERE.fullmatch(message)
    plain = found[1] if found else message
    expected = _EXPECTED.fullmatch(plain)
    if expected:
        wanted = " or ".join(_WORDS.get(word, word) for word in expected[1].split(" | ") if word != "null")
        return f"expected {wanted}, found {_WORDS.get(expected[2], expected[2])}"
    bounded = re.fullmatch(r"Expected `([^`]+)` ([<>]=? \S+)", plain)
    if bounded:
        return f"expected {_WORDS.get(bounded[1], bounded[1])} {bounded[2]}"
    invalid = re.fullmatch(r"Invalid enum value '(.*)'", plain)
    names = _literal_names(described, _inner_path(message))
    if invalid and names:
        return f"'{invalid[1]}' is not possible here{did_you_mean(invalid[1], names)}"
    missing = re.fullmatch(r"Object missing required field `(.*)`", plain)
    if missing:
        return f"the key {missing[1]} is missing: add it"
    return plain.replace("`", "")


def _literal_names(described: inspect.Type, path: Path) -> tuple[str, ...]:
    """The texts that are possible at `path` inside a value of the type."""
    match described:
        case inspect.LiteralType():
            return tuple(str(value) for value in described.values)
        case inspect.StructType():
            inner = [field.type for field in described.fields if field.encode_name == (*path, "")[0]]
            rest = path[1:]
        case inspect.UnionType() | inspect.Metadata() | inspect.DictType():
            inner, rest = list(_parts(described)), path
        case _:
            inner, rest = list(_parts(described)), path[1:]
    return tuple(name for each in inner for name in _literal_names(each, rest))


def _parts(described: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that a list, a mapping, an annotation or a union is made of."""
    match described:
        case inspect.UnionType():
            return described.types
        case inspect.Metadata():
            return (described.type,)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return (described.item_type,)
        case inspect.DictType():
            return (described.value_type,)
    return ()


def _strays(key: _Key, value: Any) -> list[tuple[Path, str]]:
    return _stray_keys(key.described, value) if key.has_tables else []


def _stray_keys(described: inspect.Type, value: Any) -> list[tuple[Path, str]]:
    """Unknown keys of the structs inside a value; msgspec itself would ignore them or name only the first."""
    if isinstance(described, inspect.StructType):
        if not isinstance(value, Mapping):
            return []
        fields = {field.encode_name: field.type for field in described.fields}
        stray: list[tuple[Path, str]] = [
            ((key,), f"there is no key {key} here{did_you_mean(key, fields)}")
            for key in value
            if key not in fields and key != described.tag_field
        ]
        for key in fields.keys() & value.keys():
            stray += [((key, *path), text) for path, text in _stray_keys(fields[key], value[key])]
        return stray
    if isinstance(described, inspect.UnionType) and _is_tagged(described):
        return []
    return [fault for inner in _parts(described) for fault in _stray_inside(described, inner, value)]


def _is_tagged(described: inspect.UnionType) -> bool:
    return sum(isinstance(part, inspect.StructType) for part in described.types) > 1


def _stray_inside(outer: inspect.Type, inner: inspect.Type, value: Any) -> list[tuple[Path, str]]:
    if isinstance(outer, inspect.UnionType | inspect.Metadata):
        return _stray_keys(inner, value)
    if isinstance(outer, inspect.DictType):
        items: list[tuple[str | int, Any]] = list(value.items()) if isinstance(value, Mapping) else []
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    return [((key, *path), text) for key, item in items for path, text in _stray_keys(inner, item)]

"""The page on programme files names every key of every kind."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import rules.kinds.all  # noqa: F401
from rules.kinds.base import find_kind, kind_names
from rules.programme.header import _HeaderTable
from rules.programme.rule import COMMON_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "programme.md").read_text("utf-8")
CODE = " ".join(re.findall(r"`[^`]+`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))
KINDS = [name for name in kind_names() if not name.startswith("test")]


def keys(of: object) -> Iterator[str]:
    """The keys of a table and of the tables inside it."""
    if isinstance(of, msgspec.inspect.StructType):
        for field in of.fields:
            yield field.encode_name
            yield from keys(field.type)
    elif isinstance(of, msgspec.inspect.UnionType):
        for each in of.types:
            yield from keys(each)
    elif isinstance(of, msgspec.inspect.VarTupleType):
        yield from keys(of.item_type)


@pytest.mark.parametrize("name", KINDS)
def test_every_key_of_a_kind_is_told(name: str) -> None:
    """Nobody has to read the code to find a key."""
    kind = find_kind(name)
    assert kind is not None
    missing = {
        key for key in keys(msgspec.inspect.type_info(kind.table)) if not re.search(rf"\b{key}\b", CODE)
    }
    assert not missing


def test_every_common_key_is_told() -> None:
    """The keys of the header and of every rule stand in their tables."""
    header = [field.encode_name for field in msgspec.structs.fields(_HeaderTable)]
    assert [key for key in (*COMMON_KEYS, *header) if f"`{key}`" not in PAGE] == []

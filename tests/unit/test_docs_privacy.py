"""docs/privacy.md says of every column of till and ledger what it holds, why, how long and who can read it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def data_map() -> ModuleType:
    spec = importlib.util.spec_from_file_location("data_map", DOCS / "data-map" / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop("data_map", None)
    return module


def test_every_column_is_accounted_for(data_map: ModuleType) -> None:
    """A new column without an entry fails here, as does an entry for a column that is gone."""
    schemas = data_map.schemas()
    assert data_map.faults(data_map.columns(), schemas) == []
    schemas["till"]["profile"].add("phone")
    schemas["list"]["member"].add("name")
    schemas["ledger"].pop("consent")
    found = data_map.faults(data_map.columns(), schemas)
    assert "till.profile.phone: say in columns.toml what it holds" in found
    assert "list.member.name: say in columns.toml what it holds" in found
    assert "ledger.consent.purpose: is not in the schema" in found


def test_the_page_is_written_from_them(data_map: ModuleType) -> None:
    """The page in the tree is what the files give: run docs/data-map/write.py after a change."""
    text = data_map.PAGE.read_text("utf-8")
    assert data_map.page(text.partition(data_map.BEGIN)[0]) == text

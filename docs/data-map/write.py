"""Writes docs/privacy.md from what is said here of every column: `python docs/data-map/write.py`.

It fails on a column of the schema that is not said anything of, and on one that is not in the schema.
"""

import sqlite3
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "privacy.md"
BEGIN = "<!-- written by docs/data-map/write.py: change the files there -->\n"
PROGRAMS = {
    "till": "a till (`till.sqlite`)",
    "list": "a till's list of the chain's members (`members-*.sqlite`)",
    "ledger": "the ledger",
}

Schema = Mapping[str, set[str]]


def till_schema() -> Schema:
    """Tables and columns of a till's file."""
    from sync.till.database import open_store

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "till")
        try:
            return _tables(store.reader())
        finally:
            store.close()


def list_schema() -> Schema:
    """Tables and columns of the file in which a till has every member of the chain, in short."""
    from sync.snapshot import SCHEMA

    file = sqlite3.connect(":memory:")
    try:
        for statement in SCHEMA:
            file.execute(statement)
        return _tables(file)
    finally:
        file.close()


def ledger_schema() -> Schema:
    """Tables and columns of the ledger, the same on both engines."""
    file = sqlite3.connect(":memory:")
    try:
        for migration in sorted((ROOT / "sync/ledger/migrations/sqlite").glob("*.sql")):
            file.executescript(migration.read_text("utf-8"))
        return _tables(file)
    finally:
        file.close()


def _tables(file: sqlite3.Connection) -> Schema:
    names = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {
        name: {row[1] for row in file.execute(f'PRAGMA table_info("{name}")')} for (name,) in names.fetchall()
    }


def schemas() -> dict[str, Schema]:
    """Of every file that keeps something of people."""
    return {"till": till_schema(), "list": list_schema(), "ledger": ledger_schema()}


def faults(
    said: Mapping[str, Mapping[str, Mapping[str, list[str]]]], schemas: Mapping[str, Schema]
) -> list[str]:
    """Columns that nothing is said of, that are said twice, or that do not exist."""
    found = []
    for program, schema in schemas.items():
        for table in sorted(schema.keys() | said[program].keys()):
            listed = [column for columns in said[program].get(table, {}).values() for column in columns]
            there = schema.get(table, set())
            found += [
                f"{program}.{table}.{one}: say in columns.toml what it holds"
                for one in sorted(there - set(listed))
            ]
            found += [f"{program}.{table}.{one}: is not in the schema" for one in sorted(set(listed) - there)]
            found += [
                f"{program}.{table}.{one}: is said twice"
                for one in sorted(set(listed))
                if listed.count(one) > 1
            ]
    return found


def page(prose: str) -> str:
    """The page: `prose`, then every category with what, why, how long, who and where."""
    categories = tomllib.loads((HERE / "categories.toml").read_text("utf-8"))
    said = columns()
    parts = [prose.rstrip(), "", BEGIN.rstrip()]
    for name, facts in categories.items():
        parts += ["", f"### {facts['title']}", "", "| | |", "|---|---|"]
        parts += [f"| {label} | {facts[key]} |" for key, label in _LABELS.items()]
        parts += [
            f"| in {PROGRAMS[program]} | {where} |"
            for program in said
            if (where := _where(said[program], name))
        ]
    return "\n".join(parts) + "\n"


_LABELS = {"what": "what", "why": "why", "kept": "how long", "who": "who can read it"}


def columns() -> dict[str, dict[str, dict[str, list[str]]]]:
    """columns.toml: by program, table and category."""
    return tomllib.loads((HERE / "columns.toml").read_text("utf-8"))


def _where(tables: Mapping[str, Mapping[str, list[str]]], category: str) -> str:
    return "; ".join(
        f"`{table}`: {', '.join(kinds[category])}" for table, kinds in tables.items() if category in kinds
    )


def main() -> int:
    """Write the page, or say what is missing."""
    wrong = faults(columns(), schemas())
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    PAGE.write_text(page(PAGE.read_text("utf-8").partition(BEGIN)[0]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())

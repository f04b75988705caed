"""The page on failures names tests, fault classes and mutants that are there, and has every row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.mutants import MUTANTS
from tests.simulation.test_converges import SOMETIMES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "failures.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", PAGE, re.MULTILINE)
FAULTS = 44  # of the design, ledger-and-sync.md section 6
NOT_YET = "**not proved yet**: "


def named() -> Iterator[tuple[str, str]]:
    """File and function of every test on the page; `::name` alone is of the file before it."""
    file = ""
    for here, test in re.findall(r"`([\w/]+\.py)?::(\w+)`", PAGE):
        file = here or file
        yield file, test


def functions_of(file: str) -> set[str]:
    """The functions that pytest collects from a file below tests/."""
    path = ROOT / "tests" / file
    if not path.exists():
        return set()
    body = ast.parse(path.read_text("utf-8")).body
    return {one.name for one in body if isinstance(one, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    """Who renames or drops a test finds the row that rests on it."""
    found = list(named())
    files = {file: functions_of(file) for file, _ in found}
    assert len(found) > 100
    assert [one for one in found if one[1] not in files[one[0]]] == []


def test_every_fault_class_and_mutant_that_is_named_exists() -> None:
    """What the simulation is said to do, it must have done; what it is said to find can be put in."""
    assert set(re.findall(r"sim `([^`]+)`", PAGE)) <= set(SOMETIMES)
    assert set(re.findall(r"mutant `([^`]+)`", PAGE)) <= MUTANTS.keys()


def test_every_fault_has_its_row() -> None:
    """Each once, and with a test, or with what is missing."""
    assert sorted(int(number) for number, _ in ROWS) == list(range(1, FAULTS + 1))
    assert [number for number, proof in ROWS if not ("::" in proof or proof.startswith(NOT_YET))] == []

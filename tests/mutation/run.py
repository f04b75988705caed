"""Mutation testing of rules/: `python tests/mutation/run.py [rules.allocate …] [--show]` prints one Markdown table.

Every mutant is one small change of the code; a mutant that no test notices shows a test that is missing, or
code that is not needed. The tree is copied to a temporary folder and mutated there. See docs/mutation.md.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from mutants import Mutant, mutants
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("rules", "sync", "pos_app", "assets", "docs", "tests", "pyproject.toml")
NOT_MUTATED = ("rules/wording/", "rules/explain.py", "rules/sentences.py")
TESTS = (
    "tests/unit/test_kind_*.py",
    "tests/unit/test_language*.py",
    "tests/unit/test_programme_*.py",
    "tests/unit/test_telling*.py",
    "tests/property/test_c[ao]*_pro*.py",
    "tests/property/test_[elnprs]*_*.py",
    "tests/property/test_history_properties.py",
    "tests/property/test_telling_properties.py",
    "tests/golden/test_*.py",
    "tests/unit/test_balance_told.py",
    "tests/unit/test_calendar.py",
    "tests/unit/test_campaign_limits.py",
    "tests/unit/test_carry.py",
    "tests/unit/test_evaluate.py",
    "tests/unit/test_collapse.py",
    "tests/unit/test_explain.py",
    "tests/unit/test_folding.py",
    "tests/unit/test_gates.py",
    "tests/unit/test_history_*.py",
    "tests/unit/test_netting.py",
    "tests/unit/test_prizes.py",
    "tests/unit/test_refund_targets.py",
    "tests/unit/test_rule_interactions.py",
    "tests/unit/test_sharing_out.py",
    "tests/unit/test_simplicity.py",
    "tests/unit/test_toy_kind.py",
    "tests/unit/test_typed_amount.py",
    "tests/unit/test_wording.py",
)
SLOW = (
    "test_settlement_order.py",  # a till and a ledger for every example
    "test_refund_sequences.py",
    "test_programme_properties.py",
)
CONFIGURATION = """
[tool.mutmut]
source_paths = ["rules"]
also_copy = ["sync", "pos_app", "assets", "docs"]
only_mutate = {only}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider", "-p", "tests.mutation.fewer"]
timeout_constant = 3.0
timeout_multiplier = 1.0
use_git_change_detection = false
"""


def main() -> int:
    """Exit status 0 whether mutants survive or not; 1 when the tests fail without any mutant."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="rules.allocate, rules.kinds … (all of rules)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="mutants tested at the same time")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="only every N-th mutant of a module"
    )
    parser.add_argument("--show", action="store_true", help="the differences of those that survive, too")
    asked = parser.parse_args()
    paths = chosen(asked.modules)
    if not paths:
        parser.error("there is no such module: write it as in an import, such as rules.allocate")
    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        copy(Path(folder), paths)
        with contextlib.chdir(folder):  # where mutmut finds its settings
            found = {path: sample(mutants(path), asked.every) for path in paths}
        names = [one.name for some in found.values() for one in some if not one.idle]
        mutmut = Path(__file__).with_name("by_cpu.py")
        command = [sys.executable, str(mutmut), "run", "--max-children", str(asked.jobs), *names]
        ended = subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False)
        results = {path: verdicts(Path(folder), path) for path in paths}
    if ended.returncode:
        return 1
    print(table(found, results))
    if asked.show:
        print(survivors(found, results))
    return 0


def chosen(modules: list[str]) -> list[Path]:
    """The files of these modules and packages, all of rules/ by default; packages without code are left out."""
    every = [path.relative_to(ROOT) for path in sorted((ROOT / "rules").rglob("*.py"))]
    every = [p for p in every if p.name != "__init__.py" and not p.as_posix().startswith(NOT_MUTATED)]
    heads = [tuple(module.split(".")) for module in modules or ["rules"]]
    return [path for path in every if any(path.with_suffix("").parts[: len(head)] == head for head in heads)]


def sample(some: list[Mutant], every: int) -> list[Mutant]:
    """Every so-many-th of the mutants that count, and all that are left out."""
    counted = [one for one in some if not one.idle]
    taken = {one.name for one in counted[::every]}
    return [one for one in some if one.idle or one.name in taken]


def copy(folder: Path, paths: list[Path]) -> None:
    """The tree as it is now, with the settings of mutmut."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis")
            )
        else:
            shutil.copy(source, folder / name)
    tests = sorted({str(path.relative_to(ROOT)) for pattern in TESTS for path in ROOT.glob(pattern)})
    tests = [test for test in tests if not test.endswith(SLOW)]
    text = CONFIGURATION.format(only=json.dumps([str(path) for path in paths]), tests=json.dumps(tests))
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(text)


def verdicts(folder: Path, path: Path) -> dict[str, str]:
    """What became of every mutant of a file: killed, survived, timeout, no tests…"""
    meta = folder / "mutants" / f"{path}.meta"
    codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"] if meta.exists() else {}
    return {name: status_by_exit_code[code] for name, code in codes.items()}


def table(found: dict[Path, list[Mutant]], results: dict[Path, dict[str, str]]) -> str:
    """One row a module; a mutant that runs for ever is found by its time and counts as killed."""
    rows, whole = [], Counter[str]()
    for path, some in found.items():
        counts = Counter(results[path].get(one.name, "not checked") for one in some if not one.idle)
        counts["killed"] += counts.pop("timeout", 0)
        counts["all"] = sum(counts.values())
        counts["left out"] = sum(one.idle for one in some)
        whole += counts
        rows.append((module_name(path), counts))
    rows.append(("together", whole))
    columns = ("all", "killed", "survived", "no tests", "left out")
    lines = [
        f"| `{name}` | " + " | ".join(str(counts[column]) for column in columns) + " |"
        for name, counts in rows
    ]
    head = "| module | mutants | killed | survived | no tests | left out |\n|---|--:|--:|--:|--:|--:|"
    return "\n".join([head, *lines])


def survivors(found: dict[Path, list[Mutant]], results: dict[Path, dict[str, str]]) -> str:
    """Name and difference of every mutant that was tested and not killed."""
    fine = ("killed", "timeout")
    lost = [
        (one, results[path].get(one.name, "not checked"))
        for path, some in found.items()
        for one in some
        if not one.idle
    ]
    return "\n".join(f"\n{one.name}: {verdict}\n{one.diff}" for one, verdict in lost if verdict not in fine)


def module_name(path: Path) -> str:
    """`rules.kinds.cap` for rules/kinds/cap.py."""
    return ".".join(path.with_suffix("").parts)


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main())

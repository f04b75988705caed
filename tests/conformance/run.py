"""Conformance case A over the full year: `python tests/conformance/run.py`.

Needs the extra `conformance`. Replays 155,848 baskets from the command line, compares every row and column, every
month and the totals with the expected figures, and prints the CPU seconds of the replay. Exit status 1 when anything
differs.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
sys.path.insert(0, str(ROOT))

from tests.conformance import compare  # noqa: E402


def _replay(history: Path, out: Path, ledger: Path | None) -> float:
    """Replay the history; CPU seconds of the process, reading included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    more = ["--ledger", str(ledger)] if ledger else []
    command = [sys.executable, "-c", "from pos_app.cli import main; main()", "replay"]
    what = ["--programme", str(compare.PROGRAMME), "--tickets", str(history), "--as-of", compare.AS_OF]
    subprocess.run([*command, *what, "--redeem", "auto", "--out", str(out), *more, "--json"], check=True,
                   cwd=ROOT, stdout=subprocess.DEVNULL)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _compared(out: Path, ledger: Path) -> list[str]:
    """One sentence for every difference."""
    rows, expected = compare.rows_of(out), compare.expected_rows()
    found = [
        f"household {household}: {name} is {rows.get(household, {}).get(name)}, expected {value}"
        for household, row in expected.items()
        for name, value in row.items()
        if rows.get(household, {}).get(name) != value
    ]
    found += [f"household {household} is not expected" for household in rows.keys() - expected.keys()]
    if compare.totals_of(rows.values()) != compare.expected_totals("full"):
        found.append("the totals differ")
    months = zip(compare.months_of(ledger), compare.expected_months(), strict=True)
    found += [f"month: {month}, expected {wanted}" for month, wanted in months if month != wanted]
    print(
        f"{len(rows)} rows of {len(compare.NAMES)} columns, 13 months, the totals: {len(found)} differences"
    )
    return found


def main() -> None:
    """Make the history, replay it, compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history, out, ledger = folder / "a.ndjson.gz", folder / "a.csv", folder / "ledger.csv"
        subprocess.run([sys.executable, str(FOLDER / "adapter.py"), str(history)], check=True)
        print(f"replay: {_replay(history, out, None):.1f} s CPU")
        print(f"replay with --ledger: {_replay(history, out, ledger):.1f} s CPU")
        found = _compared(out, ledger)
    for difference in found[:50]:
        print(difference)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

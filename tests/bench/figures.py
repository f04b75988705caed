"""Percentiles, and the one table that the benchmark prints."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns

__all__ = ["Row", "median", "peak", "percentile", "settle_peak", "table", "timed"]


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the figure, its bound ("" where there is none) and whether it holds."""

    what: str
    figure: str
    bound: str = ""
    holds: bool | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    place = max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1)
    return ordered[place]


def peak() -> int:
    """Bytes of memory that this process held at most, since it began or since `settle_peak`; Linux counts them.

    Not getrusage: what that says includes the process by which this one was started.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def settle_peak() -> None:
    """Count the peak of memory from here on."""
    Path("/proc/self/clear_refs").write_text("5")


def timed(job: Callable[[], object], repeats: int) -> list[int]:
    """Nanoseconds of each of `repeats` calls, with the garbage collector on as in the shop."""
    gc.collect()
    found = []
    for _ in range(repeats):
        start = perf_counter_ns()
        job()
        found.append(perf_counter_ns() - start)
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows as one Markdown table."""
    head = "| what | figure | bound | holds |\n|---|---|---|---|\n"
    words = {True: "yes", False: "**no**", None: ""}
    return head + "".join(f"| {r.what} | {r.figure} | {r.bound} | {words[r.holds]} |\n" for r in rows)

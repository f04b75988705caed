"""A failure made small: fewer steps, fewer kinds of faults, then single steps left out while it still fails."""

import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from tests.simulation.seeds import Plan

OFF = (
    [field.name for field in fields(Plan) if field.type in (float, "float") and field.name != "turns"],
    ("late", "new_rules", "queued_writer", "jobs"),
)
Fails = Callable[[Plan, int, frozenset[int]], bool]
"""Whether a plan with so many steps, less some, still fails."""


def shrink(plan: Plan, steps: int, fails: Fails, most_s: float) -> tuple[Plan, int, frozenset[int]]:
    """The smallest failing run that is found within about `most_s` seconds."""
    end = time.monotonic() + most_s
    steps = _fewer_steps(plan, steps, fails, end)
    for name in (*OFF[0], *OFF[1]):
        if time.monotonic() < end and getattr(plan, name):
            tried = replace(plan, **{name: type(getattr(plan, name))()})
            plan = tried if fails(tried, steps, frozenset()) else plan
    if time.monotonic() < end and any(plan.skew_ms):
        tried = replace(plan, skew_ms=tuple(0 for _ in plan.skew_ms))
        plan = tried if fails(tried, steps, frozenset()) else plan
    steps = _fewer_steps(plan, steps, fails, end)
    return plan, steps, _leave_out(plan, steps, fails, end)


def _fewer_steps(plan: Plan, steps: int, fails: Fails, end: float) -> int:
    """Halve the part that is taken off the end until nothing can be taken."""
    part = steps // 2
    while part and time.monotonic() < end:
        if steps > part and fails(plan, steps - part, frozenset()):
            steps -= part
        else:
            part //= 2
    return steps


def _leave_out(plan: Plan, steps: int, fails: Fails, end: float) -> frozenset[int]:
    """Leave out runs of steps, ever shorter ones (delta debugging)."""
    out: frozenset[int] = frozenset()
    size = max(1, steps // 2)
    while time.monotonic() < end:
        for some in _chunks([n for n in range(1, steps + 1) if n not in out], size):
            if time.monotonic() < end and fails(plan, steps, out | frozenset(some)):
                out |= frozenset(some)
        if size == 1:
            break
        size = max(1, size // 2)
    return out


def _chunks(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]

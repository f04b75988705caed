"""Programmes tried with DuckDB: the same results as `pos_app.tools.trials`, sooner."""

import gc
from collections.abc import Callable, Sequence

from pos_app.tools.duck_collapse import added_up, as_they_are
from pos_app.tools.duck_load import Loaded
from pos_app.tools.tickets import Fault, Tickets
from pos_app.tools.trials import Job, parts_of, tried_by, try_out
from rules.programme.load import load_programme
from rules.tools.collapse import collapse_of
from rules.tools.comparison import Tried, together
from rules.tools.trial import Trial


def try_out_loaded(
    files: Sequence[bytes], loaded: Loaded, *, redeem: bool, jobs: int, tell: Callable[[float], None]
) -> tuple[tuple[Tried, ...], tuple[Fault, ...]]:
    """Every programme over all records, and the lines that could not be counted (each once).

    As `pos_app.tools.trials.try_out`, raising the same.
    """
    tried: list[Tried] = []
    faults: set[Fault] = set()
    for place, data in enumerate(files):

        def told(part: float, before: int = place) -> None:
            tell((before + part) / len(files))

        programme = load_programme(data)
        collapse = collapse_of(programme)
        if collapse is None:
            tickets = as_they_are(loaded)
            [one], more = try_out([data], tickets, redeem=redeem, jobs=jobs, tell=told)
            tried.append(one)
            faults |= {*tickets.faults, *more}
            continue
        tickets = added_up(loaded, collapse)
        trials = _trials(data, loaded, tickets, redeem=redeem, jobs=jobs, tell=told)
        tried.append(together(programme, trials))
        faults |= {*tickets.faults, *[tickets.place(*fault) for one in trials for fault in one.faults]}
    return tuple(tried), tuple(sorted(faults))


def _trials(
    data: bytes,
    loaded: Loaded,
    tickets: Tickets,
    *,
    redeem: bool,
    jobs: int,
    tell: Callable[[float], None],
) -> list[Trial]:
    """The trials of all members; those whose tickets must keep their lines are tried once more."""
    if tickets.last is None:
        return []
    gc.freeze()  # the processes share what is read by now, as long as nobody walks over it
    try:
        job = Job((data,), parts_of(tickets.records), tickets.returning, tickets.last, redeem, collapsed=True)
        found = tried_by(job, jobs, tell)
        again = {name for _, names in found.values() for name in names}
        done = [one for one, _ in found.values()]
        if again:
            mine = [pair for pair in tickets.records if pair[1].member in again]
            lines = loaded.records_of([number for number, _ in mine])
            real = [(number, lines.get(number, record)) for number, record in mine]
            job = Job((data,), parts_of(real), tickets.returning, tickets.last, redeem)
            done += [one for one, _ in tried_by(job, jobs, tell).values()]
    finally:
        gc.unfreeze()
    return done

"""Programmes tried on a history, members spread over processes; the results do not depend on how many there are."""

import gc
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime

import msgspec

from pos_app.tools.tickets import Fault, Tickets
from rules.history.record import Record
from rules.history.referring import families
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.sentences import mark
from rules.tools.collapse import NeedsLines, collapse_of
from rules.tools.comparison import Tried, together
from rules.tools.trial import Trial, always_in_force, joined, shares_counters, trial

_PARTS = 64

Part = list[tuple[int, Record]]
Work = tuple[int, int]
Done = Iterator[tuple[Work, Trial, tuple[str, ...]]]


class TrialStopped(Exception):
    """The programmes were not tried to the end; one sentence that says what to do next."""


class Job(msgspec.Struct, frozen=True):
    """What a process needs to try any part on any programme; files travel as bytes, since programmes hold functions.

    With `collapsed` the records are added up for the programmes (rules.tools.collapse).
    """

    files: tuple[bytes, ...]
    parts: tuple[Part, ...]
    returning: frozenset[str]
    last: datetime
    redeem: bool
    collapsed: bool = False


def try_out(
    files: Sequence[bytes], tickets: Tickets, *, redeem: bool, jobs: int, tell: Callable[[float], None]
) -> tuple[tuple[Tried, ...], tuple[Fault, ...]]:
    """Every programme over all records, and the records that could not be counted (each once).

    `files` are programme files without errors. `tell` gets how much is done, from 0 to 1. Without records all
    results are empty. Raises TrialStopped when the system ends one of the processes.
    """
    programmes = [load_programme(data) for data in files]
    if tickets.last is None:
        return tuple([together(programme, ()) for programme in programmes]), ()
    whole = any(shares_counters(programme) for programme in programmes)
    parts = parts_of(tickets.records, 1 if whole else _PARTS)
    found = tried_by(Job(tuple(files), parts, tickets.returning, tickets.last, redeem), jobs, tell)
    tried = [
        together(programme, [found[file, part][0] for part in range(len(parts))])
        for file, programme in enumerate(programmes)
    ]
    faults = {tickets.place(*fault) for one, _ in found.values() for fault in one.faults}
    return tuple(tried), tuple(sorted(faults))


def tried_by(job: Job, jobs: int, tell: Callable[[float], None]) -> dict[Work, tuple[Trial, tuple[str, ...]]]:
    """The trial of every part on every file, and the members who need the lines of their tickets (`collapsed`)."""
    work = [(file, part) for file in range(len(job.files)) for part in range(len(job.parts))]
    found = {}
    with _workers(job, min(jobs, len(work))) as done_by:
        for key, one, again in done_by(work):
            found[key] = one, again
            tell(len(found) / len(work))
    return found


def parts_of(records: Part, most: int = _PARTS) -> tuple[Part, ...]:
    """The records of whole families, in at most `most` parts of about the same number of them.

    A family are the members who brought each other in: what one buys may give the other something.
    """
    parts: tuple[Part, ...] = tuple([[] for _ in range(most)])
    mine: dict[str, Part] = {}
    heads = families([record for _, record in records])
    for pair in records:
        name = heads.get(pair[1].member, pair[1].member)
        part = mine.get(name)
        if part is None:
            part = mine[name] = parts[len(mine) % most]
        part.append(pair)
    return tuple([part for part in parts if part])


def _families(records: Part) -> Iterable[Part]:
    """The records of each family, of which most are one member."""
    heads = families([record for _, record in records])
    mine: dict[str, Part] = {}
    for pair in records:
        mine.setdefault(heads.get(pair[1].member, pair[1].member), []).append(pair)
    return mine.values()


class _Worker:
    """Does parts of one job, in whatever process."""

    job: Job
    programmes: tuple[Programme, ...]

    @classmethod
    def begin(cls, job: Job) -> None:
        """Take the job."""
        cls.job = job
        programmes = [load_programme(data) for data in job.files]
        if job.collapsed:
            programmes = [one.programme for each in programmes if (one := collapse_of(each)) is not None]
        cls.programmes = tuple([always_in_force(programme) for programme in programmes])

    @classmethod
    def do(cls, work: Work) -> tuple[Work, Trial, tuple[str, ...]]:
        """Try one part on one programme."""
        if not gc.isenabled():
            gc.collect()
        file, part = work
        job, programme = cls.job, cls.programmes[file]
        if not job.collapsed:
            return work, cls._tried(programme, job.parts[part]), ()
        done: list[Trial] = []
        again: list[str] = []
        for mine in _families(job.parts[part]):
            try:
                done.append(cls._tried(programme, mine))
            except NeedsLines:
                again += {record.member for _, record in mine}
        return work, joined(done), tuple(again)

    @classmethod
    def _tried(cls, programme: Programme, records: Part) -> Trial:
        job = cls.job
        return trial(programme, records, job.returning, job.last, redeem=job.redeem)


@contextmanager
def _workers(job: Job, jobs: int) -> Iterator[Callable[[Iterable[Work]], Done]]:
    if jobs <= 1:
        _Worker.begin(job)
        yield lambda work: map(_Worker.do, work)
        return
    with ProcessPoolExecutor(jobs, initializer=_begin_process, initargs=(job,)) as pool:
        try:
            yield lambda work: pool.map(_Worker.do, work)
        except BrokenProcessPool as error:
            raise TrialStopped(
                mark("a process was ended before it was done: try again with --jobs 1.")
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin_process(job: Job) -> None:
    """Ctrl+C is for the process that was started; it ends the others.

    What a part leaves behind is collected after it, not while it is tried.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()
    _Worker.begin(job)

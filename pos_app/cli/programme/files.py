"""Programme files and histories as the commands take them."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from pos_app.cli.failure import Failure
from pos_app.cli.speech import progress, words_here
from pos_app.history.duck import database
from pos_app.history.reader import HistoryError
from pos_app.languages.words import Words
from pos_app.tools.duck_load import load
from pos_app.tools.quick_trials import try_out_loaded
from pos_app.tools.tickets import Fault, Tickets, read_tickets
from pos_app.tools.trials import TrialStopped, try_out
from rules.errors import ProgrammeError
from rules.language.faults import printable
from rules.programme.load import load_programme
from rules.programme.model import Programme
from rules.programme.source import MAX_BYTES
from rules.programme.versions import VersionFile, clashes, gaps
from rules.tools.comparison import Tried

_NAMED = 20

PATH = click.Path(path_type=Path)


def bytes_of(file: Path) -> bytes:
    """What is in a programme file, as far as the loader takes it. Raises Failure."""
    try:
        with file.open("rb") as source:
            return source.read(MAX_BYTES + 1)
    except OSError as error:
        raise Failure(
            "{file} cannot be read ({reason}): check the name and your rights.",
            file=file,
            reason=error.strerror,
        ) from error


def programme_of(file: Path) -> tuple[bytes, Programme]:
    """A programme file and what it says; its errors go to standard error. Raises Failure."""
    data = bytes_of(file)
    try:
        return data, load_programme(data, str(file))
    except ProgrammeError as error:
        for problem in error.problems:
            click.echo(problem.render(), err=True)
        raise Failure("{file} has errors: correct the lines named above.", file=file) from error


def faulty(error: ProgrammeError) -> Failure:
    """What a programme's faults keep us from, in one line."""
    return Failure("{faults}.", faults="; ".join([problem.message for problem in error.problems]))


def versions_of(files: Sequence[Path]) -> list[Programme]:
    """The versions of a programme, in the order of `files`; days that none of them claims are told.

    Raises Failure where two of them claim a day or a number.
    """
    loaded = [(file, *programme_of(file)) for file in files]
    versions = [VersionFile(str(file), data, programme.header) for file, data, programme in loaded]
    errors, notes = clashes(versions), gaps(versions)
    for problem in (*errors, *[msgspec.structs.replace(note, warning=True) for note in notes]):
        click.echo(problem.render(), err=True)
    if errors:
        raise Failure(
            "{count} error(s) between the versions: correct the lines named above.", count=len(errors)
        )
    return [programme for _, _, programme in loaded]


def try_on(
    sources: Sequence[bytes],
    histories: Sequence[Path],
    words: Words,
    *,
    redeem: bool,
    jobs: int | None,
    duckdb: bool = False,
) -> tuple[tuple[Tried, ...], tuple[Fault, ...]]:
    """Every programme tried on the histories, and their bad lines; `jobs` None is one a processor. Raises Failure.

    With `duckdb`, which must be installed, the same in less time.
    """
    several = jobs or os.cpu_count() or 1
    try:
        if duckdb:
            tried, faults = _with_duckdb(sources, histories, words, redeem=redeem, jobs=several)
        else:
            tickets = tickets_of(histories, words)
            with progress(words("Trying out")) as tell:
                tried, faults = try_out(sources, tickets, redeem=redeem, jobs=several, tell=tell)
            faults = tuple(sorted((*tickets.faults, *faults)))
    except TrialStopped as error:
        raise Failure.of(error) from error
    if not faults and not any(one.results for one in tried):
        raise _nothing_in(histories)
    return tried, faults


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is read stays until the end: nobody walks over it again and again to find out."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _with_duckdb(
    sources: Sequence[bytes], histories: Sequence[Path], words: Words, *, redeem: bool, jobs: int
) -> tuple[tuple[Tried, ...], tuple[Fault, ...]]:
    with _uncollected(), database() as link:
        try:
            with progress(words("Reading")) as tell:
                loaded = load(histories, link, tell)
        except HistoryError as error:
            raise Failure.of(error) from error
        with progress(words("Trying out")) as tell:
            return try_out_loaded(sources, loaded, redeem=redeem, jobs=jobs, tell=tell)


def tickets_of(paths: Sequence[Path], words: Words) -> Tickets:
    """The histories in these files. Raises Failure."""
    try:
        with progress(words("Reading")) as tell:
            found = read_tickets(paths, tell)
    except HistoryError as error:
        raise Failure.of(error) from error
    if not found.records and not found.faults:
        raise _nothing_in(paths)
    return found


def _nothing_in(paths: Sequence[Path]) -> Failure:
    names = ", ".join([str(path) for path in paths])
    return Failure("there is no ticket of a member in {names}: check the name.", names=names)


def name_first(lines: Sequence[str]) -> None:
    """Write the first of many lines on standard error, and how many more there are."""
    for text in lines[:_NAMED]:
        click.echo(printable(text), err=True)
    if len(lines) > _NAMED:
        click.echo(words_here()("… and {count} more", count=len(lines) - _NAMED), err=True)


def fail_on(faults: Sequence[Fault]) -> None:
    """Name bad lines of a history on standard error, the first ones of many; raise Failure when there are any."""
    words = words_here()
    name_first([f"{fault.file}:{fault.line}: {words(fault.message)}" for fault in faults])
    if faults:
        raise Failure(
            "{count} line(s) of the history were not counted: correct the lines named above.",
            count=len(faults),
        )

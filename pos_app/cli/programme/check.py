"""`assidu programme check`: every error and warning of programme files, and how simple they are."""

import json
from pathlib import Path

import click
import msgspec

from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, bytes_of, fail_on, try_on
from pos_app.cli.speech import speaking, words_for
from pos_app.languages.words import Words
from pos_app.tools.overrun_text import overrun_text
from pos_app.tools.simplicity_text import failing_text, simplicity_text
from pos_app.tools.tickets import Fault
from rules.errors import Problem, ProgrammeError
from rules.overruns import Overrun, overruns_of
from rules.programme.load import check_programme, load_programme
from rules.programme.model import Programme
from rules.programme.versions import VersionFile, clashes, gaps
from rules.tools.comparison import Tried
from rules.tools.simplicity import Failing, Simplicity, simplicity


class Finding(msgspec.Struct, frozen=True):
    """A file, its errors and warnings, and the simplicity report where it has no errors.

    `overruns` is what it lets a till without a line give beyond what members share, with amounts in `currency`.
    """

    file: str
    problems: tuple[Problem, ...]
    simplicity: Simplicity | None
    overruns: tuple[Overrun, ...] = ()
    currency: str = ""


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option(
    "--history", multiple=True, type=PATH, help="Judge by this history of tickets too; may be repeated."
)
@click.option("--jobs", type=click.IntRange(1), help="Processes for --history; by default one a processor.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for editors.")
@speaking
def check(
    files: tuple[Path, ...], history: tuple[Path, ...], jobs: int | None, as_json: bool, lang: str | None
) -> None:
    """Report every error and warning of programme files, each with its line and column, and how simple they are.

    Versions of one programme (the same id) are checked together: every day belongs to one of them.

    Exit status 2 with errors, 1 where a programme is too complicated for its customers.

    Example: assidu programme check programme.toml --history 2026.ndjson.gz
    """
    words = words_for(lang)
    data = [bytes_of(file) for file in files]
    problems = [_problems_of(each, str(file)) for file, each in zip(files, data, strict=True)]
    loaded = [
        load_programme(each) if _sound(some) else None for each, some in zip(data, problems, strict=True)
    ]
    problems = _between(files, data, loaded, problems)
    sound = [one if _sound(some) else None for one, some in zip(loaded, problems, strict=True)]
    tried, faults = _tried(
        [each for each, one in zip(data, sound, strict=True) if one is not None], history, words, jobs
    )
    judged = iter(tried)
    findings = [
        _finding(str(file), some, one, simplicity(one, next(judged, None)) if one is not None else None)
        for file, some, one in zip(files, problems, sound, strict=True)
    ]
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(findings), ensure_ascii=False, indent=2))
    else:
        _print(findings, words)
    _end(findings, words, as_json=as_json)
    fail_on(faults)


def _finding(
    file: str, problems: tuple[Problem, ...], programme: Programme | None, figures: Simplicity | None
) -> Finding:
    if programme is None:
        return Finding(file, problems, figures)
    return Finding(file, problems, figures, overruns_of(programme), programme.header.currency)


def _problems_of(data: bytes, name: str) -> tuple[Problem, ...]:
    try:
        return check_programme(data, name)
    except ProgrammeError as error:
        return error.problems


def _sound(problems: tuple[Problem, ...]) -> bool:
    return all(problem.warning for problem in problems)


def _between(
    files: tuple[Path, ...],
    data: list[bytes],
    loaded: list[Programme | None],
    problems: list[tuple[Problem, ...]],
) -> list[tuple[Problem, ...]]:
    """What is wrong between versions of one programme, added to the problems of the file that names it."""
    versions = [
        VersionFile(str(file), each, one.header)
        for file, each, one in zip(files, data, loaded, strict=True)
        if one is not None
    ]
    found = (*clashes(versions), *gaps(versions))
    return [
        (*some, *[problem for problem in found if problem.file == str(file)])
        for file, some in zip(files, problems, strict=True)
    ]


def _tried(
    sources: list[bytes], history: tuple[Path, ...], words: Words, jobs: int | None
) -> tuple[tuple[Tried, ...], tuple[Fault, ...]]:
    """Every sound programme on the history, nothing redeemed: what could be had is what counts."""
    if not history or not sources:
        return (), ()
    return try_on(sources, history, words, redeem=False, jobs=jobs)


def _print(findings: list[Finding], words: Words) -> None:
    for finding in findings:
        for problem in finding.problems:
            click.echo(problem.render())
    for finding in findings:
        if finding.simplicity is not None:
            click.echo(f"{finding.file}\n{simplicity_text(finding.simplicity, words)}")
        for one in finding.overruns:
            click.echo(overrun_text(one, finding.currency, words))


def _end(findings: list[Finding], words: Words, *, as_json: bool) -> None:
    """Errors of the files first, then reasons why a programme is too complicated, one a line."""
    errors = sum(not problem.warning for finding in findings for problem in finding.problems)
    if errors:
        raise Failure("{errors} error(s): correct the lines named above, then check again.", errors=errors)
    failings = [(finding.file, failing) for finding in findings for failing in _failings(finding)]
    if not failings:
        if not as_json:
            click.echo(words("{n} programme file(s) without errors, simple enough.", n=len(findings)))
        return
    for file, failing in failings:
        click.echo(f"{file}: {failing_text(failing, words)}", err=True)
    raise click.exceptions.Exit(1)


def _failings(finding: Finding) -> tuple[Failing, ...]:
    return finding.simplicity.failings if finding.simplicity is not None else ()

"""`assidu programme check`: every error and warning of programme files."""

import json
from pathlib import Path

import click
import msgspec

from pos_app.cli.failure import Failure
from rules.errors import Problem, ProgrammeError
from rules.programme.load import check_programme


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for editors.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Report every error and warning of programme files, each with its line and column.

    Example: assidu programme check programme.toml
    """
    problems = tuple(problem for file in files for problem in _problems_of(file))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(problems), ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(problem.render())
    errors = sum(not problem.warning for problem in problems)
    if errors:
        raise Failure(f"{errors} error(s): correct the lines named above, then check again.")
    if not as_json:
        click.echo(f"{len(files)} programme file(s) without errors.")


def _problems_of(file: Path) -> tuple[Problem, ...]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read ({error.strerror}): check the name and your rights.") from error
    try:
        return check_programme(data, str(file))
    except ProgrammeError as error:
        return error.problems

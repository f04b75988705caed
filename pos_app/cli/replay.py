"""`assidu replay`: a history of tickets through the rules, one row a member."""

import contextlib
import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import click

import rules.kinds.all  # noqa: F401 - every kind of rule
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import faulty, versions_of
from pos_app.cli.speech import progress, speaking, words_for, words_here
from pos_app.history.open import open_history
from pos_app.history.postings import PostingFile
from pos_app.history.reader import HistoryError
from pos_app.history.run import run_replay
from pos_app.languages.words import Words
from rules.errors import ProgrammeError
from rules.history.replay import Post, Replay
from rules.history.totals import Totals, totals
from rules.language.faults import printable
from rules.programme.model import Programme

NAMED_LINES = 20


@click.command()
@click.option(
    "--programme",
    "files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A programme file; once for every version that the history runs through.",
)
@click.option(
    "--tickets",
    "history",
    required=True,
    type=click.Path(path_type=Path),
    help="The history: NDJSON or CSV (also .gz), Parquet, or the database of a ledger.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="CSV file for one row a member.")
@click.option("--ledger", type=click.Path(path_type=Path), help="CSV file for every movement of points.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="State at 00:00 of this day; without it, of the day after the last ticket.",
)
@click.option(
    "--redeem",
    type=click.Choice(["auto", "none"]),
    default="none",
    show_default=True,
    help="auto: every ticket takes one step of the first redemption that is possible.",
)
@click.option("--sort", is_flag=True, help="Sort by time, then ticket, instead of trusting the file's order.")
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON.")
@speaking
def replay(
    files: tuple[Path, ...],
    history: Path,
    out: Path,
    ledger: Path | None,
    as_of: datetime | None,
    redeem: str,
    *,
    sort: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Run a history of tickets through the rules: what every member earned, spent and has left.

    Example: assidu replay --programme programme.toml --tickets 2025.ndjson.gz --redeem auto --out members.csv
    """
    _apart(out, ledger, (*files, history))
    programmes = versions_of(files)
    until = as_of.date() if as_of else None
    complaints = Complaints()
    try:
        with (
            _replaced(out) as rows,
            _posting(ledger, programmes[0]) as post,
            progress(words_for(lang)("Trying out")) as tell,
        ):
            done = run_replay(
                open_history(history),
                programmes,
                complaints,
                redeem=redeem == "auto",
                until=until,
                sort=sort,
                post=post,
                tell=tell,
            )
            _something(done, history, until, complaints.count)
            sums = _written(done, rows, until)
    except HistoryError as error:
        raise Failure.of(error) from error
    except ProgrammeError as error:
        raise faulty(error) from error
    click.echo(_json(done, sums, complaints.count) if as_json else _table(done, sums, words_for(lang)))
    if complaints.count:
        raise Failure(
            "{count} line(s) were left out: correct them, then replay again.", count=complaints.count
        )


class Complaints:
    """Names the first lines that cannot be counted on standard error, and counts them all."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, why: str) -> None:
        """Line `number` is left out, and why."""
        self.count += 1
        if self.count <= NAMED_LINES:
            words = words_here()
            click.echo(printable(words("line {line}: {reason}", line=number, reason=words(why))), err=True)
        elif self.count == NAMED_LINES + 1:
            click.echo(words_here()("… further lines are counted, not named."), err=True)


def _apart(out: Path, ledger: Path | None, inputs: tuple[Path, ...]) -> None:
    """Nothing that is read or written is overwritten. Raises Failure."""
    written = [path for path in (out, ledger) if path is not None]
    for path in written:
        if path.exists() and not path.is_file():
            raise Failure("{path} is no plain file: give the name of a file to write.", path=path)
    named = [path.resolve() for path in (*written, *inputs)]
    for path in written:
        if named.count(path.resolve()) > 1:
            raise Failure("{path} is named twice: write to a file of its own.", path=path)


@contextlib.contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """A file to write beside `path` that takes its place only when all went well."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise Failure(
            "{path} cannot be written ({reason}): choose a place with room where you may write.",
            path=path,
            reason=error.strerror,
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _posting(path: Path | None, programme: Programme) -> Iterator[Post | None]:
    if path is None:
        yield None
        return
    header = programme.header
    with _replaced(path) as file:
        yield PostingFile(file, header.timezone, header.business_day_ends)


def _something(done: Replay, history: Path, as_of: date | None, left_out: int) -> None:
    """Raises Failure for a history with nothing in it, or nothing before the day: that is a mistake, not a result."""
    if done.members or done.strangers or left_out:
        return
    if done.later:
        raise Failure(
            "{history} has no ticket before {as_of}: choose a later day.", history=history, as_of=as_of
        )
    raise Failure("{history} holds no ticket: check the name.", history=history)


def _written(done: Replay, file: TextIO, as_of: date | None) -> Totals:
    rows = list(done.rows(as_of))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(done.columns)
    writer.writerows(rows)
    return totals(done.columns, rows)


def _json(done: Replay, sums: Totals, left_out: int) -> str:
    found = {
        "members": sums.members,
        **sums.sums,
        "tiers": sums.tiers,
        "ever": sums.since,
        "refunds": done.refunds,
        "without_member": done.strangers,
        "after": done.later,
        "left_out": left_out,
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _table(done: Replay, sums: Totals, words: Words) -> str:
    """The sums under the names that their columns have in the file."""
    lines = {words("members"): sums.members, **sums.sums, words("refunds"): done.refunds}
    for tier, count in sums.tiers.items():
        lines[words("tier {tier}", tier=tier) if tier else words("tier none")] = count
    lines |= {words("ever {tier}", tier=tier): count for tier, count in sums.since.items()}
    more = {words("tickets without member"): done.strangers, words("records after the day"): done.later}
    lines |= {name: count for name, count in more.items() if count}
    width = max(map(len, lines))
    return "\n".join([f"{name:<{width}}  {words.number(count):>14}" for name, count in lines.items()])

"""`assidu programme publish` and `withdraw`: what the tills go by, from which day on, and no longer."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.cli.asking import ask, stores_of
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, bytes_of
from pos_app.cli.speech import day_of, speaking, words_for
from pos_app.languages.words import Words
from pos_app.tools.overrun_text import bound_text
from rules.programme.load import load_programme

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.programmes import ProgrammePublished


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--from", "day", metavar="DATE", help="First business day; by default the file's effective_from."
)
@click.option("--stores", default="", metavar="A,B", help="Only for these stores; by default for all.")
@on_database
@click.option(
    "--yes", is_flag=True, help="Publish without asking what tills may give beyond budgets and stocks."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was published as JSON.")
@speaking
def publish(
    file: Path,
    day: str | None,
    stores: str,
    database: "Database",
    *,
    yes: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Give a programme to the tills: they fetch it ahead and go by it from its first day on, also without a line.

    Every fault of the file, and of it beside the versions that are published, is named; then nothing changes. A
    version whose days a new one takes over is named there in `supersedes`. Where it lets tills give beyond a budget,
    a stock or a daily limit (overrun), the worst case is shown before anything is published.

    Example: assidu programme publish autumn.toml --from 2026-09-01 --db chain.db
    """
    from sync.ledger.programmes import PublishProgramme

    first = day_of(day) if day else None
    asked = PublishProgramme(str(file), bytes_of(file), first, stores_of(stores), agreed=yes)
    answer = ask(database, asked)
    if answer.bounds and not answer.number:
        _confirm(_worst(answer, asked.data, words_for(lang)), words_for(lang))
        answer = ask(database, msgspec.structs.replace(asked, agreed=True))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2))
    if answer.problems:
        for problem in answer.problems if not as_json else ():
            click.echo(problem.render(), err=True)
        raise Failure(
            "{count} error(s): correct them; what was published before goes on.", count=len(answer.problems)
        )
    if not as_json:
        click.echo("\n".join([_told(answer, words_for(lang)), *_worst(answer, asked.data, words_for(lang))]))


def _worst(answer: "ProgrammePublished", data: bytes, words: Words) -> list[str]:
    currency = load_programme(data).header.currency if answer.bounds else ""
    return [bound_text(one.overrun, one.tills, one.total, currency, words) for one in answer.bounds]


def _confirm(worst: list[str], words: Words) -> None:
    for line in worst:
        click.echo(line, err=True)
    if not sys.stdin.isatty():
        raise Failure(words("nothing was published: add --yes if that may be lost."))
    click.confirm(words("Publish it?"), abort=True, err=True)


def _told(answer: "ProgrammePublished", words: Words) -> str:
    assert answer.effective_from is not None, "what is published has a first day"
    values = {
        "programme": answer.programme,
        "version": answer.version,
        "day": words.date(answer.effective_from),
        "stores": ", ".join(answer.stores) or words("all stores"),
        "number": answer.number,
    }
    if not answer.changed:
        return words(
            "{programme} version {version} is published already, from {day} on, for: {stores}.", **values
        )
    return words(
        "{programme} version {version} is published as number {number}, from {day} on, for: {stores}.",
        **values,
    )


@click.command()
@click.argument("programme", metavar="ID")
@click.argument("version", type=click.IntRange(1))
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the withdrawal's number as JSON.")
@speaking
def withdraw(programme: str, version: int, database: "Database", as_json: bool, lang: str | None) -> None:
    """Take a version back: tills keep, or go back to, the one before it at their next contact.

    Tickets that were sold under it stay as they are.

    Example: assidu programme withdraw bakery 3 --db chain.db
    """
    from sync.ledger.programmes import WithdrawProgramme

    answer = ask(database, WithdrawProgramme(programme, version))
    words = words_for(lang)
    values = {"programme": programme, "version": version, "number": answer.number}
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(answer)))
    elif answer.number:
        click.echo(words("{programme} version {version} is withdrawn as number {number}.", **values))
    else:
        click.echo(
            words("{programme} version {version} was withdrawn before: nothing has changed.", **values)
        )

"""`assidu programme publish` and `withdraw`: what the tills go by, from which day on, and no longer."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.cli.asking import ask, stores_of
from pos_app.cli.database import on_database
from pos_app.cli.failure import Failure
from pos_app.cli.programme.files import PATH, bytes_of, day_of
from pos_app.cli.speech import speaking, words_for
from pos_app.languages.words import Words

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
@click.option("--json", "as_json", is_flag=True, help="Print what was published as JSON.")
@speaking
def publish(
    file: Path, day: str | None, stores: str, database: "Database", as_json: bool, lang: str | None
) -> None:
    """Give a programme to the tills: they fetch it ahead and go by it from its first day on, also without a line.

    Every fault of the file, and of it beside the versions that are published, is named; then nothing changes. A
    version whose days a new one takes over is named there in `supersedes`.

    Example: assidu programme publish autumn.toml --from 2026-09-01 --db chain.db
    """
    from sync.ledger.programmes import PublishProgramme

    first = day_of(day) if day else None
    answer = ask(database, PublishProgramme(str(file), bytes_of(file), first, stores_of(stores)))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2))
    if answer.problems:
        for problem in answer.problems if not as_json else ():
            click.echo(problem.render(), err=True)
        raise Failure(f"{len(answer.problems)} error(s): correct them; what was published before goes on.")
    if not as_json:
        click.echo(_told(answer, words_for(lang)))


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

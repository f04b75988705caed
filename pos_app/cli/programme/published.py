"""`assidu programme published`: every version at the ledger, and which till runs which."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.cli.asking import ask
from pos_app.cli.database import on_database
from pos_app.cli.speech import speaking, words_for
from pos_app.languages.words import Words
from pos_app.tools.table import table
from rules.sentences import mark

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.programmes import Overview, PublishedVersion, TillVersion

_STATES = {
    "ahead": mark("ahead"),
    "in_force": mark("in force"),
    "former": mark("former"),
    "withdrawn": mark("withdrawn"),
}


@click.command()
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print versions and tills as JSON.")
@speaking
def published(database: "Database", as_json: bool, lang: str | None) -> None:
    """Every version with its days and stores, and which till runs which: as each said at its last contact.

    Example: assidu programme published --db chain.db
    """
    from sync.ledger.programmes import PublishedProgrammes

    answer = ask(database, PublishedProgrammes())
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2))
    else:
        click.echo(_text(answer, words_for(lang)))


def _text(overview: "Overview", words: Words) -> str:
    if not overview.programmes:
        return words("No programme is published yet: assidu programme publish FILE.")
    head = (
        words("programme"),
        words("version"),
        words("from"),
        words("stores"),
        words("state"),
        words("number"),
    )
    versions = table(head, [_version(one, words) for one in overview.programmes])
    if not overview.tills:
        return versions
    titles = (words("till"), words("runs"), words("ready for"), words("last contact"), "")
    return versions + "\n\n" + table(titles, [_till(one, words) for one in overview.tills])


def _version(one: "PublishedVersion", words: Words) -> tuple[str, ...]:
    stores = ", ".join(one.stores) or words("all stores")
    day = words.date(one.effective_from)
    return one.programme, str(one.version), day, stores, words(_STATES[one.state]), str(one.number)


def _till(one: "TillVersion", words: Words) -> tuple[str, ...]:
    runs = f"{one.runs[0]} {one.runs[1]}" if one.runs is not None else "?"
    ahead = ", ".join(f"{name} {version} ({words.date(day)})" for name, version, day in one.ahead) or "–"
    seen = datetime.fromtimestamp(one.seen_ms / 1000, UTC)
    contact = f"{words.date(seen.date())} {words.time(seen)} UTC" if one.seen_ms else words("never")
    return f"{one.store} {one.till}", runs, ahead, contact, "" if one.current else words("another version")

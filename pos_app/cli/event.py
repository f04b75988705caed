"""`assidu event …`: what happened where no till was, and the sources that tell it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.told import LineAnswer

LINES_AT_ONCE = 200
BYTES_AT_ONCE = 256 * 1024
NAMED_LINES = 20
_STATES = {
    "booked": mark("{count} booked"),
    "waiting": mark("{count} waiting"),
    "refused": mark("{count} refused"),
}
_SOURCES = {"open": mark("open"), "revoked": mark("its key is revoked")}


@click.group()
def event() -> None:
    """Events and web orders that no till saw (docs/events.md). Needs the extra `ledger`."""


@event.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Who tells it, as added with `assidu event source add`.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print what became of every line as JSON.")
@speaking
def post(database: "Database", file: Path, source: str, *, as_json: bool, lang: str | None) -> None:
    """Book the events and orders of an NDJSON file, each once by its id; bad lines are named, the rest goes on.

    Example: assidu event post orders.ndjson --source web-shop --db chain.db
    """
    from sync.ledger.sources import PostEvents

    words, counts = words_for(lang), dict.fromkeys(_STATES, 0)
    for first, body in _parts(file):
        for one in ask(database, PostEvents(source, body)).lines:
            counts[one.state] += 1
            told = msgspec.structs.replace(one, line=first + one.line)
            if as_json:
                click.echo(msgspec.json.encode(told))
            elif one.state == "refused" and counts["refused"] <= NAMED_LINES:
                click.echo(_refused(told, words), err=True)
    if not as_json:
        click.echo(", ".join([words(text, count=counts[state]) for state, text in _STATES.items()]))
    if counts["refused"]:
        raise Failure(
            "{count} line(s) were refused: correct them, then post the file again.", count=counts["refused"]
        )


def _refused(one: "LineAnswer", words: Words) -> str:
    from sync.ledger.told import NO_LINE

    start = NO_LINE.partition("{")[0]
    text = words(NO_LINE, fault=one.text[len(start) : -1]) if one.text.startswith(start) else words(one.text)
    if one.id:
        return words("line {line} ({id}): {reason}", line=one.line, id=one.id, reason=text)
    return words("line {line}: {reason}", line=one.line, reason=text)


def _parts(file: Path) -> Iterator[tuple[int, bytes]]:
    """The file in parts that the ledger takes at once, each with the number of lines before it."""
    lines: list[bytes] = []
    size = done = 0
    with file.open("rb") as source:
        for line in source:
            if lines and (len(lines) == LINES_AT_ONCE or size + len(line) > BYTES_AT_ONCE):
                yield done, b"".join(lines)
                done, size = done + len(lines), 0
                lines = []
            lines.append(line)
            size += len(line)
    if lines:
        yield done, b"".join(lines)


@event.group()
def source() -> None:
    """Who may tell events: a name and a key for each program."""


@source.command()
@click.argument("name")
@click.option("--effects", is_flag=True, help="It may also read the log of effects.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@speaking
def add(database: "Database", name: str, *, effects: bool, as_json: bool, lang: str | None) -> None:
    """Make a source and its private key, which is shown this once.

    Example: assidu event source add web-shop --db chain.db
    """
    from sync.ledger.sources import AddSource

    made = ask(database, AddSource(name, effects))
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    words = words_for(lang)
    click.echo(words("key id  {id}", id=made.key_id))
    click.echo(words("key     {key}", key=made.key))
    click.echo(
        words("Keep the key now: it is not shown again. docs/events.md says how to sign with it."), err=True
    )


@source.command(name="list")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@speaking
def list_(database: "Database", *, as_json: bool, lang: str | None) -> None:
    """Name all sources.

    Example: assidu event source list --db chain.db
    """
    from sync.ledger.sources import ListSources

    words = words_for(lang)
    for one in ask(database, ListSources()).sources:
        if as_json:
            click.echo(msgspec.json.encode(one))
        else:
            rights = f"  {words('reads effects')}" if one.effects else ""
            click.echo(f"{one.source}  {words(_SOURCES[one.state])}{rights}")


@source.command()
@click.argument("name")
@on_database
@speaking
def revoke(database: "Database", name: str, lang: str | None) -> None:
    """Make a source's key worth nothing; what it told stays.

    Example: assidu event source revoke web-shop --db chain.db
    """
    from sync.ledger.sources import RevokeSource

    ask(database, RevokeSource(name))
    click.echo(words_for(lang)("{name} is revoked.", name=name))

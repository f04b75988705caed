"""`assidu event …`: what happened where no till was, and the sources that tell it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from .asking import ask
from .database import on_database
from .failure import Failure

if TYPE_CHECKING:
    from sync.ledger.database import Database

LINES_AT_ONCE = 200
BYTES_AT_ONCE = 256 * 1024
NAMED_LINES = 20


@click.group()
def event() -> None:
    """Events and web orders that no till saw (docs/events.md). Needs the extra `ledger`."""


@event.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Who tells it, as added with `assidu event source add`.")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print what became of every line as JSON.")
def post(database: "Database", file: Path, source: str, *, as_json: bool) -> None:
    """Book the events and orders of an NDJSON file, each once by its id; bad lines are named, the rest goes on.

    Example: assidu event post orders.ndjson --source web-shop --db chain.db
    """
    from sync.ledger.sources import PostEvents

    counts: dict[str, int] = {}
    for first, body in _parts(file):
        for one in ask(database, PostEvents(source, body)).lines:
            counts[one.state] = counts.get(one.state, 0) + 1
            told = msgspec.structs.replace(one, line=first + one.line)
            if as_json:
                click.echo(msgspec.json.encode(told))
            elif one.state == "refused" and counts["refused"] <= NAMED_LINES:
                name = f" ({told.id})" if told.id else ""
                click.echo(f"line {told.line}{name}: {told.text}", err=True)
    if not as_json:
        names = ("booked", "waiting", "refused")
        click.echo(", ".join(f"{counts.get(name, 0)} {name}" for name in names))
    if counts.get("refused"):
        raise Failure(f"{counts['refused']} line(s) were refused: correct them, then post the file again.")


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
def add(database: "Database", name: str, *, effects: bool, as_json: bool) -> None:
    """Make a source and its private key, which is shown this once.

    Example: assidu event source add web-shop --db chain.db
    """
    from sync.ledger.sources import AddSource

    made = ask(database, AddSource(name, effects))
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    click.echo(f"key id  {made.key_id}")
    click.echo(f"key     {made.key}")
    click.echo("Keep the key now: it is not shown again. docs/events.md says how to sign with it.", err=True)


@source.command(name="list")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(database: "Database", *, as_json: bool) -> None:
    """Name all sources.

    Example: assidu event source list --db chain.db
    """
    from sync.ledger.sources import ListSources

    for one in ask(database, ListSources()).sources:
        if as_json:
            click.echo(msgspec.json.encode(one))
        else:
            click.echo(f"{one.source}  {one.state}{'  reads effects' if one.effects else ''}")


@source.command()
@click.argument("name")
@on_database
def revoke(database: "Database", name: str) -> None:
    """Make a source's key worth nothing; what it told stays.

    Example: assidu event source revoke web-shop --db chain.db
    """
    from sync.ledger.sources import RevokeSource

    ask(database, RevokeSource(name))
    click.echo(f"{name} is revoked.")

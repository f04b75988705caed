"""`assidu ledger export`: the tickets of a ledger as a history that `assidu replay` reads."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from .asking import ask
from .database import on_database
from .failure import Failure
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database


@click.command()
@click.argument("file", metavar="FILE.ndjson[.gz]", type=click.Path(dir_okay=False, path_type=Path))
@on_database
@speaking
def export(file: Path, database: "Database", lang: str | None) -> None:
    """Write every ticket, return and event that stands, one JSON object a line, member by member.

    No name, address, card or cashier is in it; members are their numbers. Replay it with --sort where a programme
    looks from one member at another.

    Example: assidu ledger export 2026.ndjson.gz --db chain.db
    """
    from sync.ledger.export import ReadHistory

    count = 0
    try:
        with _whole(file) as out:
            page = ask(database, ReadHistory())
            while True:
                out.write(page.lines)
                count += page.count
                if page.next is None:
                    break
                page = ask(database, ReadHistory(page.next))
    except OSError as error:
        raise Failure(
            "{file} cannot be written ({reason}): check its folder.", file=file.name, reason=error.strerror
        ) from error
    click.echo(words_for(lang)("{file} holds {count} tickets.", file=file.name, count=count))


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """A file to write to, gzip by its name, that is there whole or not at all."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as raw:
            if file.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                    yield packed
            else:
                yield raw
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)

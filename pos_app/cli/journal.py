"""`assidu journal …`: the journal of a till."""

import json
from pathlib import Path

import click

from pos_app.config import data_folder
from sync.chain import Verdict
from sync.sqlite_driver import DatabaseError
from sync.till.database import StoreError, open_store, translate
from sync.till.identity import identity
from sync.till.journal_check import verify as verify_journal

from .failure import Failure
from .speech import speaking, words_for
from .till_store import check_till


@click.group()
def journal() -> None:
    """The journal of a till."""


@journal.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@speaking
def verify(data: Path | None, as_json: bool, lang: str | None) -> None:
    """Check the hash chain and the signatures of a till's journal; name the first bad entry.

    Example: assidu journal verify --data ./till1
    """
    verdict = _verdict(data or data_folder())
    if as_json:
        found = {"ok": verdict.ok, "entries": verdict.count, "first_bad_seq": verdict.first_bad_seq}
        click.echo(json.dumps(found | {"reason": verdict.reason}))
    if not verdict.ok:
        raise Failure(
            "entry {number} is bad ({reason}): keep the folder, call support.",
            number=verdict.first_bad_seq,
            reason=words_for(lang)(verdict.reason),
        )
    if not as_json:
        click.echo(words_for(lang)("{count} entries, chain and signatures are whole.", count=verdict.count))


@journal.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to save to.")
@speaking
def salvage(data: Path | None, out: Path, lang: str | None) -> None:
    """Save what can be read of a damaged till to a file. The file holds the till's key: keep it like the till.

    Example: assidu journal salvage --data ./till1 --out till1.saved
    """
    from sync.till.salvage import salvage as save

    folder = data or data_folder()
    check_till(folder)
    try:
        done = save(folder, out)
    except StoreError as error:
        raise Failure.of(error) from error
    if not done.till:
        raise Failure(
            "{count} entries are saved, but not the till's key: keep file and folder, call support.",
            count=done.entries,
        )
    words = words_for(lang)
    click.echo(
        words(
            "{count} entries are saved; `assidu journal restore` puts them into an empty folder.",
            count=done.entries,
        )
    )


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="An empty folder for the till.")
@speaking
def restore(file: Path, data: Path, lang: str | None) -> None:
    """Put a saved till into an empty folder. Pair it then: it sends what the ledger lacks.

    Example: assidu journal restore till1.saved --data ./till1-new
    """
    from sync.till.salvage import NotSalvaged, put_into
    from sync.till.writer import InlineWriter

    try:
        store = open_store(data)
        try:
            count = InlineWriter(store).run(lambda connection: put_into(connection, file))
        finally:
            store.close()
    except NotSalvaged:
        raise Failure(
            "the file names no till, or the folder has one already: give an empty folder."
        ) from None
    except StoreError as error:
        raise Failure.of(error) from error
    words = words_for(lang)
    click.echo(
        words(
            "{count} entries are there: start the till with a new code, `assidu till --pair CODE`.",
            count=count,
        )
    )


def _verdict(folder: Path) -> Verdict:
    check_till(folder)
    try:
        store = open_store(folder)
    except StoreError as error:
        raise Failure.of(error) from error
    try:
        if identity(store.reader()) is None:
            raise Failure("this till is not paired, so it has no journal yet: nothing to check.")
        return verify_journal(store.reader())
    except DatabaseError as error:
        raise Failure.of(translate(error)) from error
    finally:
        store.close()

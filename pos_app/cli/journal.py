"""`assidu journal …`: the journal of a till."""

import json
from pathlib import Path

import click

from pos_app.config import data_folder
from sync.chain import Verdict
from sync.sqlite_driver import DatabaseError
from sync.till.database import FILE_NAME, StoreError, open_store, translate
from sync.till.identity import identity
from sync.till.journal import verify as verify_journal

from .failure import Failure


@click.group()
def journal() -> None:
    """The journal of a till."""


@journal.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def verify(data: Path | None, as_json: bool) -> None:
    """Check the hash chain and the signatures of a till's journal; name the first bad entry.

    Example: assidu journal verify --data ./till1
    """
    verdict = _verdict(data or data_folder())
    if as_json:
        found = {"ok": verdict.ok, "entries": verdict.count, "first_bad_seq": verdict.first_bad_seq}
        click.echo(json.dumps(found | {"reason": verdict.reason}))
    if not verdict.ok:
        raise Failure(
            f"entry {verdict.first_bad_seq} is bad ({verdict.reason}): keep the folder, call support."
        )
    if not as_json:
        click.echo(f"{verdict.count} entries, chain and signatures are whole.")


@journal.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to save to.")
def salvage(data: Path | None, out: Path) -> None:
    """Save what can be read of a damaged till to a file. The file holds the till's key: keep it like the till.

    Example: assidu journal salvage --data ./till1 --out till1.saved
    """
    from sync.till.salvage import salvage as save

    folder = data or data_folder()
    if not (folder / FILE_NAME).exists():
        raise Failure(f"there is no till in {folder}: give its folder with --data.")
    try:
        done = save(folder, out)
    except StoreError as error:
        raise Failure(str(error)) from error
    if not done.till:
        raise Failure(
            f"{done.entries} entries are saved, but not the till's key: keep file and folder, call support."
        )
    click.echo(f"{done.entries} entries are saved; `assidu journal restore` puts them into an empty folder.")


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="An empty folder for the till.")
def restore(file: Path, data: Path) -> None:
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
        raise Failure(str(error)) from error
    click.echo(f"{count} entries are there: start the till with a new code, `assidu till --pair CODE`.")


def _verdict(folder: Path) -> Verdict:
    if not (folder / FILE_NAME).exists():
        raise Failure(f"there is no till in {folder}: give its folder with --data.")
    try:
        store = open_store(folder)
    except StoreError as error:
        raise Failure(str(error)) from error
    try:
        if identity(store.reader()) is None:
            raise Failure("this till is not paired, so it has no journal yet: nothing to check.")
        return verify_journal(store.reader())
    except DatabaseError as error:
        raise Failure(str(translate(error))) from error
    finally:
        store.close()

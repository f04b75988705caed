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

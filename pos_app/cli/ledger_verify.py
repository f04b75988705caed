"""`assidu ledger verify`: are the journals and the books of a ledger sound?"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from .asking import ask
from .database import on_database
from .speech import progress, speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.operation import Operation
    from sync.ledger.verify import Checked


@click.command()
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@speaking
@click.pass_context
def verify(ctx: click.Context, database: "Database", as_json: bool, lang: str | None) -> None:
    """Check chain and signatures of every journal and the conservation of every account; exit status 1 for a fault.

    Example: assidu ledger verify --db chain.db
    """
    from sync.ledger.verify import CheckBooks, CheckJournal, JournalList

    words = words_for(lang)
    faults: list[str] = []
    journals = ask(database, JournalList()).journals
    entries = sum(one.entries for one in journals)
    with progress(words("journals")) as show:
        done = 0
        for one in journals:
            faults += _pages(database, CheckJournal(one.dev, one.inc))
            done += one.entries
            show(done / max(1, entries))
    faults += _pages(database, CheckBooks())
    if as_json:
        told = {"ok": not faults, "tills": len(journals), "entries": entries, "faults": faults}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(fault)
        if not faults:
            counts = {"entries": entries, "tills": len(journals)}
            click.echo(words("{entries} entries of {tills} tills and all books are sound.", **counts))
    ctx.exit(1 if faults else 0)


def _pages(database: "Database", first: "Operation[Checked]") -> Iterator[str]:
    """The faults of all pages from `first` on."""
    import msgspec

    page = ask(database, first)
    yield from page.faults
    while page.next is not None:
        page = ask(database, msgspec.structs.replace(first, after=page.next))
        yield from page.faults

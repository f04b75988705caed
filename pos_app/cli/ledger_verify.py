"""`assidu ledger verify`: are the journals and the books of a ledger sound?"""

import json
from typing import TYPE_CHECKING

import click

from .asking import ask
from .database import on_database
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database


@click.command()
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@speaking
@click.pass_context
def verify(ctx: click.Context, database: "Database", as_json: bool, lang: str | None) -> None:
    """Check chain and signatures of every journal and the conservation of every account; exit status 1 for a fault.

    Example: assidu ledger verify --db chain.db
    """
    from sync.ledger.verify import CheckBooks, CheckJournals

    words = words_for(lang)
    page = ask(database, CheckJournals())
    faults, tills, entries = list(page.faults), page.tills, page.entries
    while page.next is not None:
        page = ask(database, CheckJournals(page.next))
        faults, tills, entries = [*faults, *page.faults], tills + page.tills, entries + page.entries
    books = ask(database, CheckBooks())
    faults += books.faults
    while books.next is not None:
        books = ask(database, CheckBooks(books.next))
        faults += books.faults
    if as_json:
        told = {"ok": not faults, "tills": tills, "entries": entries, "faults": faults}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(fault)
        if not faults:
            counts = {"entries": entries, "tills": tills}
            click.echo(words("{entries} entries of {tills} tills and all books are sound.", **counts))
    ctx.exit(1 if faults else 0)

"""`assidu ledger snapshot`: what a new till loads instead of asking for each member."""

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
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@speaking
def snapshot(database: "Database", as_json: bool, lang: str | None) -> None:
    """Make the snapshot that new tills load, now; a running ledger makes one a day by itself.

    Example: assidu ledger snapshot --db chain.db
    """
    from sync.ledger.snapshots import MakeSnapshot

    made = ask(database, MakeSnapshot())
    if as_json:
        told = {"members": made.members, "frames": made.frames, "bytes": made.size, "fetched": made.to_fetch}
        click.echo(json.dumps(told))
        return
    words = words_for(lang)
    sizes = {"size": words.number(made.size // 1000), "fetched": words.number(made.to_fetch // 1000)}
    click.echo(
        words(
            "{members} members: {size} kB on a till, {fetched} kB to fetch.",
            members=words.number(made.members),
            **sizes,
        )
    )

"""`assidu ledger quarantine …`: entries that were accepted and could not be applied."""

import json
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from pos_app.tools.table import table
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .ledger_devices import moment, sums
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database

_REASONS = {
    "unreadable": mark("this release cannot read it: update the ledger, then replay"),
    "programme": mark("its programme is not published: publish it, then replay"),
    "waits": mark("it draws on another entry that waits"),
    "arithmetic": mark("its sums are impossible"),
    "store": mark("its store is not known: add it, then replay"),
    "member": mark("its member cannot be one"),
    "grant": mark("it returns a grant that its till never had"),
    "ticket": mark("the ticket that it names is not there"),
    "void_late": mark("it undoes a ticket too late"),
    "recovery": mark("it draws on a grant that its till has not presented yet"),
    "failed": mark("the ledger has a fault: look into its log, update it, then replay"),
}


@click.group()
def quarantine() -> None:
    """Entries that wait: list, replay.

    Example: assidu ledger quarantine list --db chain.db
    """


@quarantine.command("list")
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON.")
@speaking
def list_aside(database: "Database", as_json: bool, lang: str | None) -> None:
    """Every entry that was accepted and has had no effect yet, and why.

    Example: assidu ledger quarantine list --db chain.db
    """
    from sync.ledger.aside import ListAside

    found, words = ask(database, ListAside()), words_for(lang)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
        return
    rows = [
        (
            f"{one.dev}-{one.inc}-{one.seq}",
            one.store,
            one.till,
            one.kind or "?",
            moment(one.recv_ms),
            sums(one.spent),
            _reason(one.code, words),
        )
        for one in found.entries
    ]
    head = (
        words("entry"),
        words("store"),
        words("till"),
        words("kind"),
        words("arrived"),
        words("spent"),
        words("reason"),
    )
    click.echo(table(head, rows) if rows else words("Nothing is in quarantine."))
    if found.count > len(rows):
        click.echo(words("Entries that wait in all: {count}.", count=found.count))
    if found.spent:
        click.echo(words("Spent by them, and in no account yet: {units}.", units=sums(found.spent)))


def _reason(code: str, words: Words) -> str:
    return words(_REASONS[code]) if code in _REASONS else code


@quarantine.command()
@on_database
@speaking
def replay(database: "Database", lang: str | None) -> None:
    """Apply again what waits, in order; what helps is a release that can read it, or what was missing.

    Example: assidu ledger quarantine replay --db chain.db
    """
    from sync.ledger.aside import ReplayAside

    done, words = ask(database, ReplayAside()), words_for(lang)
    click.echo(words("Applied now: {applied}. Still waiting: {waiting}.", **msgspec.structs.asdict(done)))

"""`assidu ledger backup`, `restore`, `durable` and `recovery`: copies of a ledger, and the way back to one."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pos_app.languages.words import Words
from rules.sentences import mark

from .asking import ask
from .database import on_database
from .failure import Failure
from .ledger_devices import moment
from .ledger_effects import effects_after, told
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database
    from sync.ledger.operation import Operation
    from sync.ledger.recovery_state import Recovery

_COPY = click.Path(dir_okay=False, path_type=Path)


def _file(database: "Database", advice: str) -> Path:
    if not isinstance(database, Path):
        raise Failure(advice)
    return database


@click.command()
@click.argument("copy", metavar="FILE", type=_COPY)
@on_database
@speaking
def backup(copy: Path, database: "Database", lang: str | None) -> None:
    """Copy a SQLite ledger, running or not, to FILE and its key to FILE.key; tills then keep only what is newer.

    Keep both on another machine: what tills forget by this is only there.

    Example: assidu ledger backup /mnt/elsewhere/chain-monday.db --db chain.db
    """
    from sync.ledger.backup import back_up
    from sync.ledger.durable import SetDurable
    from sync.ledger.port import StorageFault

    advice = mark("copy a PostgreSQL ledger with pg_dump, and its key file; then: assidu ledger durable.")
    try:
        heads = back_up(_file(database, advice), copy)
    except StorageFault as fault:
        raise Failure.of(fault) from fault
    ask(database, SetDurable(heads))
    entries = sum(head.seq for head in heads)
    counts = {"entries": entries, "tills": len(heads), "file": copy.name}
    click.echo(words_for(lang)("{file} holds {entries} entries of {tills} tills.", **counts))


@click.command()
@click.option(
    "--copy", type=_COPY, help="What this copy holds; by default all that the ledger has accepted by now."
)
@on_database
@speaking
def durable(copy: Path | None, database: "Database", lang: str | None) -> None:
    """Say that what is accepted is also in a copy elsewhere; tills are told so and may forget what is below.

    Run it after each copy that was checked, or where a second machine confirms every commit.

    Example: assidu ledger durable --copy /mnt/elsewhere/chain-monday.db --db chain.db
    """
    from sync.ledger.backup import heads_in
    from sync.ledger.durable import SetDurable
    from sync.ledger.port import StorageFault

    try:
        done = ask(database, SetDurable(None if copy is None else heads_in(copy)))
    except StorageFault as fault:
        raise Failure.of(fault) from fault
    if done.foreign:
        raise Failure(
            "{count} journals in the copy are not this ledger's: name a copy of this one.",
            count=done.foreign,
        )
    click.echo(words_for(lang)("More is durable now of {tills} tills.", tills=done.moved))


@click.command()
@click.argument("copy", metavar="FILE", type=_COPY)
@click.option("--replace", is_flag=True, help="Put the ledger that is there aside; it is never deleted.")
@on_database
@speaking
def restore(copy: Path, replace: bool, database: "Database", lang: str | None) -> None:
    """Put a copy in the ledger's place; tills then send again what it lacks, and nothing is reserved until they have.

    Example: assidu ledger restore /mnt/elsewhere/chain-monday.db --db chain.db --replace
    """
    import asyncio

    from sync.ledger.backup import restore as put_back
    from sync.ledger.port import StorageFault

    advice = mark("restore PostgreSQL with pg_restore, then: assidu ledger recovery begin --db URL.")
    target, words = _file(database, advice), words_for(lang)
    try:
        aside = asyncio.run(put_back(copy, target, _now_ms(), replace=replace))
        _end_second()
    except StorageFault as fault:
        raise Failure.of(fault) from fault
    if aside is not None:
        click.echo(words("What was there is {file} now.", file=aside.name))
    _show(ask(database, _state()), words)


@click.group()
def recovery() -> None:
    """After a restore: status, begin, end, lost.

    Example: assidu ledger recovery status --db chain.db
    """


@recovery.command()
@on_database
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
@speaking
def status(database: "Database", as_json: bool, lang: str | None) -> None:
    """Which tills are still to be heard since the restore.

    Example: assidu ledger recovery status --db chain.db
    """
    state = ask(database, _state())
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(state), ensure_ascii=False, indent=2))
    else:
        _show(state, words_for(lang))


@recovery.command()
@click.option("--yes", is_flag=True, help="Do it.")
@on_database
@speaking
def begin(yes: bool, database: "Database", lang: str | None) -> None:
    """Begin it after a restore that other tools made (pg_restore, litestream), before the ledger is started.

    Example: assidu ledger recovery begin --yes --db postgresql://assidu@db/assidu
    """
    import asyncio

    from sync.ledger.backup import begin_recovery
    from sync.ledger.port import StorageFault

    if not yes:
        raise Failure("every till will be asked for what it holds: stop the ledger, then add --yes.")
    try:
        asyncio.run(begin_recovery(database, _now_ms()))
        _end_second()
    except StorageFault as fault:
        raise Failure.of(fault) from fault
    _show(ask(database, _state()), words_for(lang))


@recovery.command()
@click.option("--yes", is_flag=True, help="Do it; without it, only what is at risk is shown.")
@on_database
@speaking
def end(yes: bool, database: "Database", lang: str | None) -> None:
    """Stop waiting for tills that were not heard: what they hold beyond the books may then be spent twice.

    Example: assidu ledger recovery end --yes --db chain.db
    """
    from sync.ledger.recovery_state import EndRecovery

    words = words_for(lang)
    state = ask(database, EndRecovery() if yes else _state())
    _show(state, words)
    if state.on and not yes:
        click.echo(words("Add --yes to stop waiting: what these tills hold may be spent twice."), err=True)


@recovery.command()
@click.argument("before", metavar="FILE|URL")
@on_database
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@speaking
def lost(before: str, database: "Database", as_json: bool, lang: str | None) -> None:
    """List what the lost ledger FILE, put aside by the restore, had posted since the copy and this one has not.

    Example: assidu ledger recovery lost chain.db.before-1773392400 --db chain.db
    """
    from sync.ledger.database import Postgres, database_of
    from sync.ledger.recovery_lost import compare

    words, state = words_for(lang), ask(database, _state())
    if state.copied < 0:
        raise Failure("this ledger was never restored: name the restored one with --db.")
    other = database_of(before, database.key if isinstance(database, Postgres) else Path("ledger.key"))
    found = compare(effects_after(other, state.copied), effects_after(database, state.copied))
    for one in found.lost:
        click.echo(msgspec.json.encode(one) if as_json else told(one, words))
    counts = {"again": found.again, "lost": len(found.lost)}
    click.echo(words("{again} effects since the copy are here again, {lost} are not.", **counts), err=as_json)
    if state.awaited or state.waiting:
        click.echo(words("Not every till has sent everything yet: ask again then."), err=True)


def _show(state: "Recovery", words: Words) -> None:
    if state.on:
        click.echo(words("Recovering since {time}: nothing is reserved.", time=moment(state.since_ms)))
    else:
        click.echo(words("Not in recovery: tills are given what they need."))
    for one in state.awaited:
        name = {"number": f"{one.dev}-{one.inc}", "store": one.store, "till": one.till}
        if one.spoke_ms:
            click.echo(words("Till {number} ({store}, {till}) is sending.", **name))
        else:
            click.echo(words("Till {number} ({store}, {till}) was not heard yet.", **name))
    counts = msgspec.structs.asdict(state)
    click.echo(
        words("Heard: {reported}. Entries that wait: {waiting}. Units not found: {missing}.", **counts)
    )


def _state() -> "Operation[Recovery]":
    from sync.ledger.recovery_state import RecoveryState

    return RecoveryState()


def _end_second() -> None:
    """Let the second of a restore end: another one of the same copy begins with other numbers then."""
    time.sleep(1 - time.time() % 1)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""What the till's file says: who it is, what waits, how old its knowledge is. Read beside a till that runs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pos_app.doctor.finding import Finding, fault, good, look
from rules.sentences import as_said, said, sentence_of
from sync.floors import DAY_MS
from sync.sqlite_driver import Connection, DatabaseError, driver
from sync.till import config, floors, index, journal, journal_check, scans
from sync.till.cursors import high_mark, sync_state
from sync.till.database import FILE_NAME, translate
from sync.till.identity import Identity, identity
from sync.till.schema import SCHEMA_VERSION

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
STALE_HOURS = 24
CLOCK_BEHIND_MS = 10 * MINUTE_MS


def identity_in(folder: Path) -> Identity | None:
    """Who the till in `folder` is; None where none is paired, or its file cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return identity(connection)
        finally:
            connection.close()
    except DatabaseError:
        return None


def look_into(folder: Path, now_ms: int) -> tuple[Identity | None, list[Finding]]:
    """Who the till in `folder` is, and what its file says at `now_ms` (wall clock); nothing where none was paired."""
    path = folder / FILE_NAME
    if not path.exists():
        return None, []
    try:
        connection = driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return _read(connection, now_ms)
        finally:
            connection.close()
    except DatabaseError as error:
        return None, [fault(said("file"), sentence_of(translate(error)))]


def _read(connection: Connection, now_ms: int) -> tuple[Identity | None, list[Finding]]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        text = said(
            "The file has format {there}, this release {here}: start the till once.",
            there=version,
            here=SCHEMA_VERSION,
        )
        return None, [look(said("file"), text)]
    who = identity(connection)
    if who is None:
        return None, [look(said("till"), said("This till is not paired yet: start it with --pair."))]
    found = [
        *_journal(connection),
        *_contact(connection, who, now_ms),
        *_members(connection, who, now_ms),
        *_rules(connection, now_ms),
        *_scans(connection),
    ]
    return who, [_name(who), *found, *_clock(connection, now_ms)]


def _name(who: Identity) -> Finding:
    told = said(
        "{till} of {store}, device {dev}-{inc}", till=who.till, store=who.store_name, dev=who.dev, inc=who.inc
    )
    return good(said("till"), told)


def _journal(connection: Connection) -> Iterator[Finding]:
    name, verdict = said("journal"), journal_check.verify(connection)
    if verdict.ok:
        yield good(name, said("{count} entries, chain and signatures are whole.", count=verdict.count))
    else:
        yield fault(
            name,
            said(
                "entry {number} is bad ({reason}): keep the folder, call support.",
                number=verdict.first_bad_seq,
                reason=as_said(verdict.reason),
            ),
        )


def _contact(connection: Connection, who: Identity, now_ms: int) -> Iterator[Finding]:
    state, left = sync_state(connection), journal.waiting(connection)
    if state.fenced:
        yield fault(said("ledger"), said("The ledger has shut this till out: pair it again."))
    elif state.elsewhere:
        yield fault(
            said("machine"), said("This file came from another machine: connect the till, or start it there.")
        )
    if not who.paired:
        yield good(said("sending"), said("This till works alone: nothing is sent."))
        return
    hours = (now_ms - state.last_contact_ms) // HOUR_MS
    name = said("sending")
    if not state.last_contact_ms:
        yield look(name, said("It has never reached its ledger: check address and line."))
    elif left.count or hours:
        yield look(
            name,
            said(
                "{count} entries wait; last word from the ledger {hours} h ago", count=left.count, hours=hours
            ),
        )
    else:
        yield good(name, said("nothing waits; last word from the ledger less than an hour ago"))


def _members(connection: Connection, who: Identity, now_ms: int) -> Iterator[Finding]:
    """Whose cards are known without the line, and how old that knowledge is."""
    name, used, heard = said("members"), index.in_use(connection), sync_state(connection).last_contact_ms
    if used is not None:
        hours = max(0, now_ms - heard) // HOUR_MS
        told = said("{count} in the list, brought up to date {hours} h ago", count=used.members, hours=hours)
        yield look(name, told) if hours >= STALE_HOURS else good(name, told)
    elif who.paired:
        yield look(
            name, said("The list of members is not here yet: it is fetched by itself while the line is up.")
        )


def _rules(connection: Connection, now_ms: int) -> Iterator[Finding]:
    name, heard = said("rules"), sync_state(connection).heard_ms
    if config.programme_for(connection, datetime.fromtimestamp(now_ms / 1000, UTC).date()) is None:
        yield fault(name, said("No programme is here: publish one, then connect the till."))
        return
    days = (now_ms - heard) // DAY_MS if heard else 0
    if days >= floors.limits(connection).stale_days:
        yield look(name, said("Rules and revocations are {days} days old: connect the till.", days=days))
    else:
        yield good(name, said("a programme is in force"))


def _scans(connection: Connection) -> Iterator[Finding]:
    """Which codes were refused in the last week: forged cards, old screenshots, wrong digits, each by its name."""
    told = ", ".join(f"{name} {count}" for name, count in scans.refused(connection))
    if told:
        yield good(said("scans"), said("refused within a week: {names}", names=told))


def _clock(connection: Connection, now_ms: int) -> Iterator[Finding]:
    name, ahead = said("clock"), high_mark(connection) - now_ms
    utc = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(" ", "minutes")
    if ahead > CLOCK_BEHIND_MS:
        yield fault(name, said("The clock says {utc}, before the last sale: set it.", utc=utc))
    else:
        yield good(name, as_said(utc))

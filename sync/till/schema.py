"""Tables of the till's store, and the migrations that bring an older file to them (ledger-and-sync.md 2, storage.md).

A migration is added at the end, never changed; `SCHEMA_VERSION` is how many there are.
"""

from collections.abc import Callable
from typing import Any

from sync.sqlite_driver import Connection, driver
from sync.till import card_seen, card_words, index

APPLICATION_ID = 0x41535355  # "ASSU": a file with another id is no store of a till

_FIRST = """
CREATE TABLE identity(
  one INTEGER PRIMARY KEY CHECK(one = 1), dev INTEGER NOT NULL, inc INTEGER NOT NULL, store TEXT NOT NULL,
  store_name TEXT NOT NULL, till TEXT NOT NULL, timezone TEXT NOT NULL, genesis BLOB NOT NULL,
  server_key BLOB NOT NULL, lookup_key BLOB NOT NULL, scope_key BLOB NOT NULL, sealing_key BLOB NOT NULL,
  permutation_key BLOB NOT NULL, private_key BLOB NOT NULL, card_prefix TEXT NOT NULL,
  ledger_epoch INTEGER NOT NULL, paired INTEGER NOT NULL, ledger_url TEXT NOT NULL) STRICT;
CREATE TABLE incarnation(
  inc INTEGER PRIMARY KEY, dev INTEGER NOT NULL, genesis BLOB NOT NULL, public_key BLOB NOT NULL) STRICT;

CREATE TABLE journal(
  inc INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, ticket TEXT, ordinal INTEGER NOT NULL,
  member ANY, wall_ms INTEGER NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL, sig BLOB,
  PRIMARY KEY(inc, seq)) STRICT;
CREATE UNIQUE INDEX journal_ticket ON journal(ticket, kind, ordinal) WHERE ticket IS NOT NULL;
CREATE INDEX journal_member ON journal(member, seq) WHERE member IS NOT NULL;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'the journal only grows'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'the journal only grows'); END;
CREATE TABLE blob(
  sha256 BLOB PRIMARY KEY, inc INTEGER NOT NULL, seq INTEGER NOT NULL, salt BLOB NOT NULL, what TEXT NOT NULL,
  sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX blob_seq ON blob(inc, seq);

CREATE TABLE sync_state(one INTEGER PRIMARY KEY CHECK(one = 1), state BLOB NOT NULL) STRICT;
CREATE TABLE mark(
  one INTEGER PRIMARY KEY CHECK(one = 1), high_ms INTEGER NOT NULL, last_gno INTEGER NOT NULL) STRICT;
INSERT INTO mark VALUES (1, 0, 0);
CREATE TABLE cursor(bucket TEXT PRIMARY KEY, epoch INTEGER NOT NULL, pos INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE member(
  id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, tier TEXT NOT NULL, flags INTEGER NOT NULL,
  next_expiry TEXT NOT NULL) STRICT;
CREATE TABLE card(token BLOB PRIMARY KEY, member INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE contact(key BLOB PRIMARY KEY, member INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE profile(
  member INTEGER PRIMARY KEY, pos INTEGER NOT NULL, own_seq INTEGER NOT NULL, display BLOB NOT NULL,
  detail BLOB NOT NULL) STRICT;

CREATE TABLE grant_received(
  gno INTEGER PRIMARY KEY, id TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE slice(
  grant_id TEXT NOT NULL, lot TEXT NOT NULL, asset TEXT NOT NULL, kind TEXT NOT NULL, member INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK(quantity >= 0), last_day TEXT NOT NULL, available_on TEXT NOT NULL,
  earned_on TEXT NOT NULL, place INTEGER NOT NULL, ticket TEXT NOT NULL, born_seq INTEGER NOT NULL,
  PRIMARY KEY(grant_id, lot, asset)) STRICT, WITHOUT ROWID;
CREATE INDEX slice_member ON slice(member) WHERE quantity > 0;
CREATE INDEX slice_hold ON slice(ticket) WHERE quantity > 0 AND kind = 'hold';

CREATE TABLE draft(ticket TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT;
CREATE TABLE result(
  ticket TEXT PRIMARY KEY, pos_ref TEXT UNIQUE, seq INTEGER NOT NULL, reference TEXT NOT NULL UNIQUE,
  bdate TEXT NOT NULL, member ANY, cents INTEGER NOT NULL, voided INTEGER NOT NULL, result BLOB NOT NULL) STRICT;
CREATE TABLE refund(
  ticket TEXT PRIMARY KEY, of TEXT NOT NULL, reference TEXT NOT NULL, cents INTEGER NOT NULL, bdate TEXT NOT NULL,
  data BLOB NOT NULL) STRICT;
CREATE INDEX refund_of ON refund(of);
CREATE TABLE job(
  id INTEGER PRIMARY KEY AUTOINCREMENT, ticket TEXT NOT NULL, what TEXT NOT NULL, data BLOB NOT NULL,
  printed_ms INTEGER, copies INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX job_pending ON job(id) WHERE printed_ms IS NULL;
CREATE INDEX job_ticket ON job(ticket);
CREATE TABLE scan(
  id INTEGER PRIMARY KEY AUTOINCREMENT, token BLOB NOT NULL, kind TEXT NOT NULL, port TEXT NOT NULL,
  wall_ms INTEGER NOT NULL, raw TEXT, decided INTEGER NOT NULL) STRICT;
CREATE INDEX scan_undecided ON scan(id) WHERE decided = 0;

CREATE TABLE config_item(
  what TEXT NOT NULL, name TEXT NOT NULL, sha256 BLOB NOT NULL, effective_from TEXT NOT NULL, pos INTEGER NOT NULL,
  PRIMARY KEY(what, name, sha256, effective_from)) STRICT, WITHOUT ROWID;
CREATE TABLE config_data(sha256 BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE product(
  code TEXT PRIMARY KEY, source TEXT NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE staff(
  id TEXT PRIMARY KEY, badge BLOB NOT NULL, source TEXT NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX staff_badge ON staff(badge);
CREATE TABLE staff_try(
  staff TEXT PRIMARY KEY, failed INTEGER NOT NULL, wall_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE number_block(
  kind TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, next INTEGER NOT NULL,
  PRIMARY KEY(kind, first)) STRICT, WITHOUT ROWID;
"""

_RECALL = "CREATE TABLE recall(grant_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
_PUBLICATIONS = """
ALTER TABLE config_item ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE config_item ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
CREATE TABLE revoked(staff TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
_UNSECURED = """
CREATE TABLE unsecured(
  ticket TEXT PRIMARY KEY, seq INTEGER NOT NULL, member INTEGER NOT NULL, quantity INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
"""
_MOVES = """
CREATE TABLE store_tills(one INTEGER PRIMARY KEY CHECK(one = 1), data BLOB NOT NULL) STRICT;
CREATE TABLE moved_out(
  seq INTEGER PRIMARY KEY, to_dev INTEGER NOT NULL, to_inc INTEGER NOT NULL, ask TEXT NOT NULL,
  member INTEGER NOT NULL, proofs BLOB NOT NULL) STRICT;
CREATE INDEX moved_to ON moved_out(to_dev, to_inc, member);
CREATE TABLE moved_in(
  grant_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, proofs BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
_FIGURES = """
CREATE TABLE told_figures(one INTEGER PRIMARY KEY CHECK(one = 1), data BLOB NOT NULL) STRICT;
CREATE TABLE offered(
  day TEXT NOT NULL, rule TEXT NOT NULL, shown INTEGER NOT NULL, taken INTEGER NOT NULL,
  PRIMARY KEY(day, rule)) STRICT, WITHOUT ROWID;
"""
_SYNC_LOG = """
CREATE TABLE sent(at_ms INTEGER PRIMARY KEY, entries INTEGER NOT NULL) STRICT;
CREATE TABLE disposition(
  inc INTEGER NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY(inc, seq)) STRICT, WITHOUT ROWID;
"""

_SHOWN_CODES = """
CREATE TABLE shown_code(code BLOB PRIMARY KEY, at_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX shown_at ON shown_code(at_s);
"""

_REFUSED_SCANS = """
ALTER TABLE scan ADD COLUMN refused TEXT NOT NULL DEFAULT '';
"""

_SHARED_CONTACTS = """
ALTER TABLE contact RENAME TO contact_of_one;
CREATE TABLE contact(
  key BLOB NOT NULL, member INTEGER NOT NULL, PRIMARY KEY(key, member)) STRICT, WITHOUT ROWID;
INSERT INTO contact SELECT key, member FROM contact_of_one;
DROP TABLE contact_of_one;
"""

_ARTICLES = """
ALTER TABLE product ADD COLUMN sku TEXT NOT NULL DEFAULT '';
CREATE INDEX product_sku ON product(sku);
"""

_STEPS = (
    ("first", _FIRST),
    ("recall", _RECALL),
    ("publications", _PUBLICATIONS),
    ("thin rows", index.TABLES),
    ("floors", _UNSECURED),
    ("moves", _MOVES),
    ("figures", _FIGURES),
    ("sync log", _SYNC_LOG),
    ("shown codes", _SHOWN_CODES),
    ("words about cards", card_words.TABLES),
    ("cards seen", card_seen.TABLES),
    ("refused scans", _REFUSED_SCANS),
    ("contacts of several", _SHARED_CONTACTS),
    ("articles by number", _ARTICLES),
)
SCHEMA_VERSION = len(_STEPS)


def migrate(connection: Connection) -> None:
    """Bring the file to `SCHEMA_VERSION`; each migration is one transaction. Slow import: not on a warm start."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("assidu-till")
    for number, (name, script) in enumerate(_STEPS, 1):
        steps(name=f"{number:04} {name}")(_step(script, number))
    steps.apply(Database(connection))


def _step(script: str, number: int) -> Callable[[Any], None]:
    def step(db: Any) -> None:
        _run(db.conn, script)
        db.conn.execute(f"PRAGMA user_version = {number}")

    return step


def _run(connection: Connection, script: str) -> None:
    """Run statements one by one: `executescript` would end the transaction that the migration stands in."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if driver.complete_statement(statement):
            connection.execute(statement)
            statement = ""

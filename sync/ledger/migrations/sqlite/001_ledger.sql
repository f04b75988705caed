-- The central ledger. Dates are ISO text, times milliseconds UTC, hashes and keys blobs.

CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE store (
    store TEXT PRIMARY KEY, name TEXT NOT NULL, timezone TEXT NOT NULL, scope_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pairing (
    secret_hash BLOB PRIMARY KEY, store TEXT NOT NULL, till TEXT NOT NULL, expires_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL, used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE incarnation (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, store TEXT NOT NULL, till TEXT NOT NULL,
    public_key BLOB NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'revoked')),
    genesis BLOB NOT NULL, acc_seq INTEGER NOT NULL, acc_hash BLOB NOT NULL, dur_seq INTEGER NOT NULL,
    last_gno INTEGER NOT NULL, ratchet BLOB NOT NULL, ratchet_prev BLOB NOT NULL, nonce TEXT NOT NULL,
    last_sold_ms INTEGER NOT NULL, paired_ms INTEGER NOT NULL,
    PRIMARY KEY (dev, inc)
) STRICT, WITHOUT ROWID;

CREATE TABLE anchor (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, id TEXT NOT NULL, server_ms INTEGER NOT NULL,
    mono_ms INTEGER NOT NULL, boot TEXT NOT NULL, acc_seq INTEGER NOT NULL,
    PRIMARY KEY (dev, inc, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
    dev INTEGER NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    pos INTEGER NOT NULL,
    PRIMARY KEY (dev, kind, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    data BLOB NOT NULL, sig BLOB, recv_ms INTEGER NOT NULL, sold_ms INTEGER NOT NULL,
    commit_end INTEGER NOT NULL, disposition TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (dev, inc, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_sealed (
    sha256 BLOB PRIMARY KEY, salt BLOB NOT NULL, what TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pii (
    member INTEGER NOT NULL, what TEXT NOT NULL, sha256 BLOB NOT NULL,
    PRIMARY KEY (member, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (dev, inc, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    member INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('active', 'provisional', 'merged')),
    alias INTEGER, store TEXT NOT NULL, since TEXT, display BLOB NOT NULL DEFAULT x'',
    history BLOB NOT NULL, birthday TEXT NOT NULL DEFAULT '', bucket INTEGER NOT NULL DEFAULT 0,
    last_sale TEXT NOT NULL DEFAULT '', programme TEXT NOT NULL DEFAULT '',
    next_posting INTEGER NOT NULL DEFAULT 1, next_owed INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE card (token BLOB PRIMARY KEY, member INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX card_member ON card (member);

CREATE TABLE contact (
    key BLOB NOT NULL, member INTEGER NOT NULL, PRIMARY KEY (key, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_member ON contact (member);

CREATE TABLE consent (
    member INTEGER NOT NULL, purpose TEXT NOT NULL, sold_ms INTEGER NOT NULL, dev INTEGER NOT NULL,
    inc INTEGER NOT NULL, seq INTEGER NOT NULL, given INTEGER NOT NULL, wording TEXT NOT NULL,
    PRIMARY KEY (member, purpose, sold_ms, dev, inc, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
    member INTEGER NOT NULL, store TEXT NOT NULL, last_ms INTEGER NOT NULL,
    PRIMARY KEY (member, store)
) STRICT, WITHOUT ROWID;

CREATE TABLE applied (
    member INTEGER NOT NULL, dev INTEGER NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (member, dev, inc, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot (
    member INTEGER NOT NULL, lot TEXT NOT NULL, asset TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    available INTEGER NOT NULL CHECK (available >= 0), granted INTEGER NOT NULL CHECK (granted >= 0),
    burned INTEGER NOT NULL CHECK (burned >= 0), converted INTEGER NOT NULL CHECK (converted >= 0),
    expired INTEGER NOT NULL CHECK (expired >= 0), clawed INTEGER NOT NULL CHECK (clawed >= 0),
    earned_on TEXT NOT NULL, available_on TEXT NOT NULL, last_day TEXT NOT NULL, cause TEXT NOT NULL,
    ticket TEXT NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (member, lot),
    CHECK (quantity = available + granted + burned + converted + expired + clawed)
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_open ON lot (member) WHERE available > 0 OR granted > 0;
CREATE INDEX lot_ticket ON lot (member, ticket);

CREATE TABLE "grant" (
    id TEXT PRIMARY KEY, member INTEGER NOT NULL, dev INTEGER NOT NULL, inc INTEGER NOT NULL, gno INTEGER,
    kind TEXT NOT NULL CHECK (kind IN ('lease', 'hold', 'birth')), ticket TEXT NOT NULL,
    issued_pos INTEGER NOT NULL, signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX grant_stream ON "grant" (dev, inc, gno) WHERE gno IS NOT NULL;
CREATE INDEX grant_member ON "grant" (member);

CREATE TABLE grant_slice (
    id TEXT NOT NULL, lot TEXT NOT NULL, member INTEGER NOT NULL, asset TEXT NOT NULL,
    last_day TEXT NOT NULL, issued INTEGER NOT NULL, rem INTEGER NOT NULL CHECK (rem >= 0),
    place INTEGER NOT NULL,
    PRIMARY KEY (id, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX slice_open ON grant_slice (member) WHERE rem > 0;

CREATE TABLE hold (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, ticket TEXT NOT NULL, content BLOB NOT NULL,
    code TEXT NOT NULL, gno INTEGER NOT NULL,
    PRIMARY KEY (dev, inc, ticket, content)
) STRICT, WITHOUT ROWID;

CREATE TABLE owed (
    member INTEGER NOT NULL, n INTEGER NOT NULL, asset TEXT NOT NULL,
    bucket TEXT NOT NULL CHECK (bucket IN ('burned', 'clawed')), lot TEXT NOT NULL, ticket TEXT NOT NULL,
    rule TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (member, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE cover (
    member INTEGER NOT NULL, n INTEGER NOT NULL, lot TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (member, n, lot)
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
    member INTEGER NOT NULL, n INTEGER NOT NULL, cause TEXT NOT NULL, asset TEXT NOT NULL, lot TEXT NOT NULL,
    source TEXT NOT NULL, target TEXT NOT NULL, quantity INTEGER NOT NULL, ticket TEXT NOT NULL,
    rule TEXT NOT NULL, settlement INTEGER NOT NULL, day TEXT NOT NULL, dev INTEGER NOT NULL,
    inc INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (member, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_cause ON posting (cause, day);

CREATE TABLE sale (
    member INTEGER NOT NULL, sold_order TEXT NOT NULL, ticket TEXT NOT NULL, dev INTEGER NOT NULL,
    inc INTEGER NOT NULL, seq INTEGER NOT NULL, commit_end INTEGER NOT NULL, bdate TEXT NOT NULL,
    minute INTEGER NOT NULL, store TEXT NOT NULL, programme TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('live', 'refunded', 'voided')), body BLOB NOT NULL,
    before BLOB NOT NULL, settled BLOB NOT NULL, restore_waits INTEGER NOT NULL,
    returns BLOB NOT NULL, given_back BLOB NOT NULL,
    PRIMARY KEY (member, sold_order)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sale_entry ON sale (dev, inc, seq);
CREATE INDEX sale_ticket ON sale (ticket);
CREATE INDEX sale_restore ON sale (dev, inc) WHERE restore_waits > 0;

CREATE TABLE settled (
    member INTEGER NOT NULL, ticket TEXT NOT NULL, rule TEXT NOT NULL, asset TEXT NOT NULL,
    scope TEXT NOT NULL, sold_order TEXT NOT NULL, promised INTEGER NOT NULL, topped INTEGER NOT NULL,
    honoured INTEGER NOT NULL, clawed INTEGER NOT NULL, settled INTEGER NOT NULL, live INTEGER NOT NULL,
    taken INTEGER NOT NULL, settlement INTEGER NOT NULL,
    PRIMARY KEY (member, ticket, rule, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX settled_scope ON settled (member, asset, scope);

CREATE TABLE refund (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER, ticket TEXT NOT NULL,
    reference TEXT NOT NULL, body BLOB NOT NULL, sold_order TEXT NOT NULL, day TEXT NOT NULL,
    resolved INTEGER NOT NULL,
    PRIMARY KEY (dev, inc, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_ticket ON refund (ticket);
CREATE INDEX refund_waiting ON refund (reference) WHERE resolved = 0;

CREATE TABLE receipt (pos_ref TEXT PRIMARY KEY, ticket TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE bucket_log (
    bucket TEXT NOT NULL, key TEXT NOT NULL, pos INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bucket_pos ON bucket_log (bucket, pos);

CREATE TABLE published (
    what TEXT NOT NULL, name TEXT NOT NULL, effective_from TEXT NOT NULL, sha256 BLOB NOT NULL,
    pos INTEGER NOT NULL,
    PRIMARY KEY (what, name, effective_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (sha256 BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID;

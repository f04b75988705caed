-- A till that is paired once more goes on as its next incarnation, which stands on the former one (fork_inc) up to its
-- entry fork_seq. What it sends again is known by the hash of its first form. next_key replaces the incarnation's key
-- when it is first used, and former_key is the one before.

CREATE TABLE life (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, fork_inc INTEGER NOT NULL, fork_seq INTEGER NOT NULL,
    next_key BLOB NOT NULL DEFAULT x'', former_key BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (dev, inc)
) STRICT, WITHOUT ROWID;

CREATE TABLE resubmitted (
    dev INTEGER NOT NULL, orig BLOB NOT NULL, inc INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (dev, orig)
) STRICT, WITHOUT ROWID;

-- Keys that an incarnation had before, and the last entry that each may have signed.
CREATE TABLE former_key (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, last_seq INTEGER NOT NULL, public_key BLOB NOT NULL,
    PRIMARY KEY (dev, inc, last_seq)
) STRICT, WITHOUT ROWID;

ALTER TABLE block ADD COLUMN inc INTEGER NOT NULL DEFAULT 1;

CREATE INDEX anchor_id ON anchor (dev, id);
CREATE INDEX anchor_boot ON anchor (dev, boot, server_ms);
CREATE INDEX receipt_ticket ON receipt (ticket);

-- A till that is paired once more goes on as its next incarnation, which stands on the former one (fork_inc) up to its
-- entry fork_seq. What it sends again is known by the hash of its first form. next_key replaces the incarnation's key
-- when it is first used, and former_key is the one before.

CREATE TABLE life (
    dev bigint NOT NULL, inc bigint NOT NULL, fork_inc bigint NOT NULL, fork_seq bigint NOT NULL,
    next_key bytea NOT NULL DEFAULT '', former_key bytea NOT NULL DEFAULT '',
    PRIMARY KEY (dev, inc)
);

CREATE TABLE resubmitted (
    dev bigint NOT NULL, orig bytea NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL,
    PRIMARY KEY (dev, orig)
);

-- Keys that an incarnation had before, and the last entry that each may have signed.
CREATE TABLE former_key (
    dev bigint NOT NULL, inc bigint NOT NULL, last_seq bigint NOT NULL, public_key bytea NOT NULL,
    PRIMARY KEY (dev, inc, last_seq)
);

ALTER TABLE block ADD COLUMN inc bigint NOT NULL DEFAULT 1;

CREATE INDEX anchor_id ON anchor (dev, id);
CREATE INDEX anchor_boot ON anchor (dev, boot, server_ms);
CREATE INDEX receipt_ticket ON receipt (ticket);

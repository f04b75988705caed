-- When a till was heard of last and what it had left to send; tills written off and what that freed of their grants
-- (G2); tills that are expected after a restore, and the grants they present.

ALTER TABLE incarnation ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN backlog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN written_off_ms INTEGER NOT NULL DEFAULT 0;

CREATE TABLE freed (
    member INTEGER NOT NULL, id TEXT NOT NULL, lot TEXT NOT NULL, asset TEXT NOT NULL, dev INTEGER NOT NULL,
    inc INTEGER NOT NULL, quantity INTEGER NOT NULL, why TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (member, id, lot)
) STRICT, WITHOUT ROWID;

CREATE TABLE expected (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, acc_seq INTEGER NOT NULL, spoke_ms INTEGER NOT NULL,
    reported_ms INTEGER NOT NULL,
    PRIMARY KEY (dev, inc)
) STRICT, WITHOUT ROWID;

CREATE TABLE presented (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, gno INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (dev, inc, gno)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_aside ON inbox (dev, inc, seq) WHERE disposition = 'quarantined';

-- When a till was heard of last and what it had left to send; tills written off and what that freed of their grants
-- (G2); tills that are expected after a restore, and the grants they present.

ALTER TABLE incarnation ADD COLUMN seen_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN backlog bigint NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN written_off_ms bigint NOT NULL DEFAULT 0;

CREATE TABLE freed (
    member bigint NOT NULL, id text COLLATE "C" NOT NULL, lot text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL, dev bigint NOT NULL, inc bigint NOT NULL, quantity bigint NOT NULL,
    why text COLLATE "C" NOT NULL, at_ms bigint NOT NULL,
    PRIMARY KEY (member, id, lot)
);

CREATE TABLE expected (
    dev bigint NOT NULL, inc bigint NOT NULL, acc_seq bigint NOT NULL, spoke_ms bigint NOT NULL,
    reported_ms bigint NOT NULL,
    PRIMARY KEY (dev, inc)
);

CREATE TABLE presented (
    dev bigint NOT NULL, inc bigint NOT NULL, gno bigint NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (dev, inc, gno)
);

CREATE INDEX inbox_aside ON inbox (dev, inc, seq) WHERE disposition = 'quarantined';

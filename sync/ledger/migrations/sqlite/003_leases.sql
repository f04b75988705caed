-- How often a member comes to a store; whose leases are to be looked at; grants that tills are asked to return.

ALTER TABLE scope ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;

CREATE TABLE lease_due (member INTEGER PRIMARY KEY) STRICT;

CREATE TABLE recall (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (dev, inc, id)
) STRICT, WITHOUT ROWID;

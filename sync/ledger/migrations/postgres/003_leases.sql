-- How often a member comes to a store; whose leases are to be looked at; grants that tills are asked to return.

ALTER TABLE scope ADD COLUMN weight bigint NOT NULL DEFAULT 0;

CREATE TABLE lease_due (member bigint PRIMARY KEY);

CREATE TABLE recall (
    dev bigint NOT NULL, inc bigint NOT NULL, id text COLLATE "C" NOT NULL,
    PRIMARY KEY (dev, inc, id)
);

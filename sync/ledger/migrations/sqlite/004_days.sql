-- How far each store's business days are done: for members of the store up to `member`, or all of them (`done`).

CREATE TABLE business_day (
    store TEXT NOT NULL, day TEXT NOT NULL, member INTEGER NOT NULL, done INTEGER NOT NULL, tally BLOB NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_store ON member (store, member) WHERE state <> 'merged';

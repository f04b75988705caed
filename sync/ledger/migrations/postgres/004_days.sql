-- How far each store's business days are done: for members of the store up to `member`, or all of them (`done`).

CREATE TABLE business_day (
    store text COLLATE "C" NOT NULL, day text COLLATE "C" NOT NULL, member bigint NOT NULL, done bigint NOT NULL,
    tally bytea NOT NULL,
    PRIMARY KEY (store, day)
);

CREATE INDEX member_store ON member (store, member) WHERE state <> 'merged';

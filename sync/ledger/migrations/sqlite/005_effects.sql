-- What members' books did, for readers elsewhere: `id` is the member's number, a point, and a number of its own. The
-- order of reading is that of the bucket `effects` in bucket_log.

CREATE TABLE effect (
    member INTEGER NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL, day TEXT NOT NULL, at_ms INTEGER NOT NULL,
    asset TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL, cause TEXT NOT NULL,
    rule TEXT NOT NULL, ticket TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (member, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE member ADD COLUMN tier TEXT NOT NULL DEFAULT '';

-- What members' books did, for readers elsewhere: `id` is the member's number, a point, and a number of its own. The
-- order of reading is that of the bucket `effects` in bucket_log.

CREATE TABLE effect (
    member INTEGER NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL, day TEXT NOT NULL, at_ms INTEGER NOT NULL,
    asset TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL, cause TEXT NOT NULL,
    rule TEXT NOT NULL, ticket TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (member, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE member ADD COLUMN tier TEXT NOT NULL DEFAULT '';

-- Who tells what no till saw, what they told (once by source and id), and what waits for the card or contact `key`.
CREATE TABLE source (
    source TEXT PRIMARY KEY, public_key BLOB NOT NULL, effects INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'revoked')), added_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE told (
    source TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, answer BLOB NOT NULL, recv_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting (
    key BLOB NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (key, source, id)
) STRICT, WITHOUT ROWID;

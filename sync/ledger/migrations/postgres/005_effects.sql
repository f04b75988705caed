-- What members' books did, for readers elsewhere: `id` is the member's number, a point, and a number of its own. The
-- order of reading is that of the bucket `effects` in bucket_log.

CREATE TABLE effect (
    member bigint NOT NULL, id text COLLATE "C" NOT NULL, what text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL, at_ms bigint NOT NULL, asset text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL, cents bigint NOT NULL, cause text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL, ticket text COLLATE "C" NOT NULL, detail text COLLATE "C" NOT NULL,
    PRIMARY KEY (member, id)
) PARTITION BY HASH (member);

ALTER TABLE member ADD COLUMN tier text COLLATE "C" NOT NULL DEFAULT '';

DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF effect FOR VALUES WITH (MODULUS 8, REMAINDER %s)', 'effect_' || part, part
        );
    END LOOP;
END $$;

-- Who tells what no till saw, what they told (once by source and id), and what waits for the card or contact `key`.
CREATE TABLE source (
    source text COLLATE "C" PRIMARY KEY, public_key bytea NOT NULL, effects bigint NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'revoked')), added_ms bigint NOT NULL
);

CREATE TABLE told (
    source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, digest bytea NOT NULL, answer bytea NOT NULL,
    recv_ms bigint NOT NULL,
    PRIMARY KEY (source, id)
);

CREATE TABLE waiting (
    key bytea NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, at_ms bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (key, source, id)
);

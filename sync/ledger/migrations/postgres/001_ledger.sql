-- The central ledger. Dates are ISO text, times milliseconds UTC, hashes and keys bytea. Text sorts by its bytes, as
-- on SQLite. Tables whose key leads with the account are spread by it over eight partitions, and those whose rows
-- change leave room for the new versions on their pages.

CREATE TABLE meta (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);

CREATE TABLE counter (name text COLLATE "C" PRIMARY KEY, value bigint NOT NULL);

CREATE TABLE store (
    store text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL, timezone text COLLATE "C" NOT NULL,
    scope_key bytea NOT NULL
);

CREATE TABLE pairing (
    secret_hash bytea PRIMARY KEY, store text COLLATE "C" NOT NULL, till text COLLATE "C" NOT NULL,
    expires_ms bigint NOT NULL, tries bigint NOT NULL, used bigint NOT NULL
);

CREATE TABLE incarnation (
    dev bigint NOT NULL, inc bigint NOT NULL, store text COLLATE "C" NOT NULL, till text COLLATE "C" NOT NULL,
    public_key bytea NOT NULL, state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed', 'revoked')),
    genesis bytea NOT NULL, acc_seq bigint NOT NULL, acc_hash bytea NOT NULL, dur_seq bigint NOT NULL,
    last_gno bigint NOT NULL, ratchet bytea NOT NULL, ratchet_prev bytea NOT NULL,
    nonce text COLLATE "C" NOT NULL, last_sold_ms bigint NOT NULL, paired_ms bigint NOT NULL,
    PRIMARY KEY (dev, inc)
);

CREATE TABLE anchor (
    dev bigint NOT NULL, inc bigint NOT NULL, id text COLLATE "C" NOT NULL, server_ms bigint NOT NULL,
    mono_ms bigint NOT NULL, boot text COLLATE "C" NOT NULL, acc_seq bigint NOT NULL,
    PRIMARY KEY (dev, inc, id)
);

CREATE TABLE block (
    dev bigint NOT NULL, kind text COLLATE "C" NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (dev, kind, first)
);

CREATE TABLE inbox (
    dev bigint NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL, hash bytea NOT NULL, data bytea NOT NULL,
    sig bytea, recv_ms bigint NOT NULL, sold_ms bigint NOT NULL, commit_end bigint NOT NULL,
    disposition text COLLATE "C" NOT NULL DEFAULT '', code text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (dev, inc, seq)
);

CREATE TABLE blob_sealed (
    sha256 bytea PRIMARY KEY, salt bytea NOT NULL, what text COLLATE "C" NOT NULL, sealed bytea NOT NULL
);

CREATE TABLE pii (
    member bigint NOT NULL, what text COLLATE "C" NOT NULL, sha256 bytea NOT NULL,
    PRIMARY KEY (member, what)
) PARTITION BY HASH (member);

CREATE TABLE quarantine (
    dev bigint NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL, code text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (dev, inc, seq)
);

CREATE TABLE member (
    member bigint PRIMARY KEY,
    state text COLLATE "C" NOT NULL CHECK (state IN ('active', 'provisional', 'merged')), alias bigint,
    store text COLLATE "C" NOT NULL, since text COLLATE "C", display bytea NOT NULL DEFAULT '\x',
    history bytea NOT NULL, birthday text COLLATE "C" NOT NULL DEFAULT '', bucket bigint NOT NULL DEFAULT 0,
    last_sale text COLLATE "C" NOT NULL DEFAULT '', programme text COLLATE "C" NOT NULL DEFAULT '',
    next_posting bigint NOT NULL DEFAULT 1, next_owed bigint NOT NULL DEFAULT 1
) PARTITION BY HASH (member);

CREATE TABLE card (token bytea PRIMARY KEY, member bigint NOT NULL);
CREATE INDEX card_member ON card (member);

CREATE TABLE contact (key bytea NOT NULL, member bigint NOT NULL, PRIMARY KEY (key, member));
CREATE INDEX contact_member ON contact (member);

CREATE TABLE consent (
    member bigint NOT NULL, purpose text COLLATE "C" NOT NULL, sold_ms bigint NOT NULL, dev bigint NOT NULL,
    inc bigint NOT NULL, seq bigint NOT NULL, given bigint NOT NULL, wording text COLLATE "C" NOT NULL,
    PRIMARY KEY (member, purpose, sold_ms, dev, inc, seq)
) PARTITION BY HASH (member);

CREATE TABLE scope (
    member bigint NOT NULL, store text COLLATE "C" NOT NULL, last_ms bigint NOT NULL,
    PRIMARY KEY (member, store)
) PARTITION BY HASH (member);

CREATE TABLE applied (
    member bigint NOT NULL, dev bigint NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL,
    PRIMARY KEY (member, dev, inc, seq)
) PARTITION BY HASH (member);

CREATE TABLE lot (
    member bigint NOT NULL, lot text COLLATE "C" NOT NULL, asset text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0), available bigint NOT NULL CHECK (available >= 0),
    granted bigint NOT NULL CHECK (granted >= 0), burned bigint NOT NULL CHECK (burned >= 0),
    converted bigint NOT NULL CHECK (converted >= 0), expired bigint NOT NULL CHECK (expired >= 0),
    clawed bigint NOT NULL CHECK (clawed >= 0), earned_on text COLLATE "C" NOT NULL,
    available_on text COLLATE "C" NOT NULL, last_day text COLLATE "C" NOT NULL, cause text COLLATE "C" NOT NULL,
    ticket text COLLATE "C" NOT NULL, rule text COLLATE "C" NOT NULL,
    PRIMARY KEY (member, lot),
    CHECK (quantity = available + granted + burned + converted + expired + clawed)
) PARTITION BY HASH (member);
CREATE INDEX lot_open ON lot (member) WHERE available > 0 OR granted > 0;
CREATE INDEX lot_ticket ON lot (member, ticket);

CREATE TABLE "grant" (
    id text COLLATE "C" PRIMARY KEY, member bigint NOT NULL, dev bigint NOT NULL, inc bigint NOT NULL,
    gno bigint, kind text COLLATE "C" NOT NULL CHECK (kind IN ('lease', 'hold', 'birth')),
    ticket text COLLATE "C" NOT NULL, issued_pos bigint NOT NULL, signature bytea NOT NULL
);
CREATE UNIQUE INDEX grant_stream ON "grant" (dev, inc, gno) WHERE gno IS NOT NULL;
CREATE INDEX grant_member ON "grant" (member);

CREATE TABLE grant_slice (
    id text COLLATE "C" NOT NULL, lot text COLLATE "C" NOT NULL, member bigint NOT NULL,
    asset text COLLATE "C" NOT NULL, last_day text COLLATE "C" NOT NULL, issued bigint NOT NULL,
    rem bigint NOT NULL CHECK (rem >= 0), place bigint NOT NULL,
    PRIMARY KEY (id, lot)
);
CREATE INDEX slice_open ON grant_slice (member) WHERE rem > 0;

CREATE TABLE hold (
    dev bigint NOT NULL, inc bigint NOT NULL, ticket text COLLATE "C" NOT NULL, content bytea NOT NULL,
    code text COLLATE "C" NOT NULL, gno bigint NOT NULL,
    PRIMARY KEY (dev, inc, ticket, content)
);

CREATE TABLE owed (
    member bigint NOT NULL, n bigint NOT NULL, asset text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL CHECK (bucket IN ('burned', 'clawed')), lot text COLLATE "C" NOT NULL,
    ticket text COLLATE "C" NOT NULL, rule text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (member, n)
) PARTITION BY HASH (member);

CREATE TABLE cover (
    member bigint NOT NULL, n bigint NOT NULL, lot text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (member, n, lot)
) PARTITION BY HASH (member);

CREATE TABLE posting (
    member bigint NOT NULL, n bigint NOT NULL, cause text COLLATE "C" NOT NULL, asset text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, target text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL, ticket text COLLATE "C" NOT NULL, rule text COLLATE "C" NOT NULL,
    settlement bigint NOT NULL, day text COLLATE "C" NOT NULL, dev bigint NOT NULL, inc bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (member, n)
) PARTITION BY HASH (member);
CREATE INDEX posting_cause ON posting (cause, day);

CREATE TABLE sale (
    member bigint NOT NULL, sold_order text COLLATE "C" NOT NULL, ticket text COLLATE "C" NOT NULL,
    dev bigint NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL, commit_end bigint NOT NULL,
    bdate text COLLATE "C" NOT NULL, minute bigint NOT NULL, store text COLLATE "C" NOT NULL,
    programme text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('live', 'refunded', 'voided')), body bytea NOT NULL,
    before bytea NOT NULL, settled bytea NOT NULL, restore_waits bigint NOT NULL, returns bytea NOT NULL,
    given_back bytea NOT NULL,
    PRIMARY KEY (member, sold_order)
) PARTITION BY HASH (member);
CREATE INDEX sale_entry ON sale (dev, inc, seq);
CREATE INDEX sale_ticket ON sale (ticket);
CREATE INDEX sale_restore ON sale (dev, inc) WHERE restore_waits > 0;

CREATE TABLE settled (
    member bigint NOT NULL, ticket text COLLATE "C" NOT NULL, rule text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL, sold_order text COLLATE "C" NOT NULL,
    promised bigint NOT NULL, topped bigint NOT NULL, honoured bigint NOT NULL, clawed bigint NOT NULL,
    settled bigint NOT NULL, live bigint NOT NULL, taken bigint NOT NULL, settlement bigint NOT NULL,
    PRIMARY KEY (member, ticket, rule, asset)
) PARTITION BY HASH (member);
CREATE INDEX settled_scope ON settled (member, asset, scope);

CREATE TABLE refund (
    dev bigint NOT NULL, inc bigint NOT NULL, seq bigint NOT NULL, member bigint,
    ticket text COLLATE "C" NOT NULL, reference text COLLATE "C" NOT NULL, body bytea NOT NULL,
    sold_order text COLLATE "C" NOT NULL, day text COLLATE "C" NOT NULL, resolved bigint NOT NULL,
    PRIMARY KEY (dev, inc, seq)
);
CREATE INDEX refund_ticket ON refund (ticket);
CREATE INDEX refund_waiting ON refund (reference) WHERE resolved = 0;

CREATE TABLE receipt (pos_ref text COLLATE "C" PRIMARY KEY, ticket text COLLATE "C" NOT NULL);

CREATE TABLE bucket_log (
    bucket text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, pos bigint NOT NULL,
    PRIMARY KEY (bucket, key)
);
CREATE INDEX bucket_pos ON bucket_log (bucket, pos);

CREATE TABLE published (
    what text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, effective_from text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL, pos bigint NOT NULL,
    PRIMARY KEY (what, name, effective_from)
);

CREATE TABLE blob (sha256 bytea PRIMARY KEY, data bytea NOT NULL);

-- What changed and has no position yet: the one publisher moves it to bucket_log in order of commit.
CREATE TABLE outbox (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bucket text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL
);

ALTER TABLE incarnation SET (fillfactor = 80);
ALTER TABLE inbox SET (fillfactor = 80);
ALTER TABLE grant_slice SET (fillfactor = 80);

DO $$
DECLARE
    spread text;
    changing text[] := ARRAY['member', 'lot', 'owed', 'cover', 'sale', 'settled', 'scope', 'pii'];
BEGIN
    FOREACH spread IN ARRAY changing || ARRAY['applied', 'consent', 'posting'] LOOP
        FOR part IN 0..7 LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s) WITH (fillfactor = %s)',
                spread || '_' || part, spread, part, CASE WHEN spread = ANY (changing) THEN 80 ELSE 100 END
            );
        END LOOP;
    END LOOP;
END $$;

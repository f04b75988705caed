-- Who brought a member in and the declared profile fields (JSON); what a sale is to bring about elsewhere (JSON).

ALTER TABLE member ADD COLUMN sponsor bigint;
ALTER TABLE member ADD COLUMN fields text COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE sale ADD COLUMN outbound bytea NOT NULL DEFAULT '\x5b5d';

-- What others have to be told or to hand over once a ticket stands. `id` is ticket, rule and place; `state` is
-- waiting until somebody has taken it, then taken.
CREATE TABLE outbound (
    id text COLLATE "C" PRIMARY KEY, member bigint NOT NULL, ticket text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL, what text COLLATE "C" NOT NULL, receiver text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL, cents bigint NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'taken')), day text COLLATE "C" NOT NULL
);
CREATE INDEX outbound_ticket ON outbound (ticket);
CREATE INDEX outbound_member ON outbound (member);
CREATE INDEX outbound_waiting ON outbound (what) WHERE state = 'waiting';

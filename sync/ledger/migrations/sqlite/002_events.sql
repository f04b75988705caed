-- Who brought a member in and the declared profile fields (JSON); what a sale is to bring about elsewhere (JSON).

ALTER TABLE member ADD COLUMN sponsor INTEGER;
ALTER TABLE member ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE sale ADD COLUMN outbound BLOB NOT NULL DEFAULT x'5b5d';

-- What others have to be told or to hand over once a ticket stands. `id` is ticket, rule and place; `state` is
-- waiting until somebody has taken it, then taken.
CREATE TABLE outbound (
    id TEXT PRIMARY KEY, member INTEGER NOT NULL, ticket TEXT NOT NULL, rule TEXT NOT NULL, what TEXT NOT NULL,
    receiver TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'taken')), day TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbound_ticket ON outbound (ticket);
CREATE INDEX outbound_member ON outbound (member);
CREATE INDEX outbound_waiting ON outbound (what) WHERE state = 'waiting';

-- What the shop notes about a member, encrypted for the tills of the member's store, and its place in order of sale.

ALTER TABLE member ADD COLUMN note bytea NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN note_at text COLLATE "C" NOT NULL DEFAULT '';

-- What was noted of an incident, encrypted for the tills of the member's store, and its place in order of sale.

ALTER TABLE member ADD COLUMN complaint bytea NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN complaint_at text COLLATE "C" NOT NULL DEFAULT '';

-- What was noted of an incident, encrypted for the tills of the member's store, and its place in order of sale.

ALTER TABLE member ADD COLUMN complaint BLOB NOT NULL DEFAULT x'';
ALTER TABLE member ADD COLUMN complaint_at TEXT NOT NULL DEFAULT '';

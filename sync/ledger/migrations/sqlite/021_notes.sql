-- What the shop notes about a member, encrypted for the tills of the member's store, and its place in order of sale.

ALTER TABLE member ADD COLUMN note BLOB NOT NULL DEFAULT x'';
ALTER TABLE member ADD COLUMN note_at TEXT NOT NULL DEFAULT '';

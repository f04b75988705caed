-- How the secret of a pairing code begins: wrong tries count against the code that was meant, and close no other.

ALTER TABLE pairing ADD COLUMN begins TEXT NOT NULL DEFAULT '';

-- What a push of a till was known by, so that one which is played again is told from a copy of the till's.

ALTER TABLE anchor ADD COLUMN nonce text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX anchor_nonce ON anchor (dev, inc, nonce);
UPDATE incarnation SET nonce = split_part(nonce, ' ', 1);

-- The day on which a member was erased: the row stays for the books, without a person; '' for everybody else.

ALTER TABLE member ADD COLUMN erased TEXT NOT NULL DEFAULT '';

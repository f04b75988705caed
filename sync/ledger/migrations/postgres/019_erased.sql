-- The day on which a member was erased: the row stays for the books, without a person; '' for everybody else.

ALTER TABLE member ADD COLUMN erased text COLLATE "C" NOT NULL DEFAULT '';

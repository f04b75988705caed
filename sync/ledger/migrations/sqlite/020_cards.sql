-- Cards that are not taken, or are taken again (why = 'found'), by the latest word in order of sale (at_order). The
-- phone that stands for a member; kid = 0 for none. Which tickets were shown which code of a phone.

CREATE TABLE blocked_card (
    card BLOB PRIMARY KEY, member INTEGER NOT NULL, why TEXT NOT NULL, day TEXT NOT NULL, at_order TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blocked_member ON blocked_card (member);

CREATE TABLE phone_key (
    member INTEGER PRIMARY KEY, kid INTEGER NOT NULL, public BLOB NOT NULL, at_order TEXT NOT NULL
) STRICT;

CREATE TABLE shown_code (
    code BLOB NOT NULL, ticket TEXT NOT NULL, member INTEGER NOT NULL, dev INTEGER NOT NULL, inc INTEGER NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (code, ticket)
) STRICT, WITHOUT ROWID;

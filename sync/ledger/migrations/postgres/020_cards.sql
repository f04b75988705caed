-- Cards that are not taken, or are taken again (why = 'found'), by the latest word in order of sale (at_order). The
-- phone that stands for a member; kid = 0 for none. Which tickets were shown which code of a phone.

CREATE TABLE blocked_card (
    card bytea PRIMARY KEY, member bigint NOT NULL, why text COLLATE "C" NOT NULL, day text COLLATE "C" NOT NULL,
    at_order text COLLATE "C" NOT NULL
);
CREATE INDEX blocked_member ON blocked_card (member);

CREATE TABLE phone_key (
    member bigint PRIMARY KEY, kid bigint NOT NULL, public bytea NOT NULL, at_order text COLLATE "C" NOT NULL
);

CREATE TABLE shown_code (
    code bytea NOT NULL, ticket text COLLATE "C" NOT NULL, member bigint NOT NULL, dev bigint NOT NULL,
    inc bigint NOT NULL, day text COLLATE "C" NOT NULL,
    PRIMARY KEY (code, ticket)
);

-- Which till was shown the code of a phone first, for as long as it might be shown at another one (row 25).

CREATE TABLE claimed_code (code bytea PRIMARY KEY, dev bigint NOT NULL, at_ms bigint NOT NULL);
CREATE INDEX claimed_at ON claimed_code (at_ms);

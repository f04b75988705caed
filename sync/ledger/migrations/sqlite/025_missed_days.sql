-- Days of members with which the day job failed: they are tried again before the member's next one.

CREATE TABLE missed_day (
    member INTEGER NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (member, day)
) STRICT, WITHOUT ROWID;

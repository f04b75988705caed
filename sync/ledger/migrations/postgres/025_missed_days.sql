-- Days of members with which the day job failed: they are tried again before the member's next one.

CREATE TABLE missed_day (
    member bigint NOT NULL, day text COLLATE "C" NOT NULL,
    PRIMARY KEY (member, day)
);

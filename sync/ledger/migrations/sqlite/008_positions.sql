-- Positions stand in bucket_log alone: on PostgreSQL they are given after the commit.

ALTER TABLE published DROP COLUMN pos;
ALTER TABLE block DROP COLUMN pos;

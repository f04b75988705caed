-- Points that were given to make up for what went wrong, and the day.

ALTER TABLE member ADD COLUMN amends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN amends_on TEXT NOT NULL DEFAULT '';

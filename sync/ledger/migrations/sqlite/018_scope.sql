-- A region is a set of stores. A member who was away from a store for long is no longer known by name there (away = 1).

ALTER TABLE store ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE scope ADD COLUMN away INTEGER NOT NULL DEFAULT 0;

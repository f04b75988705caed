-- For whom a grant was signed, where that member was merged since: it is sent, and shown again, as it was signed.

ALTER TABLE "grant" ADD COLUMN signed_for INTEGER NOT NULL DEFAULT 0;

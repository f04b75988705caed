-- What is published, by its number; who may sign in; products that were imported; what tills hold; whose account a
-- member of an older programme has become. `stores` are JSON lists, empty for all.

CREATE TABLE publication (
    number INTEGER PRIMARY KEY, what TEXT NOT NULL, name TEXT NOT NULL, effective_from TEXT NOT NULL,
    stores TEXT NOT NULL, sha256 BLOB NOT NULL, withdrawn INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO publication
    SELECT row_number() OVER (ORDER BY pos), what, name, effective_from, '[]', sha256, 0, 0
    FROM (
        SELECT what, name, effective_from, sha256, (
            SELECT bucket_log.pos FROM bucket_log WHERE bucket = 'config'
                AND key = what || '/' || name || '/' || effective_from
        ) AS pos FROM published
    ) AS former;
INSERT INTO bucket_log
    SELECT 'config', CAST(number AS TEXT), pos FROM publication JOIN bucket_log ON bucket = 'config'
        AND key = what || '/' || name || '/' || effective_from;
DELETE FROM bucket_log WHERE bucket = 'config' AND key NOT IN (SELECT CAST(number AS TEXT) FROM publication);
DROP TABLE published;

CREATE TABLE staff (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('cashier', 'manager')),
    badge BLOB NOT NULL, pin TEXT NOT NULL, stores TEXT NOT NULL, source TEXT NOT NULL,
    revoked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_badge ON staff (badge);

CREATE TABLE product (code TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE holding (
    dev INTEGER NOT NULL, inc INTEGER NOT NULL, data BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (dev, inc)
) STRICT, WITHOUT ROWID;

CREATE TABLE former (old BLOB PRIMARY KEY, member INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX former_member ON former (member);

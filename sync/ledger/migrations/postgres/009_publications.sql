-- What is published, by its number; who may sign in; products that were imported; what tills hold; whose account a
-- member of an older programme has become. `stores` are JSON lists, empty for all.

CREATE TABLE publication (
    number bigint PRIMARY KEY, what text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
    effective_from text COLLATE "C" NOT NULL, stores text COLLATE "C" NOT NULL, sha256 bytea NOT NULL,
    withdrawn bigint NOT NULL, at_ms bigint NOT NULL
);
INSERT INTO publication
    SELECT row_number() OVER (ORDER BY pos), what, name, effective_from, '[]', sha256, 0, 0
    FROM (
        SELECT what, name, effective_from, sha256, (
            SELECT bucket_log.pos FROM bucket_log WHERE bucket = 'config'
                AND key = what || '/' || name || '/' || effective_from
        ) AS pos FROM published
    ) AS former;
INSERT INTO bucket_log
    SELECT 'config', CAST(number AS text), pos FROM publication JOIN bucket_log ON bucket = 'config'
        AND key = what || '/' || name || '/' || effective_from;
DELETE FROM bucket_log WHERE bucket = 'config' AND key NOT IN (SELECT CAST(number AS text) FROM publication);
DROP TABLE published;

CREATE TABLE staff (
    id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('cashier', 'manager')), badge bytea NOT NULL,
    pin text COLLATE "C" NOT NULL, stores text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL,
    revoked bigint NOT NULL
);
CREATE INDEX staff_badge ON staff (badge);

CREATE TABLE product (code text COLLATE "C" PRIMARY KEY, data bytea NOT NULL);

CREATE TABLE holding (
    dev bigint NOT NULL, inc bigint NOT NULL, data bytea NOT NULL, at_ms bigint NOT NULL,
    PRIMARY KEY (dev, inc)
);

CREATE TABLE former (old bytea PRIMARY KEY, member bigint NOT NULL);
CREATE INDEX former_member ON former (member);

-- What came from the places that issuers' keys are fetched from, so that a restart needs no network
-- and one process asks for all.

CREATE TABLE issuer_key_set (
    issuer TEXT NOT NULL,
    url TEXT NOT NULL,
    jwks TEXT,
    fetched BIGINT NOT NULL CHECK (fetched >= 0),
    fresh_until BIGINT NOT NULL CHECK (fresh_until >= 0),
    tried BIGINT NOT NULL CHECK (tried >= 0),
    failure TEXT,
    number BIGINT NOT NULL UNIQUE,
    PRIMARY KEY (issuer, url)
);

-- One row: the number of the latest change. It does not shrink when that row goes, so that nobody
-- who follows the changes takes a new one for an old.
CREATE TABLE issuer_key_change (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL CHECK (number >= 0)
);

INSERT INTO issuer_key_change (one, number) VALUES (1, 0);

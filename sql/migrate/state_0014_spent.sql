-- Tokens that count once and were accepted, each until it cannot be valid any more.

CREATE TABLE spent (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    ends BIGINT NOT NULL
);

CREATE INDEX spent_ends ON spent (ends);

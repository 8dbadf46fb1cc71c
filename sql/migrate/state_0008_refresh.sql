-- Refresh tokens: a row for all that came of one exchange, of which the last one is good.

CREATE TABLE refresh_token (
    id TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    hash TEXT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    sealed TEXT NOT NULL
);

CREATE INDEX refresh_token_ends ON refresh_token (ends);

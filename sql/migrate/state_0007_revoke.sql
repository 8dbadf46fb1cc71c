-- What was taken back before its time. A row stays until nothing that it holds for can be good any
-- more; ends 0: that time is not known.

CREATE TABLE revocation (
    number BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('token', 'subject', 'client', 'issuer')),
    issuer TEXT NOT NULL,
    value TEXT NOT NULL,
    issued_before BIGINT NOT NULL CHECK (issued_before >= 0),
    ends BIGINT NOT NULL CHECK (ends >= 0),
    created BIGINT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (kind, issuer, value)
);

CREATE INDEX revocation_ends ON revocation (ends);

-- One row: the number of the latest change. It does not shrink when rows go, so that nobody who
-- follows the changes takes a new one for an old.
CREATE TABLE revocation_change (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL CHECK (number >= 0)
);

INSERT INTO revocation_change (one, number) VALUES (1, 0);

-- What was decided lately, and why. "" where a decision did not come so far.

CREATE TABLE activity (
    number BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    receipt TEXT NOT NULL,
    server TEXT NOT NULL,
    location TEXT NOT NULL,
    client TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    rule TEXT NOT NULL,
    targets TEXT NOT NULL,
    scope_asked TEXT NOT NULL,
    scope_granted TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    remembered INTEGER NOT NULL CHECK (remembered IN (0, 1)),
    latency_us BIGINT NOT NULL,
    steps TEXT NOT NULL
);

CREATE INDEX activity_receipt ON activity (receipt);

-- One row: the number of the latest decision, how many could not be recorded, and when that happened
-- last.
CREATE TABLE activity_count (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    dropped_last BIGINT NOT NULL
);

INSERT INTO activity_count (one, number, dropped, dropped_last) VALUES (1, 0, 0, 0);

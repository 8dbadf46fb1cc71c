-- Signing keys that the server makes by itself. A row says nothing of the public half: that follows
-- from the private one, which opens under the master key alone.

CREATE TABLE signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    created BIGINT NOT NULL,
    activates BIGINT NOT NULL,
    retired BIGINT NOT NULL,
    sealed TEXT NOT NULL
);

-- One row: grows by one with every change of a key, so that readers see whether there was one.
CREATE TABLE signing_key_number (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL CHECK (number >= 0)
);

INSERT INTO signing_key_number (one, number) VALUES (1, 0);

-- When each secret of a client was presented last, among the decisions that are recorded.

CREATE TABLE use_secret (
    client TEXT NOT NULL,
    id TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (client, id)
);

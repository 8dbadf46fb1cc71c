-- What the running server protects, as its configuration files say it.

CREATE TABLE location (
    server TEXT NOT NULL,
    place INTEGER NOT NULL,
    section TEXT NOT NULL,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    auth_type TEXT NOT NULL,
    client TEXT NOT NULL,
    issuers TEXT NOT NULL,
    audiences TEXT NOT NULL,
    resources TEXT NOT NULL,
    scope TEXT NOT NULL,
    own_tokens TEXT NOT NULL,
    exchange INTEGER NOT NULL CHECK (exchange IN (0, 1)),
    inject TEXT NOT NULL,
    requirements TEXT NOT NULL,
    PRIMARY KEY (server, place)
);

-- state.db: what the running server writes.

CREATE TABLE schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    applied BIGINT NOT NULL
);

-- The directives in force, a row a directive of a virtual host, as the last start of httpd left
-- them.
CREATE TABLE setting (
    server TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    written BIGINT NOT NULL,
    PRIMARY KEY (server, name)
);

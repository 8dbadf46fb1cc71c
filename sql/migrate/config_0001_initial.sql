-- config.db: the configuration. One table an object; what refers to other objects is a link table
-- with foreign keys, so that no statement can leave a name that stands for nothing. Closed lists
-- (algorithms, token types, grant types) refer to nothing and are blank-separated text.
-- Position columns keep the order of lists; it carries meaning for rules and keys.

CREATE TABLE schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    applied BIGINT NOT NULL
);

-- One row: grows by one with every change, so that two changes cannot both start from the same.
CREATE TABLE generation (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL CHECK (number >= 0)
);

INSERT INTO generation (one, number) VALUES (1, 0);

CREATE TABLE scope (
    id TEXT NOT NULL PRIMARY KEY,
    description TEXT
);

CREATE TABLE mapping (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE mapping_row (
    mapping TEXT NOT NULL REFERENCES mapping (id),
    position INTEGER NOT NULL,
    claim_from TEXT NOT NULL,
    claim_to TEXT NOT NULL,
    PRIMARY KEY (mapping, claim_to)
);

CREATE TABLE issuer (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    issuer TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    token_types TEXT NOT NULL,
    algorithms TEXT NOT NULL CHECK (algorithms <> ''),
    typ TEXT NOT NULL,
    leeway BIGINT NOT NULL CHECK (leeway >= 0),
    max_age BIGINT NOT NULL CHECK (max_age >= 0),
    allow_expired_certificates INTEGER NOT NULL CHECK (allow_expired_certificates IN (0, 1)),
    scope_claim TEXT,
    mapping TEXT REFERENCES mapping (id)
);

CREATE TABLE issuer_audience (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    position INTEGER NOT NULL,
    audience TEXT NOT NULL,
    PRIMARY KEY (issuer, audience)
);

CREATE TABLE issuer_key (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    position INTEGER NOT NULL,
    jwk TEXT,
    pem TEXT,
    PRIMARY KEY (issuer, position),
    CHECK ((jwk IS NULL) <> (pem IS NULL))
);

CREATE TABLE target (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    audience TEXT NOT NULL UNIQUE,
    lifetime BIGINT NOT NULL CHECK (lifetime > 0)
);

CREATE TABLE target_resource (
    target TEXT NOT NULL REFERENCES target (id),
    position INTEGER NOT NULL,
    resource TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE target_scope (
    target TEXT NOT NULL REFERENCES target (id),
    position INTEGER NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (target, scope)
);

CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    grant_types TEXT NOT NULL
);

CREATE TABLE client_scope (
    client TEXT NOT NULL REFERENCES client (id),
    position INTEGER NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (client, scope)
);

CREATE TABLE client_secret (
    client TEXT NOT NULL REFERENCES client (id),
    id TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (client, id)
);

CREATE TABLE rule (
    client TEXT NOT NULL REFERENCES client (id),
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    default_target TEXT REFERENCES target (id),
    scope_mode TEXT NOT NULL,
    lifetime BIGINT NOT NULL CHECK (lifetime >= 0),
    PRIMARY KEY (client, id)
);

CREATE TABLE rule_issuer (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (id),
    PRIMARY KEY (client, rule, issuer),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

CREATE TABLE rule_target (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    target TEXT NOT NULL REFERENCES target (id),
    PRIMARY KEY (client, rule, target),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

-- What a subject token without a scope claim counts as.
CREATE TABLE rule_scope (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (client, rule, scope),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

CREATE TABLE signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'retired')),
    created BIGINT NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed TEXT NOT NULL
);

-- At most one key signs.
CREATE UNIQUE INDEX signing_key_active ON signing_key (state) WHERE state = 'active';

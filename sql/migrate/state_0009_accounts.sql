-- Local accounts, and which subject of which issuer is which of them.

-- `id` is random and never used again, so that an account that is made anew under an old name has
-- nothing of the old one. `locked_until` in seconds, 0: not locked.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    email TEXT,
    mobile TEXT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    locked_until BIGINT NOT NULL CHECK (locked_until >= 0),
    privileged INTEGER NOT NULL CHECK (privileged IN (0, 1)),
    created BIGINT NOT NULL
);

CREATE INDEX account_by_email ON account (email);
CREATE INDEX account_by_mobile ON account (mobile);

CREATE TABLE account_role (
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (account, role)
);

-- Only what is marked unique finds an account.
CREATE TABLE account_attribute (
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    is_unique INTEGER NOT NULL CHECK (is_unique IN (0, 1)),
    PRIMARY KEY (account, name)
);

CREATE UNIQUE INDEX account_attribute_unique ON account_attribute (name, value)
    WHERE is_unique = 1;

-- Issuers are those of the configuration, by their id. `how`: found by an attribute of the token,
-- made by the user, made by an administrator.
CREATE TABLE account_link (
    issuer TEXT NOT NULL,
    sub TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    made BIGINT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('implicit', 'own', 'admin')),
    who TEXT NOT NULL,
    PRIMARY KEY (issuer, sub)
);

CREATE INDEX account_link_by_account ON account_link (account);

-- Links that were removed, and why.
CREATE TABLE account_unlink (
    issuer TEXT NOT NULL,
    sub TEXT NOT NULL,
    account TEXT NOT NULL,
    removed BIGINT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('own', 'admin')),
    who TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- One row: a random number, another one after every change but links that tokens make by themselves, so
-- that readers see whether what they decided still holds, also where several hosts share it.
CREATE TABLE account_change (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL CHECK (number >= 0)
);

INSERT INTO account_change (one, number) VALUES (1, 0);

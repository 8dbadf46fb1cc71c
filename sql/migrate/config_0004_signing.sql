-- Signing keys by times instead of states, so that what a key does changes without a write; several
-- algorithms at one time; how keys of an algorithm are used and replaced.

-- No foreign key to keys: a target may name an algorithm before a key of it has been made here.
ALTER TABLE target ADD COLUMN algorithm TEXT;

CREATE TABLE signing (
    algorithm TEXT NOT NULL PRIMARY KEY,
    preferred INTEGER NOT NULL CHECK (preferred IN (0, 1)),
    rotate_every BIGINT NOT NULL CHECK (rotate_every >= 0),
    publish_ahead BIGINT NOT NULL CHECK (publish_ahead >= 0)
);

CREATE TABLE signing_key_by_time (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    created BIGINT NOT NULL,
    activates BIGINT NOT NULL CHECK (activates >= 0),
    retired BIGINT NOT NULL CHECK (retired >= 0),
    public_jwk TEXT NOT NULL,
    sealed TEXT NOT NULL
);

-- A key was retired when the one that signs now was made.
INSERT INTO signing_key_by_time (kid, algorithm, created, activates, retired, public_jwk, sealed)
SELECT kid, algorithm, created, created,
    CASE state
        WHEN 'active' THEN 0
        ELSE COALESCE((SELECT a.created FROM signing_key a WHERE a.state = 'active'), created)
    END,
    public_jwk, sealed
FROM signing_key;

-- Its index goes with it.
DROP TABLE signing_key;
ALTER TABLE signing_key_by_time RENAME TO signing_key;

-- What signed until now goes on signing for targets that name no algorithm.
INSERT INTO signing (algorithm, preferred, rotate_every, publish_ahead)
SELECT algorithm, 1, 0, 86400
FROM signing_key
WHERE retired = 0 AND algorithm <> 'ES256';

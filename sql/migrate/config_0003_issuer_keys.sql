-- Where the keys of issuers are fetched from. Defaults keep what a configuration of version 2 meant:
-- without a URL nothing is fetched.

ALTER TABLE issuer ADD COLUMN metadata_url TEXT;
ALTER TABLE issuer ADD COLUMN keys_refresh BIGINT NOT NULL DEFAULT 3600 CHECK (keys_refresh > 0);
ALTER TABLE issuer ADD COLUMN keys_stale BIGINT NOT NULL DEFAULT 86400 CHECK (keys_stale >= 0);

CREATE TABLE issuer_jwks_url (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (issuer, url)
);

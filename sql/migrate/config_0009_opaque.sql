-- Opaque tokens: who is asked about them, and whose a client brings. Defaults keep what a
-- configuration meant before: nobody is asked.

ALTER TABLE issuer ADD COLUMN introspection_url TEXT;
ALTER TABLE issuer ADD COLUMN introspection_client_id TEXT;
ALTER TABLE issuer ADD COLUMN introspection_sealed TEXT;
ALTER TABLE issuer ADD COLUMN introspection_auth TEXT NOT NULL DEFAULT 'basic';
ALTER TABLE issuer ADD COLUMN userinfo_url TEXT;
ALTER TABLE issuer ADD COLUMN opaque_cache BIGINT NOT NULL DEFAULT 60 CHECK (opaque_cache >= 0);
ALTER TABLE issuer ADD COLUMN opaque_lifetime BIGINT NOT NULL DEFAULT 300
    CHECK (opaque_lifetime > 0);

ALTER TABLE client ADD COLUMN opaque_issuer TEXT REFERENCES issuer (id);

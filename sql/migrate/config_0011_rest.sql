-- What issued tokens look like: for a client, and for a target.
ALTER TABLE client ADD COLUMN token_format TEXT NOT NULL DEFAULT 'jwt'
    CHECK (token_format IN ('jwt', 'opaque'));
ALTER TABLE target ADD COLUMN token_format TEXT NOT NULL DEFAULT 'jwt'
    CHECK (token_format IN ('jwt', 'opaque'));

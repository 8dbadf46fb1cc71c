-- What else decides about a token that is presented at a protected location. The server that starts
-- next writes what is in force; until then a location has the defaults of the directives.

ALTER TABLE location ADD COLUMN subject_type TEXT NOT NULL
    DEFAULT 'urn:ietf:params:oauth:token-type:access_token';
ALTER TABLE location ADD COLUMN machine_tokens INTEGER NOT NULL DEFAULT 0
    CHECK (machine_tokens IN (0, 1));

-- Assertions (RFC 7523), and subject tokens that count once.
ALTER TABLE issuer ADD COLUMN assertion_max_age BIGINT NOT NULL DEFAULT 300
    CHECK (assertion_max_age > 0);
ALTER TABLE issuer ADD COLUMN one_time INTEGER NOT NULL DEFAULT 0 CHECK (one_time IN (0, 1));

-- How long after the exchange refresh tokens end.
ALTER TABLE rule ADD COLUMN refresh_lifetime BIGINT NOT NULL DEFAULT 0
    CHECK (refresh_lifetime >= 0);

-- A rule that only lets through to whom the subject token was issued for.
ALTER TABLE rule ADD COLUMN narrow_audience INTEGER NOT NULL DEFAULT 0
    CHECK (narrow_audience IN (0, 1));

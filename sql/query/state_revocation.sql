-- What was taken back.

-- name: state_revocation_change_take
-- A number that nobody had before.
UPDATE revocation_change
SET number = number + 1;

-- name: state_revocation_change
-- The latest number.
SELECT number
FROM revocation_change;

-- name: state_revocation_put (number, kind, issuer, value, issued_before, ends, created, who,
--   reason)
-- Takes something back. Of two cut-offs for the same the later one counts, and the longer end.
INSERT INTO revocation (number, kind, issuer, value, issued_before, ends, created, who, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (kind, issuer, value) DO UPDATE
SET number = excluded.number,
    issued_before = CASE WHEN excluded.issued_before > revocation.issued_before
        THEN excluded.issued_before ELSE revocation.issued_before END,
    ends = CASE WHEN excluded.ends = 0 OR revocation.ends = 0 THEN 0
        WHEN excluded.ends > revocation.ends THEN excluded.ends ELSE revocation.ends END,
    created = excluded.created, who = excluded.who, reason = excluded.reason;

-- name: state_revocation_changed_list (number, most)
-- What came after a number, for whoever holds it in memory.
SELECT number, kind, issuer, value, issued_before, ends
FROM revocation
WHERE number > $1
ORDER BY number
LIMIT $2;

-- name: state_revocation_list
-- All that is taken back, the latest last.
SELECT number, kind, issuer, value, issued_before, ends, created, who, reason
FROM revocation
ORDER BY number;

-- name: state_revocation_find (number)
-- One of them.
SELECT number, kind, issuer, value, issued_before, ends, created, who, reason
FROM revocation
WHERE number = $1;

-- name: state_revocation_prune (now, most)
-- Forgets what holds for nothing any more.
DELETE FROM revocation
WHERE number IN (
    SELECT number
    FROM revocation
    WHERE ends > 0 AND ends <= $1
    ORDER BY ends
    LIMIT $2
);

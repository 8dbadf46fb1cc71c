-- Tokens that count once.

-- name: state_spent_insert (id, issuer, ends, now, most)
-- Spends one. No row is changed when it was spent before and has not ended, or when there are as
-- many as there may be.
INSERT INTO spent (id, issuer, ends)
SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT)
WHERE (SELECT COUNT(*) FROM spent) < $5
ON CONFLICT (id) DO UPDATE
SET issuer = excluded.issuer, ends = excluded.ends
WHERE spent.ends <= $4;

-- name: state_spent_find (id, now)
-- Was it spent?
SELECT ends
FROM spent
WHERE id = $1 AND ends > $2;

-- name: state_spent_count (now)
-- How many there are that have not ended.
SELECT COUNT(*) AS count
FROM spent
WHERE ends > $1;

-- name: state_spent_prune (now, most)
-- Forgets those that have ended.
DELETE FROM spent
WHERE id IN (
    SELECT id
    FROM spent
    WHERE ends <= $1
    ORDER BY ends
    LIMIT $2
);

-- The fetched keys of issuers.

-- name: state_issuer_key_changed_list (number)
-- What has changed since.
SELECT issuer, url, jwks, fetched, fresh_until, tried, failure, number
FROM issuer_key_set
WHERE number > $1
ORDER BY number;

-- name: state_issuer_key_find (issuer, url)
-- What came from one place.
SELECT issuer, url, jwks, fetched, fresh_until, tried, failure, number
FROM issuer_key_set
WHERE issuer = $1 AND url = $2;

-- name: state_issuer_key_change_take (count)
-- Takes the next numbers of changes; who takes some at the same time waits.
UPDATE issuer_key_change
SET number = number + $1;

-- name: state_issuer_key_change
-- The last of the numbers that were taken.
SELECT number
FROM issuer_key_change;

-- name: state_issuer_key_save (issuer, url, jwks, fetched, fresh_until, tried, failure, number)
-- What came from one place, instead of what came before.
INSERT INTO issuer_key_set (issuer, url, jwks, fetched, fresh_until, tried, failure, number)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (issuer, url) DO UPDATE
SET jwks = excluded.jwks, fetched = excluded.fetched, fresh_until = excluded.fresh_until,
    tried = excluded.tried, failure = excluded.failure, number = excluded.number;

-- name: state_issuer_key_make_due (issuer, url, now, number)
-- Lets a place be asked at once, whatever is known of it, which stays.
UPDATE issuer_key_set
SET fresh_until = $3, number = $4
WHERE issuer = $1 AND url = $2;

-- name: state_issuer_key_remove (issuer, url)
-- Forgets a place.
DELETE FROM issuer_key_set
WHERE issuer = $1 AND url = $2;

-- name: state_issuer_key_times (issuer)
-- When keys of an issuer last came from anywhere, and when it is asked again first.
SELECT MAX(fetched) AS fetched, MIN(fresh_until) AS fresh_until
FROM issuer_key_set
WHERE issuer = $1;

-- name: state_issuer_key_failing (most)
-- Places that gave no keys when they were last asked, the last first.
SELECT issuer, url, failure, tried
FROM issuer_key_set
WHERE failure IS NOT NULL
ORDER BY tried DESC, issuer, url
LIMIT $1;

-- name: state_issuer_key_try_add (issuer, url, time, failure)
-- A place was asked.
INSERT INTO issuer_key_try (issuer, url, time, failure)
VALUES ($1, $2, $3, $4)
ON CONFLICT (issuer, url, time) DO UPDATE
SET failure = excluded.failure;

-- name: state_issuer_key_try_prune (issuer, url, most)
-- Of a place the latest some stay.
DELETE FROM issuer_key_try
WHERE issuer = $1
    AND url = $2
    AND time <= (
        SELECT time
        FROM issuer_key_try
        WHERE issuer = $1 AND url = $2
        ORDER BY time DESC
        LIMIT 1 OFFSET $3
    );

-- name: state_issuer_key_try_list (issuer, most)
-- When an issuer was asked, the last first.
SELECT url, time, failure
FROM issuer_key_try
WHERE issuer = $1
ORDER BY time DESC, url
LIMIT $2;

-- name: state_issuer_key_try_remove (issuer, url)
-- Forgets that with the place.
DELETE FROM issuer_key_try
WHERE issuer = $1 AND url = $2;

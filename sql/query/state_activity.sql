-- What was decided lately.

-- name: state_activity_count
-- Where the numbers have got to, and what is missing.
SELECT number, dropped, dropped_last
FROM activity_count;

-- name: state_activity_counted (number, dropped, now)
-- The same after some more.
UPDATE activity_count
SET number = $1,
    dropped = dropped + $2,
    dropped_last = CASE WHEN $2 > 0 THEN $3 ELSE dropped_last END;

-- name: state_activity_insert (number, time, receipt, server, location, client, issuer, subject,
--   actor, rule, targets, scope_asked, scope_granted, outcome, code, reason, remembered, latency_us,
--   steps)
-- A decision.
INSERT INTO activity (number, time, receipt, server, location, client, issuer, subject, actor, rule,
                      targets, scope_asked, scope_granted, outcome, code, reason, remembered,
                      latency_us, steps)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- name: state_activity_find (receipt)
-- The decision of a receipt; its uses come behind it.
SELECT number, time, receipt, server, location, client, issuer, subject, actor, rule, targets,
       scope_asked, scope_granted, outcome, code, reason, remembered, latency_us, steps
FROM activity
WHERE receipt = $1
ORDER BY remembered, number
LIMIT 1;

-- name: state_activity_list (after, since, until, outcome, code, client, issuer, target, subject,
--   location, most)
-- The latest that all filters let through, "" being none, the newest first.
SELECT number, time, receipt, server, location, client, issuer, subject, actor, rule, targets,
       scope_asked, scope_granted, outcome, code, reason, remembered, latency_us, steps
FROM activity
WHERE number > $1
    AND time >= $2
    AND time <= $3
    AND ($4 = '' OR outcome = $4 OR ($4 = 'granted' AND outcome = 'accepted'))
    AND ($5 = '' OR code = $5)
    AND ($6 = '' OR client = $6)
    AND ($7 = '' OR issuer = $7)
    AND ($8 = '' OR REPLACE(' ' || targets || ' ', ' ' || $8 || ' ', '') <> ' ' || targets || ' ')
    AND ($9 = '' OR subject = $9)
    AND ($10 = '' OR location = $10)
ORDER BY number DESC
LIMIT $11;

-- name: state_activity_prune_count (number, most)
-- Some of those up to a number.
DELETE FROM activity
WHERE number IN (SELECT number FROM activity WHERE number <= $1 ORDER BY number LIMIT $2);

-- name: state_activity_prune_age (since, until, most)
-- Those of the oldest that are out of date, or that a wrong clock has dated ahead.
DELETE FROM activity
WHERE number IN (SELECT number FROM activity ORDER BY number LIMIT $3)
    AND (time < $1 OR time > $2);

-- name: state_activity_hours (since)
-- How many were let through and refused, an hour a row.
SELECT time / 3600 AS hour,
    SUM(CASE WHEN outcome = 'refused' THEN 0 ELSE 1 END) AS granted,
    SUM(CASE WHEN outcome = 'refused' THEN 1 ELSE 0 END) AS refused
FROM activity
WHERE time >= $1
GROUP BY time / 3600
ORDER BY hour;

-- name: state_activity_reasons (since, most)
-- What they were refused for, the most frequent first.
SELECT code, COUNT(*) AS number
FROM activity
WHERE time >= $1 AND outcome = 'refused'
GROUP BY code
ORDER BY number DESC, code
LIMIT $2;

-- name: state_activity_ways (since, most)
-- Whose tokens went to whom for what, the most frequent first.
SELECT issuer, client, targets, COUNT(*) AS number
FROM activity
WHERE time >= $1 AND outcome <> 'refused'
GROUP BY issuer, client, targets
ORDER BY number DESC, issuer, client, targets
LIMIT $2;

-- name: state_activity_latencies (most)
-- How long the latest decisions took.
SELECT time, latency_us
FROM activity
ORDER BY number DESC
LIMIT $1;

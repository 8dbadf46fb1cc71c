-- History of the configuration.

-- name: config_change_last
-- The number of the last change; NULL when there was none.
SELECT MAX(number) AS number
FROM change;

-- name: config_change_insert (number, made, who, reason, objects)
-- A change.
INSERT INTO change (number, made, who, reason, objects)
VALUES ($1, $2, $3, $4, $5);

-- name: config_change_object_insert (change, position, noun, id, was, became)
-- An object of a change.
INSERT INTO change_object (change, position, noun, id, was, became)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: config_change_revision (noun, id)
-- The last change that holds an object; NULL when none does.
SELECT MAX(change) AS number
FROM change_object
WHERE noun = $1 AND id = $2;

-- name: config_change_find (number)
-- One change.
SELECT number, made, who, reason, objects
FROM change
WHERE number = $1;

-- name: config_change_object_list (change)
-- The objects of a change.
SELECT noun, id, was, became
FROM change_object
WHERE change = $1
ORDER BY position;

-- name: config_change_name_list (change, most)
-- The first objects of a change without what they hold.
SELECT noun, id,
    CASE WHEN was IS NULL THEN 'added' WHEN became IS NULL THEN 'removed' ELSE 'changed' END AS what
FROM change_object
WHERE change = $1
ORDER BY position
LIMIT $2;

-- name: config_change_list (below, count)
-- The last changes.
SELECT number, made, who, reason, objects
FROM change
WHERE number < $1
ORDER BY number DESC
LIMIT $2;

-- name: config_change_list_of_noun (below, count, noun)
-- The last changes of objects of one kind.
SELECT number, made, who, reason, objects
FROM change
WHERE number < $1
    AND EXISTS (SELECT 1 FROM change_object
        WHERE change_object.change = change.number AND change_object.noun = $3)
ORDER BY number DESC
LIMIT $2;

-- name: config_change_list_of_object (below, count, noun, id)
-- The last changes of one object.
SELECT change.number, change.made, change.who, change.reason, change.objects
FROM change_object
INNER JOIN change ON change.number = change_object.change
WHERE change_object.noun = $3 AND change_object.id = $4 AND change_object.change < $1
ORDER BY change_object.change DESC
LIMIT $2;

-- What the running server tells the tools.

-- name: state_setting_list
-- The directives in force.
SELECT server, name, value, written, is_default
FROM setting
ORDER BY server, name;

-- name: state_setting_clear
-- Makes room for what the server that starts now has.
DELETE FROM setting;

-- name: state_setting_insert (server, name, value, written, is_default)
-- A directive in force.
INSERT INTO setting (server, name, value, written, is_default)
VALUES ($1, $2, $3, $4, $5);

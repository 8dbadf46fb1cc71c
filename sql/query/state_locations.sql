-- What the running server protects.

-- name: state_location_list
-- All of it, a virtual host after the other, in the order of the files.
SELECT server, section, file, line, auth_type, client, issuers, audiences, resources, scope,
       own_tokens, subject_type, machine_tokens, exchange, user_claim, inject, requirements
FROM location
ORDER BY server, place;

-- name: state_location_clear
-- Makes room for what the server that starts now protects.
DELETE FROM location;

-- name: state_location_insert (server, place, section, file, line, auth_type, client, issuers,
--   audiences, resources, scope, own_tokens, subject_type, machine_tokens, exchange,
--   user_claim, inject, requirements)
-- A protected section.
INSERT INTO location (server, place, section, file, line, auth_type, client, issuers, audiences,
                      resources, scope, own_tokens, subject_type, machine_tokens, exchange,
                      user_claim, inject, requirements)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
        $18);

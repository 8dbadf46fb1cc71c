-- Local accounts and their links.

-- name: state_account_change
-- Whether anything has changed, and whether there is any link.
SELECT number, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM account_link LIMIT 1) AS first)
    + (SELECT COUNT(*) FROM (SELECT 1 AS one FROM account_site_link LIMIT 1) AS second) AS links
FROM account_change;

-- name: state_account_changed (number)
-- Lets readers see that something has changed.
UPDATE account_change
SET number = $1;

-- name: state_account_by_link (issuer, sub)
-- The account that a subject is linked to.
SELECT account.id, account.username, account.email, account.mobile, account.active,
    account.locked_until, account.privileged, account.created
FROM account_link
JOIN account ON account.id = account_link.account
WHERE account_link.issuer = $1 AND account_link.sub = $2;

-- name: state_account_by_id (id)
-- One account.
SELECT id, username, email, mobile, active, locked_until, privileged, created
FROM account
WHERE id = $1;

-- name: state_account_by_username (value)
-- The account of a name.
SELECT id, username, email, mobile, active, locked_until, privileged, created
FROM account
WHERE username = $1;

-- name: state_account_by_email (value)
-- The accounts of an address: one too many is enough to know that there are several.
SELECT id, username, email, mobile, active, locked_until, privileged, created
FROM account
WHERE email = $1
LIMIT 2;

-- name: state_account_by_mobile (value)
-- The accounts of a number, no more than two.
SELECT id, username, email, mobile, active, locked_until, privileged, created
FROM account
WHERE mobile = $1
LIMIT 2;

-- name: state_account_by_attribute (name, value)
-- The account of an attribute that is marked unique.
SELECT account.id, account.username, account.email, account.mobile, account.active,
    account.locked_until, account.privileged, account.created
FROM account_attribute
JOIN account ON account.id = account_attribute.account
WHERE account_attribute.name = $1 AND account_attribute.value = $2
    AND account_attribute.is_unique = 1;

-- name: state_account_list (after, most)
-- Accounts by name, from behind one on.
SELECT id, username, email, mobile, active, locked_until, privileged, created
FROM account
WHERE username > $1
ORDER BY username
LIMIT $2;

-- name: state_account_roles (account)
-- The roles of an account.
SELECT role
FROM account_role
WHERE account = $1
ORDER BY role;

-- name: state_account_attributes (account)
-- The free attributes of an account.
SELECT name, value, is_unique
FROM account_attribute
WHERE account = $1
ORDER BY name;

-- name: state_account_insert (id, username, email, mobile, active, locked_until, privileged,
--   created)
-- A new account; its lists follow.
INSERT INTO account (id, username, email, mobile, active, locked_until, privileged, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING;

-- name: state_account_update (id, username, email, mobile, active, locked_until, privileged)
-- What an account is now; its lists follow.
UPDATE account
SET username = $2, email = $3, mobile = $4, active = $5, locked_until = $6, privileged = $7
WHERE id = $1;

-- name: state_account_remove (id)
-- An account, with all that hangs on it.
DELETE FROM account
WHERE id = $1;

-- name: state_account_role_clear (account)
-- The roles that an account had.
DELETE FROM account_role
WHERE account = $1;

-- name: state_account_role_insert (account, role)
-- A role of an account.
INSERT INTO account_role (account, role)
VALUES ($1, $2);

-- name: state_account_attribute_clear (account)
-- The free attributes that an account had.
DELETE FROM account_attribute
WHERE account = $1;

-- name: state_account_attribute_insert (account, name, value, is_unique)
-- A free attribute of an account, unless another account has it for itself alone.
INSERT INTO account_attribute (account, name, value, is_unique)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: state_account_link_insert (issuer, sub, account, made, how, who)
-- A link, unless the subject has one.
INSERT INTO account_link (issuer, sub, account, made, how, who)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: state_account_link_find (issuer, sub)
-- One link, wherever its account is kept.
SELECT account_link.issuer, account_link.sub, account_link.account, account.username,
    account_link.made, account_link.how, account_link.who
FROM account_link
JOIN account ON account.id = account_link.account
WHERE account_link.issuer = $1 AND account_link.sub = $2
UNION ALL
SELECT issuer, sub, account, NULL, made, how, who
FROM account_site_link
WHERE issuer = $1 AND sub = $2;

-- name: state_account_site_link_insert (issuer, sub, account, made, how, who)
-- A link to an account that the site keeps, unless the subject has one.
INSERT INTO account_site_link (issuer, sub, account, made, how, who)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: state_account_site_link_remove (issuer, sub)
-- A link to an account that the site keeps.
DELETE FROM account_site_link
WHERE issuer = $1 AND sub = $2;

-- name: state_account_link_of (account)
-- The links of an account.
SELECT account_link.issuer, account_link.sub, account_link.account, account.username,
    account_link.made, account_link.how, account_link.who
FROM account_link
JOIN account ON account.id = account_link.account
WHERE account_link.account = $1
UNION ALL
SELECT issuer, sub, account, NULL, made, how, who
FROM account_site_link
WHERE account = $1
ORDER BY issuer, sub;

-- name: state_account_link_list (issuer, sub, most)
-- Links by issuer and subject, from behind one on.
SELECT account_link.issuer, account_link.sub, account_link.account, account.username,
    account_link.made, account_link.how, account_link.who
FROM account_link
JOIN account ON account.id = account_link.account
WHERE (account_link.issuer, account_link.sub) > ($1, $2)
UNION ALL
SELECT issuer, sub, account, NULL, made, how, who
FROM account_site_link
WHERE (issuer, sub) > ($1, $2)
ORDER BY issuer, sub
LIMIT $3;

-- name: state_account_link_remove (issuer, sub)
-- A link.
DELETE FROM account_link
WHERE issuer = $1 AND sub = $2;

-- name: state_account_unlink_insert (issuer, sub, account, removed, how, who, reason)
-- That a link was removed, and why.
INSERT INTO account_unlink (issuer, sub, account, removed, how, who, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: state_account_unlink_list
-- What links were removed.
SELECT issuer, sub, account, removed, how, who, reason
FROM account_unlink
ORDER BY removed, issuer, sub;

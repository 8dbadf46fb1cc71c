-- How subjects of an issuer become local accounts, what clients make of those, and which of their
-- roles give a scope.
ALTER TABLE issuer ADD COLUMN implicit_linking INTEGER NOT NULL DEFAULT 0
    CHECK (implicit_linking IN (0, 1));
ALTER TABLE issuer ADD COLUMN lookup_primary TEXT;
ALTER TABLE issuer ADD COLUMN lookup_secondary TEXT;
-- Names, a name a line.
ALTER TABLE issuer ADD COLUMN authoritative_for TEXT NOT NULL DEFAULT '';
ALTER TABLE issuer ADD COLUMN link_privileged INTEGER NOT NULL DEFAULT 0
    CHECK (link_privileged IN (0, 1));
ALTER TABLE issuer ADD COLUMN unlink_by_users_only INTEGER NOT NULL DEFAULT 0
    CHECK (unlink_by_users_only IN (0, 1));

ALTER TABLE client ADD COLUMN local_attributes INTEGER NOT NULL DEFAULT 0
    CHECK (local_attributes IN (0, 1));
ALTER TABLE client ADD COLUMN mandate_account INTEGER NOT NULL DEFAULT 0
    CHECK (mandate_account IN (0, 1));

-- Roles, a role a line.
ALTER TABLE scope ADD COLUMN roles TEXT NOT NULL DEFAULT '';

-- History: who changed what, when and why. The revision of an object is the number of the last change
-- that holds it. What stood there before the history began has none.

CREATE TABLE change (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    made BIGINT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT,
    objects INTEGER NOT NULL CHECK (objects > 0)
);

-- An object as it was and as it became, as JSON with digests and sealed keys. NULL: there was none,
-- or is none any more. No foreign key leads to the objects: history outlives them.
CREATE TABLE change_object (
    change BIGINT NOT NULL REFERENCES change (number),
    position INTEGER NOT NULL,
    noun TEXT NOT NULL,
    id TEXT NOT NULL,
    was TEXT,
    became TEXT,
    PRIMARY KEY (change, noun, id)
);

CREATE INDEX change_object_place ON change_object (noun, id, change);

-- Who refers to an object: asked before it goes, by us and by the foreign keys.
CREATE INDEX issuer_by_mapping ON issuer (mapping);
CREATE INDEX issuer_scope_by_scope ON issuer_scope (scope);
CREATE INDEX target_resource_by_target ON target_resource (target);
CREATE INDEX target_scope_by_scope ON target_scope (scope);
CREATE INDEX client_scope_by_scope ON client_scope (scope);
CREATE INDEX rule_by_default_target ON rule (default_target);
CREATE INDEX rule_issuer_by_issuer ON rule_issuer (issuer);
CREATE INDEX rule_actor_by_issuer ON rule_actor (issuer);
CREATE INDEX rule_target_by_target ON rule_target (target);
CREATE INDEX rule_scope_by_scope ON rule_scope (scope);
CREATE INDEX rule_sensitive_scope_by_scope ON rule_sensitive_scope (scope);

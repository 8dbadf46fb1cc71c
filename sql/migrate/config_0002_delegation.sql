-- Delegation, conditions, mapping rows with sources and transforms, machine tokens, sensitive
-- scopes. Defaults keep what a configuration of version 1 meant, but for machine tokens: they are
-- refused from now on unless a rule takes them.

ALTER TABLE scope ADD COLUMN sensitive INTEGER NOT NULL DEFAULT 0 CHECK (sensitive IN (0, 1));

ALTER TABLE mapping_row ADD COLUMN source TEXT NOT NULL DEFAULT 'subject';
ALTER TABLE mapping_row ADD COLUMN transform TEXT NOT NULL DEFAULT 'copy';
ALTER TABLE mapping_row ADD COLUMN value_type TEXT NOT NULL DEFAULT 'any';
ALTER TABLE mapping_row ADD COLUMN if_missing TEXT NOT NULL DEFAULT 'skip';
ALTER TABLE mapping_row ADD COLUMN default_value TEXT;

-- What was the name of one claim is a path now: its dots belong to the name.
UPDATE mapping_row SET claim_from = replace(replace(claim_from, '\', '\\'), '.', '\.');

-- The table of a row.
CREATE TABLE mapping_pair (
    mapping TEXT NOT NULL,
    claim_to TEXT NOT NULL,
    value_from TEXT NOT NULL,
    value_to TEXT NOT NULL,
    PRIMARY KEY (mapping, claim_to, value_from),
    FOREIGN KEY (mapping, claim_to) REFERENCES mapping_row (mapping, claim_to)
);

ALTER TABLE issuer ADD COLUMN default_machine_marks INTEGER NOT NULL DEFAULT 1
    CHECK (default_machine_marks IN (0, 1));
ALTER TABLE issuer ADD COLUMN accept_may_act INTEGER NOT NULL DEFAULT 0
    CHECK (accept_may_act IN (0, 1));

-- The values of a condition refer to nothing: they are text, a value a line.
CREATE TABLE issuer_condition (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    position INTEGER NOT NULL,
    claim TEXT NOT NULL,
    test TEXT NOT NULL,
    wanted TEXT NOT NULL,
    PRIMARY KEY (issuer, position)
);

CREATE TABLE issuer_machine_mark (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    position INTEGER NOT NULL,
    claim TEXT NOT NULL,
    test TEXT NOT NULL,
    wanted TEXT NOT NULL,
    PRIMARY KEY (issuer, position)
);

-- What an issuer's scopes count as.
CREATE TABLE issuer_scope (
    issuer TEXT NOT NULL REFERENCES issuer (id),
    scope_from TEXT NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (issuer, scope_from)
);

ALTER TABLE rule ADD COLUMN impersonation INTEGER NOT NULL DEFAULT 1
    CHECK (impersonation IN (0, 1));
ALTER TABLE rule ADD COLUMN delegation INTEGER NOT NULL DEFAULT 0 CHECK (delegation IN (0, 1));
ALTER TABLE rule ADD COLUMN client_as_actor INTEGER NOT NULL DEFAULT 0
    CHECK (client_as_actor IN (0, 1));
ALTER TABLE rule ADD COLUMN max_actors BIGINT NOT NULL DEFAULT 4 CHECK (max_actors > 0);
ALTER TABLE rule ADD COLUMN machine_tokens INTEGER NOT NULL DEFAULT 0
    CHECK (machine_tokens IN (0, 1));

-- A rule that takes our own tokens too: no row of issuer stands for us, so rule_issuer cannot say
-- it. The position is the one in the list of the rule's issuers.
CREATE TABLE rule_self (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (client, rule),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

CREATE TABLE rule_sensitive_scope (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (client, rule, scope),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

CREATE TABLE rule_condition (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    claim TEXT NOT NULL,
    test TEXT NOT NULL,
    wanted TEXT NOT NULL,
    PRIMARY KEY (client, rule, position),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

-- Whose actor tokens a rule takes; without an issuer it is about our own tokens.
CREATE TABLE rule_actor (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    issuer TEXT REFERENCES issuer (id),
    subject TEXT NOT NULL,
    PRIMARY KEY (client, rule, position),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

CREATE TABLE client_property (
    client TEXT NOT NULL REFERENCES client (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (client, name)
);

-- Procedures: what exchanges pass beside the rows of mappings. Defaults keep what a configuration
-- meant before: there is none, and nothing is lengthened or added.

CREATE TABLE procedure (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    source TEXT NOT NULL
);

ALTER TABLE client ADD COLUMN procedure TEXT REFERENCES procedure (id);
ALTER TABLE rule ADD COLUMN procedure TEXT REFERENCES procedure (id);
ALTER TABLE rule ADD COLUMN procedure_lifetime BIGINT NOT NULL DEFAULT 0
    CHECK (procedure_lifetime >= 0);

CREATE TABLE rule_procedure_scope (
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    position INTEGER NOT NULL,
    scope TEXT NOT NULL REFERENCES scope (id),
    PRIMARY KEY (client, rule, scope),
    FOREIGN KEY (client, rule) REFERENCES rule (client, id)
);

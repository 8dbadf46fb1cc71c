-- The targets about whose tokens a client may ask.

CREATE TABLE client_introspect (
    client TEXT NOT NULL REFERENCES client (id),
    position INTEGER NOT NULL,
    target TEXT NOT NULL REFERENCES target (id),
    PRIMARY KEY (client, target)
);

CREATE INDEX client_introspect_by_target ON client_introspect (target);

-- What the processes of the running server have in force, and what they have counted since it
-- started, as one of them told last; and which settings are as they would be by themselves.

CREATE TABLE serving (
    generation BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'kept', 'none')),
    processes INTEGER NOT NULL CHECK (processes > 0),
    since BIGINT NOT NULL,
    PRIMARY KEY (generation, state)
);

CREATE TABLE server_count (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

ALTER TABLE setting ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;

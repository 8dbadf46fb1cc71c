-- How often each client and each issuer was in a decision, hour by hour, and when last: so that lists
-- say so without reading the decisions. Of clients those alone that had proven who they are, or there
-- would be a row for every name that somebody makes up.

CREATE TABLE use_hour (
    noun TEXT NOT NULL CHECK (noun IN ('client', 'issuer')),
    id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    PRIMARY KEY (noun, id, hour)
);

CREATE INDEX use_hour_hour ON use_hour (hour);

CREATE TABLE use_last (
    noun TEXT NOT NULL CHECK (noun IN ('client', 'issuer')),
    id TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (noun, id)
);

INSERT INTO use_last (noun, id, time)
SELECT 'client', client, MAX(time)
FROM activity
WHERE client <> '' AND (issuer <> '' OR outcome <> 'refused')
GROUP BY client;

INSERT INTO use_last (noun, id, time)
SELECT 'issuer', issuer, MAX(time)
FROM activity
WHERE issuer <> ''
GROUP BY issuer;

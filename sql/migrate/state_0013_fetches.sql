-- When each place was asked for an issuer's keys, the last some times, and what came of it.

CREATE TABLE issuer_key_try (
    issuer TEXT NOT NULL,
    url TEXT NOT NULL,
    time BIGINT NOT NULL CHECK (time >= 0),
    failure TEXT,
    PRIMARY KEY (issuer, url, time)
);

INSERT INTO issuer_key_try (issuer, url, time, failure)
SELECT issuer, url, tried, failure
FROM issuer_key_set
WHERE tried > 0;

-- Links to accounts that the site keeps elsewhere: nothing here can tell whether they are there.
-- A subject has one link at most, in one of the two tables; whoever makes one looks in both.
CREATE TABLE account_site_link (
    issuer TEXT NOT NULL,
    sub TEXT NOT NULL,
    account TEXT NOT NULL,
    made BIGINT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('implicit', 'own', 'admin')),
    who TEXT NOT NULL,
    PRIMARY KEY (issuer, sub)
);

CREATE INDEX account_site_link_by_account ON account_site_link (account);

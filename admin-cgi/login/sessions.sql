-- The sessions of people who are logged in to the console (form.conf beside it): a row each.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    -- Microseconds since 1970, as mod_session_dbd counts them.
    expiry INTEGER NOT NULL,
    -- Seconds since 1970. A session has a new id at each log-in, but stays this row.
    made INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER))
);
-- What has ended goes when somebody logs in.
CREATE TRIGGER session_ended AFTER INSERT ON session BEGIN
    DELETE FROM session WHERE expiry < strftime('%s', 'now') * 1000000 OR made < strftime('%s', 'now') - 28800;
END;
-- Logging out leaves a session without anybody, which has a second to live.
CREATE TRIGGER session_left AFTER UPDATE ON session WHEN NEW.expiry < (strftime('%s', 'now') + 3) * 1000000 BEGIN
    DELETE FROM session WHERE id = NEW.id;
END;

-- Which claim names the user of a request behind a location. The server that starts next writes what
-- is in force.

ALTER TABLE location ADD COLUMN user_claim TEXT NOT NULL DEFAULT 'sub';

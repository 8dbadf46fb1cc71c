-- What only SQLite understands. The driver runs these itself; a driver for another database has
-- others in a file of its own.

-- name: sqlite_begin_write
-- Takes the write lock at once: a transaction that began as a reader could be refused it later.
BEGIN IMMEDIATE;

-- name: sqlite_synchronous
-- What was acknowledged survives a power cut.
PRAGMA synchronous = FULL;

-- name: sqlite_synchronous_less
-- A power cut may take what was written last, and leaves the rest whole.
PRAGMA synchronous = NORMAL;

-- name: sqlite_cache_less
-- So many KiB of pages in memory, also of a transaction that changes more.
PRAGMA cache_size = -256;

-- name: sqlite_cache_few
-- Every handle takes memory for up to twenty pages at once, which one that only looks now and then does
-- not need.
PRAGMA cache_size = 6;

-- name: sqlite_cache_more
-- For checks of all there is, which come back to the same pages for every index and every reference.
PRAGMA cache_size = -32768;

-- name: sqlite_cell_size_check
-- Damage is found when a page is read, not when it has led astray.
PRAGMA cell_size_check = ON;

-- name: sqlite_mmap_off
-- A file that was cut while it was mapped would end the process.
PRAGMA mmap_size = 0;

-- name: sqlite_journal_config
-- A reader of config.db may not be able to write its directory, which WAL would need.
PRAGMA journal_mode = DELETE;

-- name: sqlite_journal_state
-- Readers of state.db do not wait for writers.
PRAGMA journal_mode = WAL;

-- name: sqlite_application_id
-- Which database a file says that it is.
PRAGMA application_id;

-- name: sqlite_application_id_config
-- "TkxC": tells config.db from every other file of SQLite.
PRAGMA application_id = 1416329283;

-- name: sqlite_application_id_state
-- "TkxS": tells state.db from every other file of SQLite.
PRAGMA application_id = 1416329299;

-- name: sqlite_data_version
-- Whether somebody else has changed the file.
PRAGMA data_version;

-- name: sqlite_random
-- A number that nobody had before, nor will have in another database.
SELECT (RANDOM() & 4611686018427387903) AS number;

-- name: sqlite_shrink_memory
-- Gives back what pages were kept in.
PRAGMA shrink_memory;

-- name: sqlite_quick_check
-- The structure of the file, at each start.
PRAGMA quick_check(1);

-- name: sqlite_quick_check_state
-- The same for state.db, of which most is a record that nothing rests on, or a million accounts:
-- checking those at each start of a process would take longer than all else.
SELECT COALESCE((SELECT result.quick_check
                 FROM (SELECT 'sqlite_schema' AS name
                       UNION ALL
                       SELECT name
                       FROM sqlite_master
                       WHERE type = 'table' AND name <> 'activity'
                           AND name <> 'account'
                           AND substr(name, 1, 8) <> 'account_') AS part,
                      pragma_quick_check(part.name) AS result
                 WHERE result.quick_check <> 'ok'
                 LIMIT 1), 'ok') AS verdict;

-- name: sqlite_integrity_check
-- Structure and indexes, for the doctor.
PRAGMA integrity_check(1);

-- name: sqlite_foreign_key_check
-- Rows that refer to nothing.
PRAGMA foreign_key_check;

-- name: sqlite_has_schema_version
-- Whether any migration ever ran here.
SELECT COUNT(*) AS tables
FROM sqlite_master
WHERE type = 'table' AND name = 'schema_version';

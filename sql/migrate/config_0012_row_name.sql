-- What people call a row of a mapping.
ALTER TABLE mapping_row ADD COLUMN name TEXT;

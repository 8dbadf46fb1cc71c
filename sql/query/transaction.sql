-- Transactions.

-- name: transaction_begin
-- For reading: everything read in it is of one moment.
BEGIN;

-- name: transaction_commit
-- Keeps what was done.
COMMIT;

-- name: transaction_rollback
-- Undoes it.
ROLLBACK;

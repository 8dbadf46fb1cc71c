-- What issuers and clients are for, and whom to ask about a client.
ALTER TABLE issuer ADD COLUMN description TEXT;
ALTER TABLE client ADD COLUMN description TEXT;
ALTER TABLE client ADD COLUMN contacts TEXT NOT NULL DEFAULT '';

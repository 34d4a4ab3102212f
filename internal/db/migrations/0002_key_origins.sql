-- The web origins a public (collect) key may be used from, one a line. A filter
-- against careless reuse, not an authentication.
ALTER TABLE api_key ADD COLUMN origins TEXT NOT NULL DEFAULT '';

-- What an erasure left as restricted evidence (GDPR art. 17(3)(e)): one sealed
-- batch for each erasure, under the secret of the month it ends in. The id is random.
CREATE TABLE restricted (
  org    TEXT NOT NULL,
  id     TEXT NOT NULL,
  until  BIGINT NOT NULL,
  secret TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX restricted_until ON restricted (org, until);

-- How a batch is found: each identifier hashed under the same month's secret.
CREATE TABLE restricted_identifier (
  org    TEXT NOT NULL,
  secret TEXT NOT NULL,
  blind  BYTEA NOT NULL,
  batch  TEXT NOT NULL,
  PRIMARY KEY (org, secret, blind, batch)
);
CREATE INDEX restricted_identifier_batch ON restricted_identifier (org, batch);

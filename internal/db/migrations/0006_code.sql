-- A code of six digits, sent to an address so that its holder can open their
-- preference centre. hash is keyed; the address stands nowhere. sent counts the
-- codes it was sent since, so that nobody is flooded with them.
CREATE TABLE code (
  org     TEXT NOT NULL REFERENCES organisation (id),
  blind   BYTEA NOT NULL,
  hash    BYTEA NOT NULL,
  tries   BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  sent    BIGINT NOT NULL,
  since   BIGINT NOT NULL,
  PRIMARY KEY (org, blind)
);
CREATE INDEX code_since ON code (org, since);

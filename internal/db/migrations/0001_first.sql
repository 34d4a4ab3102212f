-- The first shape of the store. One text for both databases: TEXT ids made by
-- the program, BIGINT microseconds UTC, BYTEA for what is sealed or hashed.

CREATE TABLE organisation (
  id      TEXT PRIMARY KEY,
  created BIGINT NOT NULL
);

-- A chain is the sequence of one subject's entries, or (id 'organisation') of the
-- organisation's own. Its row holds the subject's wrapped key: without the row
-- nothing in the chain can be opened again.
CREATE TABLE chain (
  org     TEXT NOT NULL REFERENCES organisation (id),
  id      TEXT NOT NULL,
  seq     BIGINT NOT NULL,
  head    BYTEA NOT NULL,
  epoch   BIGINT NOT NULL,
  wrapped BYTEA NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX chain_epoch ON chain (epoch);

-- An entry is a fact on record. position is its index in the log, NULL until
-- the sequencer has taken it; sealed is payload and salt, and empty where only
-- the commitment is kept. idempotency and request are keyed hashes of the
-- caller's key and of what it asked.
CREATE TABLE entry (
  org         TEXT NOT NULL,
  id          TEXT NOT NULL,
  chain       TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  recorded    BIGINT NOT NULL,
  generation  BIGINT,
  position    BIGINT,
  commitment  BYTEA NOT NULL,
  sealed      BYTEA NOT NULL,
  idempotency BYTEA,
  request     BYTEA,
  PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX entry_chain ON entry (org, chain, seq);
CREATE UNIQUE INDEX entry_idempotency ON entry (org, idempotency) WHERE idempotency IS NOT NULL;
CREATE INDEX entry_pending ON entry (org, seq, id) WHERE position IS NULL;
CREATE UNIQUE INDEX entry_position ON entry (org, generation, position) WHERE position IS NOT NULL;

-- One row a generation of an organisation's log; the highest is the live one.
CREATE TABLE log (
  org        TEXT NOT NULL REFERENCES organisation (id),
  generation BIGINT NOT NULL,
  origin     TEXT NOT NULL,
  vkey       TEXT NOT NULL,
  size       BIGINT NOT NULL,
  root       BYTEA NOT NULL,
  term       BIGINT NOT NULL,
  checkpoint TEXT NOT NULL,
  started    BIGINT NOT NULL,
  PRIMARY KEY (org, generation)
);

-- Hash tiles (level 0 and up) and entry bundles (level -1) of C2SP tlog-tiles.
-- A partial tile is a prefix of the full one, so one row serves every width.
CREATE TABLE tile (
  org        TEXT NOT NULL,
  generation BIGINT NOT NULL,
  level      BIGINT NOT NULL,
  n          BIGINT NOT NULL,
  data       BYTEA NOT NULL,
  PRIMARY KEY (org, generation, level, n)
);

-- Secrets of an organisation (blind index, idempotency, tombstones of a year),
-- wrapped by an epoch key.
CREATE TABLE secret (
  org     TEXT NOT NULL REFERENCES organisation (id),
  name    TEXT NOT NULL,
  version BIGINT NOT NULL,
  epoch   BIGINT NOT NULL,
  wrapped BYTEA NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (org, name, version)
);

-- An identifier of a subject, found by blind index. The same phone may be
-- held by several subjects; a question about it weighs all of them.
CREATE TABLE identifier (
  org     TEXT NOT NULL,
  blind   BYTEA NOT NULL,
  chain   TEXT NOT NULL,
  version BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  holder  TEXT NOT NULL,
  sealed  BYTEA NOT NULL,
  added   BIGINT NOT NULL,
  PRIMARY KEY (org, blind, chain)
);
CREATE INDEX identifier_chain ON identifier (org, chain);

-- What keeps a list from bringing an erased person back. No row knows another.
CREATE TABLE tombstone (
  org     TEXT NOT NULL,
  year    BIGINT NOT NULL,
  blind   BYTEA NOT NULL,
  month   TEXT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (org, year, blind)
);

-- Everything an organisation declares, in every version, for ever.
CREATE TABLE declaration (
  org      TEXT NOT NULL,
  kind     TEXT NOT NULL,
  id       TEXT NOT NULL,
  version  BIGINT NOT NULL,
  body     TEXT NOT NULL,
  entry    TEXT NOT NULL,
  recorded BIGINT NOT NULL,
  retired  BIGINT,
  PRIMARY KEY (org, kind, id, version)
);

CREATE TABLE api_key (
  org     TEXT NOT NULL,
  id      TEXT NOT NULL,
  name    TEXT NOT NULL,
  scopes  TEXT NOT NULL,
  hash    BYTEA NOT NULL,
  created BIGINT NOT NULL,
  revoked BIGINT,
  PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);

-- Staff who sign in. The address is sealed under the organisation's key.
CREATE TABLE operator (
  org     TEXT NOT NULL,
  id      TEXT NOT NULL,
  blind   BYTEA NOT NULL,
  sealed  BYTEA NOT NULL,
  role    TEXT NOT NULL,
  created BIGINT NOT NULL,
  removed BIGINT,
  PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX operator_blind ON operator (org, blind);

-- One-time sign-in links and sessions: only the SHA-256 of each token is kept.
CREATE TABLE sign_in (
  hash     BYTEA PRIMARY KEY,
  org      TEXT NOT NULL,
  operator TEXT NOT NULL,
  kind     TEXT NOT NULL,
  created  BIGINT NOT NULL,
  expires  BIGINT NOT NULL,
  used     BIGINT
);
CREATE INDEX sign_in_operator ON sign_in (org, operator);

-- One run of an import: where it stands, so that it can be taken up again.
CREATE TABLE import (
  org         TEXT NOT NULL,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  salt        BYTEA NOT NULL,
  fingerprint BYTEA NOT NULL,
  done        BIGINT NOT NULL,
  state       TEXT NOT NULL,
  summary     TEXT NOT NULL,
  started     BIGINT NOT NULL,
  finished    BIGINT,
  PRIMARY KEY (org, id)
);
CREATE INDEX import_source ON import (org, source, started);

-- One cleared list: counts only. The opened payload leaves with the file.
CREATE TABLE clearance (
  org         TEXT NOT NULL,
  id          TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  channel     TEXT NOT NULL,
  entry       TEXT NOT NULL,
  counts      TEXT NOT NULL,
  recorded    BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE INDEX clearance_recorded ON clearance (org, recorded, id);

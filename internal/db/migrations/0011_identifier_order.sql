-- 0010 left the identifiers in the order of their blind indexes, and whoever reads a
-- subject's meets them in that of the subjects, as a store that never had it keeps them.
CREATE TABLE identifier_ordered (
  org     TEXT NOT NULL,
  blind   BYTEA NOT NULL,
  nth     BIGINT NOT NULL,
  chain   TEXT NOT NULL,
  version BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  holder  TEXT NOT NULL,
  sealed  BYTEA NOT NULL,
  added   BIGINT NOT NULL,
  PRIMARY KEY (org, blind, nth)
);
INSERT INTO identifier_ordered (org, blind, nth, chain, version, kind, holder, sealed, added)
SELECT org, blind, nth, chain, version, kind, holder, sealed, added
FROM identifier
ORDER BY org, chain, added;
DROP TABLE identifier;
ALTER TABLE identifier_ordered RENAME TO identifier;
CREATE INDEX identifier_chain ON identifier (org, chain);
CREATE INDEX identifier_browser ON identifier (org, added, chain) WHERE holder = 'browser';

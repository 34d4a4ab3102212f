-- The holders of an identifier are numbered: two transactions that meet it at once
-- would both give it its nth holder, and one of them finds that out by the key.
CREATE TABLE identifier_nth (
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
INSERT INTO identifier_nth (org, blind, nth, chain, version, kind, holder, sealed, added)
SELECT org, blind, row_number() OVER (PARTITION BY org, blind ORDER BY added, chain), chain, version, kind, holder, sealed, added
FROM identifier;
DROP TABLE identifier;
ALTER TABLE identifier_nth RENAME TO identifier;
CREATE INDEX identifier_chain ON identifier (org, chain);
CREATE INDEX identifier_browser ON identifier (org, added, chain) WHERE holder = 'browser';

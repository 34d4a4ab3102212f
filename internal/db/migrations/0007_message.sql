-- Messages to people on their way. sealed holds address and words, under the
-- subject's key, once they are written; blind is the address's index, for limits
-- and for forgetting. due is the next attempt; why is a word for what went wrong
-- last. Rows are kept for a month; what stays is in the ledger.
CREATE TABLE message (
  org     TEXT NOT NULL REFERENCES organisation (id),
  id      TEXT NOT NULL,
  chain   TEXT NOT NULL,
  kind    TEXT NOT NULL,
  blind   BYTEA NOT NULL,
  sealed  BYTEA NOT NULL,
  state   TEXT NOT NULL,
  tries   BIGINT NOT NULL,
  due     BIGINT NOT NULL,
  created BIGINT NOT NULL,
  sent    BIGINT,
  why     TEXT NOT NULL,
  PRIMARY KEY (org, id)
);
-- One that is not written yet asks for everything that waits by then.
CREATE UNIQUE INDEX message_new ON message (org, chain, blind, kind) WHERE state = 'new';
CREATE INDEX message_due ON message (org, due) WHERE state IN ('new', 'waiting');
CREATE INDEX message_blind ON message (org, blind, created);
CREATE INDEX message_chain ON message (org, chain);
CREATE INDEX message_state ON message (org, state, id);
CREATE INDEX message_sent ON message (org, sent);
CREATE INDEX message_created ON message (org, created);

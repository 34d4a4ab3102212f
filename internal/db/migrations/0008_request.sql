-- A request of a person (GDPR arts 15 to 22), or a problem they raised. What
-- they say, and where they are answered, is sealed under a key of the request's
-- own: it has to be answered also after an erasure has destroyed the person's key.
-- chain is who it is about, address a keyed hash of the stated e-mail address;
-- both are emptied by an erasure, the key and all that is sealed once it is
-- answered. once is a keyed hash of what a caller sends to open it once. due is
-- the last instant to answer in, reckoned again with every change.
CREATE TABLE request (
  org      TEXT NOT NULL REFERENCES organisation (id),
  id       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  state    TEXT NOT NULL,
  via      TEXT NOT NULL,
  language TEXT NOT NULL,
  chain    TEXT,
  address  BYTEA,
  once     BYTEA,
  asked_as BYTEA,
  received BIGINT NOT NULL,
  proof TEXT NOT NULL,
  asked    BIGINT,
  given    BIGINT,
  extended BIGINT,
  closed   BIGINT,
  outcome  TEXT NOT NULL,
  due      BIGINT NOT NULL,
  erased   BIGINT,
  steps    BIGINT NOT NULL,
  epoch    BIGINT NOT NULL,
  wrapped  BYTEA NOT NULL,
  sealed   BYTEA NOT NULL,
  PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX request_once ON request (org, once) WHERE once IS NOT NULL;
CREATE INDEX request_due ON request (org, state, due, id);
CREATE INDEX request_chain ON request (org, chain) WHERE chain IS NOT NULL;
CREATE INDEX request_address ON request (org, address) WHERE address IS NOT NULL;
CREATE INDEX request_epoch ON request (epoch);

-- What was said and done about a request, in order. mail is when the person is
-- written to about it, next; NULL where they are not, or were, or it was given up.
CREATE TABLE request_step (
  org     TEXT NOT NULL,
  request TEXT NOT NULL,
  n       BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  act     TEXT NOT NULL,
  who     TEXT NOT NULL,
  entry   TEXT NOT NULL,
  sealed  BYTEA NOT NULL,
  mail    BIGINT,
  tries   BIGINT NOT NULL,
  sent    BIGINT,
  PRIMARY KEY (org, request, n)
);
CREATE INDEX request_step_mail ON request_step (org, mail) WHERE mail IS NOT NULL;

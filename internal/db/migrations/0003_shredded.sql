-- Subjects that were erased, by pseudonym, for as long as a backup that still
-- holds them can be restored: a restored store erases them again before it serves.
CREATE TABLE shredded (
  org    TEXT NOT NULL,
  chain  TEXT NOT NULL,
  erased BIGINT NOT NULL,
  PRIMARY KEY (org, chain)
);

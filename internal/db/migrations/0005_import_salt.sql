-- The salt of an imported file leaves with the result of the import: nothing is kept here.
ALTER TABLE import DROP COLUMN salt;

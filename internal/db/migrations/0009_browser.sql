-- What finds the browsers whose choices have been kept for as long as declared.
CREATE INDEX identifier_browser ON identifier (org, added, chain) WHERE holder = 'browser';

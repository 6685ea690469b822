-- Which process works in a session, so that sessions that were cut off can be told from open ones.
ALTER TABLE sessions ADD COLUMN owner TEXT;
ALTER TABLE sessions ADD COLUMN lease_until BIGINT;
-- Earlier versions did not say who works in a session: a later event opens it again.
UPDATE sessions SET finished_at = last_at, outcome = 'Interrupted' WHERE finished_at IS NULL;
CREATE INDEX sessions_open ON sessions (id) WHERE finished_at IS NULL;

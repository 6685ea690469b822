-- Text, BIGINT and DOUBLE PRECISION only: what SQLite and PostgreSQL store alike.
-- Instants are milliseconds since 1970, documents are JSON in TEXT.

CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    title       TEXT NOT NULL,
    door        TEXT NOT NULL,
    model       TEXT,
    persona     TEXT,
    cwd         TEXT,
    target      TEXT,
    started_at  BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    finished_at BIGINT,
    outcome     TEXT,
    last_seq    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_last_at ON sessions (last_at);

CREATE TABLE journal (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    payload    TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
);

CREATE TABLE learnings (
    id                TEXT PRIMARY KEY,
    kind              TEXT NOT NULL,
    title             TEXT NOT NULL,
    body              TEXT NOT NULL,
    context           TEXT NOT NULL,
    project           TEXT,
    db_fingerprint    TEXT,
    schema_name       TEXT,
    tables            TEXT NOT NULL, -- JSON array of names
    columns           TEXT NOT NULL, -- JSON array of names
    query_fingerprint TEXT,
    query_normalized  TEXT,
    key_template      TEXT,
    measurements      TEXT NOT NULL, -- JSON array, oldest first
    server_version    TEXT,
    ddl_applied       TEXT NOT NULL, -- JSON array of statements
    ddl_undo          TEXT NOT NULL, -- JSON array of statements
    status            TEXT NOT NULL,
    status_reason     TEXT,
    superseded_by     TEXT,
    provenance        TEXT NOT NULL, -- JSON object
    confidence        TEXT NOT NULL,
    dedupe_key        TEXT NOT NULL,
    hits              BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    last_seen         BIGINT NOT NULL,
    last_verified     BIGINT,
    next_check        BIGINT
);
-- One living learning for each subject; what was superseded stays beside it.
CREATE UNIQUE INDEX learnings_living ON learnings (dedupe_key) WHERE superseded_by IS NULL;
CREATE INDEX learnings_by_fingerprint ON learnings (query_fingerprint);
CREATE INDEX learnings_by_scope ON learnings (db_fingerprint, project);
CREATE INDEX learnings_by_check ON learnings (next_check);

CREATE TABLE learning_tables (
    learning_id TEXT NOT NULL REFERENCES learnings (id) ON DELETE CASCADE,
    name        TEXT NOT NULL, -- lower case, without the schema
    PRIMARY KEY (learning_id, name)
);
CREATE INDEX learning_tables_by_name ON learning_tables (name);

-- Append-only; outlives the learning that it speaks of.
CREATE TABLE learning_events (
    id          TEXT PRIMARY KEY,
    learning_id TEXT NOT NULL,
    at          BIGINT NOT NULL,
    from_status TEXT,
    to_status   TEXT,
    actor       TEXT NOT NULL,
    reason      TEXT NOT NULL
);
CREATE INDEX learning_events_by_learning ON learning_events (learning_id, id);

CREATE TABLE tasks (
    id               TEXT PRIMARY KEY,
    idempotency_key  TEXT UNIQUE,
    kind             TEXT NOT NULL,
    state            TEXT NOT NULL,
    priority         BIGINT NOT NULL,
    run_at           BIGINT NOT NULL,
    lease_owner      TEXT,
    lease_until      BIGINT,
    attempts         BIGINT NOT NULL,
    max_attempts     BIGINT NOT NULL,
    cancel_requested BIGINT NOT NULL,
    input            TEXT NOT NULL,
    result           TEXT,
    created_at       BIGINT NOT NULL,
    finished_at      BIGINT
);
CREATE INDEX tasks_open ON tasks (priority, run_at) WHERE state IN ('ready', 'running');

CREATE TABLE schedules (
    id      TEXT PRIMARY KEY,
    cron    TEXT NOT NULL,
    spec    TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    next_at BIGINT
);

-- The primary key elects the one process that fires, without a leader.
CREATE TABLE schedule_runs (
    schedule_id TEXT NOT NULL,
    fire_at     BIGINT NOT NULL,
    task_id     TEXT NOT NULL,
    PRIMARY KEY (schedule_id, fire_at)
);

CREATE TABLE targets (
    id          TEXT PRIMARY KEY,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    fence       BIGINT NOT NULL
);

CREATE TABLE reviews (
    id         TEXT PRIMARY KEY,
    target     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    session_id TEXT,
    review     TEXT NOT NULL
);
CREATE INDEX reviews_by_target ON reviews (target, at);

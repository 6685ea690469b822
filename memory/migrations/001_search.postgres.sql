CREATE TABLE learning_documents (
    id          TEXT PRIMARY KEY REFERENCES learnings (id) ON DELETE CASCADE,
    document    tsvector NOT NULL,
    identifiers TEXT NOT NULL
);
CREATE INDEX learning_documents_words ON learning_documents USING gin (document);
DO $$
BEGIN
    CREATE INDEX learning_documents_identifiers ON learning_documents USING gin (identifiers gin_trgm_ops);
EXCEPTION WHEN undefined_object THEN
    NULL; -- pg_trgm is not available here
END
$$;

use super::*;

fn planned(sql: &str) -> Result<Planned, Refusal> {
    plan(dbwright_sql::parse(sql).unwrap().items().first().unwrap())
}

#[test]
fn what_no_approval_permits_is_refused_by_its_rule() {
    for (sql, rule) in [
        ("COPY t TO PROGRAM 'sh'", "server_files"),
        ("COPY t FROM '/etc/passwd'", "server_files"),
        ("ALTER SYSTEM SET archive_command = 'id'", "dangerous_setting"),
        ("ALTER SYSTEM RESET ALL", "dangerous_setting"),
        ("ALTER DATABASE d SET session_preload_libraries = 'x'", "dangerous_setting"),
        ("SET session_replication_role = replica", "dangerous_setting"),
        ("SET ROLE postgres", "dangerous_setting"),
        ("SET SESSION AUTHORIZATION postgres", "dangerous_setting"),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS 'x'", "server_code"),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE c AS 'x', 'y'", "server_code"),
        ("DO LANGUAGE plperlu 'x'", "server_code"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $$", "hidden_statement"),
        ("DO $$ BEGIN COPY t TO PROGRAM 'id'; END $$", "server_files"),
        ("GRANT admin TO app", "role"),
        ("CREATE ROLE r SUPERUSER", "role"),
        ("ALTER ROLE r PASSWORD 'x'", "role"),
        ("CREATE EXTENSION dblink", "reaching_extension"),
        ("CREATE EXTENSION file_fdw", "reaching_extension"),
        ("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw", "foreign_server"),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "foreign_server"),
        ("PREPARE TRANSACTION 'x'", "transaction"),
        ("COMMIT", "transaction"),
        ("LOCK TABLE t", "session_state"),
        ("LISTEN c", "session_state"),
        ("LOAD 'x'", "server_code"),
        ("UPDATE pg_class SET relname = 'x' WHERE oid = 1", "system_catalog"),
        ("DELETE FROM pg_catalog.pg_proc WHERE true", "system_catalog"),
        ("CREATE TABLESPACE s LOCATION '/x'", "server_files"),
    ] {
        assert_eq!(planned(sql).map_err(|refusal| refusal.rule), Err(rule), "{sql}");
    }
}

#[test]
fn changes_are_asked_for_with_their_effect() {
    for (sql, effect) in [
        ("CREATE TABLE t (a int)", Effect::Change),
        ("CREATE VIEW v AS SELECT 1", Effect::Change),
        ("CREATE EXTENSION pg_trgm", Effect::Change),
        ("ALTER TABLE t ADD COLUMN a int", Effect::Change),
        ("ALTER TABLE t RENAME TO u", Effect::Change),
        ("COMMENT ON TABLE t IS 'x'", Effect::Change),
        ("CREATE TYPE m AS ENUM ('a')", Effect::Change),
        ("GRANT SELECT ON t TO app", Effect::Change),
        ("TRUNCATE t", Effect::Destroy),
        ("DROP INDEX CONCURRENTLY i", Effect::Destroy),
        ("UPDATE t SET a = 1", Effect::Destroy),
        ("WITH g AS (DELETE FROM t WHERE a = 1 RETURNING *) SELECT * FROM g", Effect::Change),
        ("EXPLAIN ANALYZE DELETE FROM t WHERE a = 1", Effect::Change),
        ("CALL p()", Effect::Change),
        ("DO $$ BEGIN PERFORM 1; END $$", Effect::Change),
        ("CHECKPOINT", Effect::Maintain),
    ] {
        assert_eq!(planned(sql).map(|planned| planned.effect).map_err(|refusal| refusal.reason), Ok(effect), "{sql}");
    }
}

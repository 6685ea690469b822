use super::*;
use crate::change::step::Lock;

fn sql(statement: &str) -> String {
    step(statement).map(|step| step.sql).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

#[test]
fn statements_are_rendered_again_in_their_safe_form() {
    for (given, rendered) in [
        (
            "create index on shop.orders(status)",
            "CREATE INDEX CONCURRENTLY orders_status_idx ON shop.orders USING btree (status)",
        ),
        (
            "CREATE UNIQUE INDEX IF NOT EXISTS \"By Mail\" ON users (lower(email), id DESC) INCLUDE (name) WHERE deleted IS NULL",
            "CREATE UNIQUE INDEX CONCURRENTLY \"By Mail\" ON users USING btree (lower(email), id DESC) INCLUDE (name) WHERE deleted IS NULL",
        ),
        ("CREATE INDEX i ON ONLY parts (a)", "CREATE INDEX i ON ONLY parts USING btree (a)"),
        ("drop index concurrently if exists shop.i", "DROP INDEX CONCURRENTLY shop.i"),
        ("reindex index i", "REINDEX INDEX CONCURRENTLY i"),
        ("REINDEX TABLE shop.orders", "REINDEX TABLE CONCURRENTLY shop.orders"),
        ("vacuum (verbose, analyze, freeze) shop.orders", "VACUUM (ANALYZE, FREEZE) shop.orders"),
        ("VACUUM (INDEX_CLEANUP off) orders", "VACUUM (INDEX_CLEANUP OFF) orders"),
        ("ANALYZE orders (a, \"B\")", "ANALYZE orders (a, \"B\")"),
        (
            "CREATE STATISTICS IF NOT EXISTS s (dependencies) ON a, b FROM t",
            "CREATE STATISTICS s (dependencies) ON a, b FROM t",
        ),
        ("ALTER TABLE IF EXISTS t SET (fillfactor=90)", "ALTER TABLE t SET (fillfactor=90)"),
        ("ALTER TABLE t RESET (autovacuum_enabled)", "ALTER TABLE t RESET (autovacuum_enabled)"),
        ("ALTER TABLE t ALTER a SET STATISTICS 500", "ALTER TABLE t ALTER COLUMN a SET STATISTICS 500"),
        ("ALTER TABLE t VALIDATE CONSTRAINT c", "ALTER TABLE t VALIDATE CONSTRAINT c"),
        ("ALTER ROLE app SET statement_timeout TO '30s'", "ALTER ROLE app SET statement_timeout = '30s'"),
        ("ALTER DATABASE d SET work_mem = 4096", "ALTER DATABASE d SET work_mem = '4096'"),
        ("ALTER SYSTEM SET random_page_cost = 1.1", "ALTER SYSTEM SET random_page_cost = '1.1'"),
        ("ALTER SYSTEM RESET random_page_cost", "ALTER SYSTEM RESET random_page_cost"),
        ("select pg_reload_conf()", "SELECT pg_catalog.pg_reload_conf()"),
    ] {
        assert_eq!(sql(given), rendered, "{given}");
        // What is rendered is judged the same again: undo and approval go through text.
        assert_eq!(sql(rendered), rendered, "{rendered}");
    }
}

#[test]
fn everything_else_is_a_migration() {
    for statement in [
        "SELECT 1",
        "SELECT pg_reload_conf(), pg_sleep(9)",
        "SELECT pg_terminate_backend(4711)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = 1 OR true AND backend_start = '2026-01-01T00:00:00Z'",
        "DELETE FROM t",
        "DROP TABLE t",
        "DROP INDEX CONCURRENTLY a, b",
        "DROP INDEX i CASCADE",
        "TRUNCATE t",
        "ALTER TABLE t ADD COLUMN x int",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t SET LOGGED",
        "ALTER TABLE t SET (fillfactor = 90), ADD COLUMN x int",
        "ALTER TABLE t SET (user_catalog_table = true)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER ROLE app SUPERUSER",
        "ALTER ROLE app SET search_path = evil",
        "ALTER ROLE ALL SET work_mem = '1GB'",
        "ALTER ROLE app SET session_preload_libraries = 'x'",
        "ALTER ROLE app SET work_mem FROM CURRENT",
        "ALTER SYSTEM SET archive_command = 'rm -rf /'",
        "ALTER SYSTEM SET shared_preload_libraries = 'x'",
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM RESET ALL",
        "VACUUM",
        "VACUUM FULL t",
        "VACUUM a, b",
        "REINDEX DATABASE d",
        "REINDEX SCHEMA s",
        "CREATE INDEX i ON pg_catalog.pg_class (relname)",
        "CREATE EXTENSION pg_trgm",
        "GRANT SELECT ON t TO x",
        "DO $$ BEGIN END $$",
        "COPY t TO PROGRAM 'x'",
    ] {
        let error = step(statement).unwrap_err();
        assert!(matches!(error, ActionError::NotDirect { .. }), "{statement}: {error}");
        assert!(error.to_string().contains("write a migration"), "{error}");
    }
    for statement in ["", "ANALYZE t; DROP TABLE t", "CREATE INDEX"] {
        assert!(matches!(step(statement).unwrap_err(), ActionError::Unreadable { .. }), "{statement}");
    }
}

#[test]
fn a_session_is_named_by_its_start_too() {
    let exact = render_session(4711, "2026-11-25T01:02:03.123456Z", true);
    let judged = step(&exact).unwrap();
    assert_eq!(judged.sql, exact);
    let StepKind::EndSession { pid, backend_start, terminate } = judged.kind else { panic!() };
    assert_eq!((pid, backend_start.as_str(), terminate), (4711, "2026-11-25T01:02:03.123456Z", true));
    assert!(step(&render_session(1, "' OR true --", false)).is_err());
}

#[test]
fn locks_are_those_of_the_server() {
    for (statement, lock, transactional) in [
        ("CREATE INDEX i ON t (a)", Lock::ShareUpdateExclusiveLock, false),
        ("CREATE INDEX i ON ONLY t (a)", Lock::ShareLock, true),
        ("DROP INDEX i", Lock::AccessExclusiveLock, true),
        ("DROP INDEX CONCURRENTLY i", Lock::ShareUpdateExclusiveLock, false),
        ("ALTER INDEX p ATTACH PARTITION c", Lock::AccessExclusiveLock, true),
        ("VACUUM t", Lock::ShareUpdateExclusiveLock, false),
        ("ANALYZE t", Lock::ShareUpdateExclusiveLock, true),
        ("ALTER SYSTEM SET work_mem = '8MB'", Lock::None, false),
    ] {
        let judged = step(statement).unwrap();
        assert_eq!((judged.lock, judged.transactional), (lock, transactional), "{statement}");
    }
}

#[test]
fn long_names_are_cut_as_the_server_cuts_them() {
    let long = "ä".repeat(60);
    let judged = step(&format!("CREATE INDEX ON \"{long}\" (a)")).unwrap();
    let StepKind::CreateIndex { index, .. } = judged.kind else { panic!() };
    assert!(index.name.len() <= 63 && index.name.ends_with("_idx"), "{}", index.name);
}

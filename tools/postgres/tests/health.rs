//! `check_health` on real servers: planted faults are found, healthy databases are silent, and
//! what cannot be read is a stated gap.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_checks::{Group, Part, Thresholds};
use dbwright_contract::{Report, TokenBudget, Tool, ToolError};
use dbwright_finding::{Finding, Severity};
use dbwright_postgres::{
    CheckHealth, CheckHealthArgs, Database, DatabaseConfig, Databases, Environment, Health, check, snapshot,
};
use dbwright_servers::{Postgres, PostgresOptions, testing::own_postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{Fixture, cx};

/// A server of the test's own, with the database `postgres` as the one under review.
struct Server {
    postgres: Postgres,
    db: Database,
}

impl Server {
    async fn start(options: PostgresOptions) -> Self {
        let postgres = own_postgres(options).await;
        let db = Database::new(DatabaseConfig::new("app", postgres.url("postgres"))).unwrap();
        Self { postgres, db }
    }

    /// Runs a script and keeps its session open.
    async fn hold(&self, script: &str) -> PgConnection {
        let mut connection = PgConnection::connect(&self.postgres.url("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        connection
    }

    /// Waits until a condition on the server holds.
    async fn until(&self, condition: &'static str) {
        let mut connection = self.hold("").await;
        while !sqlx::query_scalar::<_, bool>(condition).fetch_one(&mut connection).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Starts a script that will wait; it ends with its session.
    async fn wait_with(&self, script: &'static str) -> tokio::task::JoinHandle<()> {
        let mut connection = PgConnection::connect(&self.postgres.url("postgres")).await.unwrap();
        let task = tokio::spawn(async move {
            // It fails when the server stops: that is how the test ends it.
            let _ = sqlx::raw_sql(script).execute(&mut connection).await;
        });
        let mut watcher = self.hold("").await;
        let waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = $1";
        while !sqlx::query_scalar::<_, bool>(waits).bind(script).fetch_one(&mut watcher).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        task
    }
}

/// Limits under which every planted fault shows, whatever the speed of the machine.
fn strict() -> Thresholds {
    Thresholds {
        lock_wait_s: 0.0,
        idle_in_transaction_s: 0.0,
        long_transaction_s: 0.0,
        prepared_age_s: 0.0,
        unused_window_s: 0.0,
        index_bytes: 0,
        cardinality_rows: 1_000.0,
        bloat_bytes: 1 << 20,
        seq_scan_rows: 1_000.0,
        seq_scans: 3,
        statement_total_ms: 0.0,
        statement_share: 0.001,
        connections_share: 0.01,
        ..Thresholds::default()
    }
}

const FAULTS: &str = include_str!("support/faults.sql");

/// The rules that fired, once each.
fn rules(health: &Health) -> Vec<&str> {
    let mut rules: Vec<&str> = health.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[tokio::test]
async fn every_part_can_be_read_by_a_superuser() {
    let fixture = Fixture::new("health_parts").await;
    fixture
        .sql(
            "CREATE EXTENSION pg_stat_statements;
             CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
             CREATE TABLE child (id serial PRIMARY KEY, parent_id bigint REFERENCES parent ON DELETE CASCADE, note text);
             CREATE INDEX child_note ON child (parent_id, lower(note) DESC) INCLUDE (id) WHERE note IS NOT NULL;
             INSERT INTO parent (name) SELECT 'n' || i FROM generate_series(1, 1000) i;
             INSERT INTO child (parent_id, note) SELECT i, 'x' FROM generate_series(1, 1000) i;
             ANALYZE",
        )
        .await;
    let snapshot = snapshot(&fixture.db, &Part::ALL).await.unwrap();
    assert_eq!(dbwright_checks::gaps(&snapshot), Vec::<String>::new());
    let child = snapshot.tables.rows().iter().find(|table| table.name.name == "child").unwrap();
    assert_eq!((child.reltuples as i64, child.columns_with_stats, child.column_count), (1000, Some(3), 3));
    assert!(child.heap_bytes > 0 && !child.size_estimated);
    let index = snapshot.indexes.rows().iter().find(|index| index.name.name == "child_note").unwrap();
    assert_eq!(index.key_names(), ["parent_id", "lower(note)"]);
    assert!(index.keys[1].descending && index.keys[1].column.is_none() && index.valid);
    assert_eq!(
        (index.include.clone(), index.predicate.as_deref()),
        (vec!["id".to_owned()], Some("(note IS NOT NULL)"))
    );
    let key = snapshot.constraints.rows().iter().find(|constraint| constraint.references.is_some()).unwrap();
    let reference = key.references.as_ref().unwrap();
    assert_eq!((key.columns.clone(), reference.columns.clone()), (vec!["parent_id".to_owned()], vec!["id".to_owned()]));
    assert_eq!((reference.on_delete.as_str(), reference.relation.name.as_str()), ("cascade", "parent"));
    let owners: Vec<(String, bool, String, Option<i64>)> = snapshot
        .sequences
        .rows()
        .iter()
        .filter_map(|sequence| {
            let owner = sequence.owner.as_ref()?;
            Some((
                format!("{}.{}", owner.relation.name, owner.column),
                owner.identity,
                owner.column_type.clone(),
                sequence.last_value,
            ))
        })
        .collect();
    assert_eq!(
        owners,
        [
            ("child.id".to_owned(), false, "int4".to_owned(), Some(1000)),
            ("parent.id".to_owned(), true, "int8".to_owned(), Some(1000))
        ]
    );
    let again = dbwright_postgres::snapshot(&fixture.db, &[Part::Statements]).await.unwrap();
    let statements = &again.statements.get().unwrap().items;
    assert!(statements.iter().any(|statement| statement.query.starts_with("INSERT INTO child")));
    assert!(statements.iter().all(|statement| !statement.query.contains("dbwright")), "our own statements stay out");
    let id = snapshot.columns.rows().iter().find(|column| column.name == "id" && column.table == child.oid).unwrap();
    assert_eq!((id.base_type.as_str(), id.stats.as_ref().unwrap().max_value), ("int4", Some(1000)));
}

#[tokio::test]
async fn planted_faults_are_found_while_the_database_is_in_trouble() {
    let options = PostgresOptions::default()
        .setting("wal_level", "replica")
        .setting("max_wal_senders", "2")
        .setting("max_prepared_transactions", "2");
    let server = Server::start(options).await;
    server.hold(FAULTS).await;
    let mut builder = server.hold("").await;
    let build = "CREATE UNIQUE INDEX CONCURRENTLY orders_status_key ON shop.orders (status)";
    assert!(sqlx::raw_sql(build).execute(&mut builder).await.is_err());
    server.hold("VACUUM (ANALYZE) shop.archive").await;
    server.hold("SELECT pg_create_physical_replication_slot('forgotten', true)").await;
    server.hold("BEGIN; INSERT INTO shop.settings VALUES (1); PREPARE TRANSACTION 'lost one'").await;
    // The N+1: five lists of 250 orders, and a look-up for each of them.
    let mut workload = "SELECT id, customer_id FROM shop.orders ORDER BY id LIMIT 250;".repeat(5);
    for id in 1..=1250 {
        workload.push_str(&format!("SELECT * FROM shop.customers WHERE id = {id};"));
    }
    server.hold(&workload).await;
    // The counters travel for a while: up to 14 through a process of their own.
    server
        .until(
            "SELECT pg_stat_get_mod_since_analyze('shop.archive'::regclass) = 0
                AND pg_stat_get_dead_tuples('shop.dead'::regclass) >= 30000
                AND pg_stat_get_mod_since_analyze('shop.stale'::regclass) >= 15000
                AND pg_stat_get_numscans('shop.orders'::regclass) >= 3",
        )
        .await;

    let idle = server.hold("BEGIN; SELECT 'secret' FROM shop.hot").await;
    let alter = server.wait_with("ALTER TABLE shop.hot ADD COLUMN note text").await;
    let reader = server.wait_with("SELECT count(*) FROM shop.hot").await;

    let health = check(&server.db, &strict(), None).await.unwrap();
    let expected = [
        "autovacuum_off",
        "autovacuum_off_for_table",
        "connections_near_limit",
        "constraint_not_valid",
        "dead_tuples",
        "default_partition_filled",
        "discouraged_type",
        "duplicate_foreign_key",
        "duplicate_index",
        "foreign_key_type_mismatch",
        "foreign_key_without_index",
        "fsync_off",
        "full_page_writes_off",
        "idle_in_transaction",
        "inactive_replication_slot",
        "invalid_index",
        "lock_pile_up",
        "long_transaction",
        "low_cardinality_index",
        "mostly_null_index",
        "n_plus_one",
        "never_analyzed",
        "no_idle_in_transaction_timeout",
        "policy_always_true",
        "policy_column_without_index",
        "policy_function_per_row",
        "policy_without_rls",
        "prepared_transaction_orphaned",
        "public_schema_create",
        "redundant_index",
        "rls_without_policy",
        "security_definer_search_path",
        "sequence_overflow",
        "sequential_scans",
        "slow_statement",
        "stale_statistics",
        "table_bloat",
        "table_without_primary_key",
        "unlogged_table",
        "unused_index",
    ];
    let found = rules(&health);
    let missing: Vec<&str> = expected.into_iter().filter(|rule| !found.contains(rule)).collect();
    assert_eq!(missing, [""; 0], "found {found:?}; gaps {:?}", health.gaps);

    let titles = |rule: &str| -> Vec<&str> {
        let of_rule = |finding: &&Finding| finding.rule == rule;
        health.findings.iter().filter(of_rule).map(|finding| finding.title.as_str()).collect()
    };
    // The root is the idle session; the ALTER TABLE waits for it, the reader for the ALTER TABLE.
    let pile = health.findings.iter().find(|finding| finding.rule == "lock_pile_up").unwrap();
    assert!(
        pile.title.starts_with("2 sessions wait for session ") && pile.title.contains("idle in transaction"),
        "{}",
        pile.title
    );
    let tree = pile.evidence.iter().find(|fact| fact.field == "lock_tree").unwrap().value.as_str().unwrap();
    assert!(tree.contains("wants AccessExclusiveLock on shop.hot") && tree.contains("wants AccessShareLock"), "{tree}");
    assert!(!serde_json::to_string(&health).unwrap().contains("secret"), "literals of other sessions stay out");
    // Identity, serial, and a bigint sequence behind a smaller column.
    let sequences = titles("sequence_overflow");
    for sequence in ["shop.orders_number_seq", "shop.events_id_seq", "shop.tiny_id_seq"] {
        assert!(sequences.iter().any(|title| title.starts_with(sequence)), "{sequence}: {sequences:?}");
    }
    assert!(titles("invalid_index")[0].contains("unique in name only"));
    assert!(
        titles("unused_index").iter().all(|title| !title.starts_with("shop.customers_email ")),
        "a twin is no unused index"
    );
    assert!(health.gaps.iter().any(|gap| gap.contains("shop.hot is locked by another session")), "{:?}", health.gaps);
    assert!(health.findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));

    // Fixes that a person may run must parse.
    for statement in health
        .findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| fix.statements.iter().chain(&fix.undo))
    {
        assert!(dbwright_sql::parse(statement).is_ok(), "{statement}");
    }
    drop(idle);
    alter.abort();
    reader.abort();
    server.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_healthy_database_is_silent() {
    let options = PostgresOptions { durable: true, autovacuum: true, ..PostgresOptions::default() };
    let server = Server::start(options).await;
    server
        .hold(
            "CREATE EXTENSION pg_stat_statements;
             CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
                 created timestamptz NOT NULL DEFAULT now());
             CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 customer_id bigint NOT NULL REFERENCES customers, total numeric NOT NULL CHECK (total >= 0));
             CREATE INDEX ON orders (customer_id);
             INSERT INTO customers (email) SELECT i || '@example.org' FROM generate_series(1, 5000) i;
             INSERT INTO orders (customer_id, total) SELECT i, i FROM generate_series(1, 5000) i;
             ANALYZE",
        )
        .await;
    for _ in 0..3 {
        server.hold("SELECT * FROM orders WHERE customer_id = 7; UPDATE orders SET total = 8 WHERE id = 7").await;
    }
    let health = check(&server.db, &Thresholds::default(), None).await.unwrap();
    let loud: Vec<&Finding> = health
        .findings
        .iter()
        // An old major is worth saying, however healthy the database is.
        .filter(|finding| finding.severity >= Severity::Medium && finding.rule != "server_end_of_life")
        .collect();
    assert!(loud.is_empty(), "{loud:#?}");
    assert_eq!(health.gaps, Vec::<String>::new());
    server.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn an_empty_database_has_no_objects_to_complain_about() {
    let fixture = Fixture::new("health_empty").await;
    let health = check(&fixture.db, &Thresholds::default(), Some(Group::Indexes)).await.unwrap();
    assert_eq!((health.findings.len(), health.tables, health.indexes), (0, 0, 0));
}

#[tokio::test]
async fn missing_rights_and_extensions_are_named_as_gaps() {
    let fixture = Fixture::new("health_rights").await;
    fixture
        .sql(
            "CREATE TABLE closed (id int PRIMARY KEY, note text); CREATE SEQUENCE ticket;
             INSERT INTO closed SELECT i, 'x' FROM generate_series(1, 20000) i; ANALYZE",
        )
        .await;
    let role = fixture.role_with("").await;
    let _other = fixture.hold("BEGIN; SELECT 1").await;
    let health = check(&role, &Thresholds::default(), None).await.unwrap();
    let gap = |words: &str| health.gaps.iter().any(|gap| gap.contains(words));
    assert!(gap("GRANT pg_read_all_stats"), "{:?}", health.gaps);
    assert!(gap("public.closed is hidden"), "{:?}", health.gaps);
    assert!(gap("the last value of 1 sequences"), "{:?}", health.gaps);
    assert!(gap("CREATE EXTENSION pg_stat_statements"), "{:?}", health.gaps);
    assert!(!rules(&health).contains(&"never_analyzed"), "hidden statistics are not missing ones");
}

#[tokio::test]
async fn the_tool_takes_a_group_and_knows_the_environment() {
    let fixture = Fixture::new("health_tool").await;
    let mut config = DatabaseConfig::new("app", fixture.database.url());
    config.environment = Environment::Development;
    let tool = CheckHealth::new(Databases::new([Database::new(config).unwrap()]));
    let args = CheckHealthArgs { only: Some(Group::Settings), ..CheckHealthArgs::default() };
    let health = Tool::call(&tool, &cx(), args).await.unwrap();
    let fsync = health.findings.iter().find(|finding| finding.rule == "fsync_off").unwrap();
    assert_eq!(fsync.severity, Severity::Info, "a development server may trade safety for speed");
    let text = health.for_model(TokenBudget::default());
    assert!(text.contains("info fsync_off [f_"), "{text}");
    assert!(text.contains("  fix: ALTER SYSTEM SET fsync = on"), "{text}");

    let wrong = CheckHealthArgs { unused_window_days: Some(-1.0), ..CheckHealthArgs::default() };
    assert!(matches!(Tool::call(&tool, &cx(), wrong).await, Err(ToolError::Arguments(_))));
    let parsed: CheckHealthArgs =
        serde_json::from_value(serde_json::json!({"only": "locks", "unused_window_days": null, "database": null}))
            .unwrap();
    assert_eq!(parsed.only, Some(Group::Locks));
}

//! The tool `explain` on real servers: how plans are obtained, what is said, what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::{CallCx, Report, TokenBudget, Tool, ToolError};
use dbwright_finding::Confidence;
use dbwright_postgres::{Databases, Explain, ExplainArgs, ExplainOutput, Mode, ParameterSource};
use support::{Fixture, cx};
use tokio_util::sync::CancellationToken;

const SHOP: &str = "
CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, city text, country text, total numeric, at timestamptz);
INSERT INTO orders SELECT i, CASE WHEN i % 1000 = 0 THEN 'refunded' ELSE 'paid' END, 'c' || i % 100, 'k' || i % 100 / 10,
    i % 977, '2026-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 60000) i;
CREATE INDEX orders_at ON orders (at);
ANALYZE orders;";

fn args(sql: &str, analyze: bool) -> ExplainArgs {
    ExplainArgs { sql: sql.to_owned(), analyze, parameters: Vec::new(), database: None }
}

fn tool(fixture: &Fixture) -> Explain {
    Explain::new(Databases::new([fixture.db.clone()]))
}

async fn explain(fixture: &Fixture, sql: &str, analyze: bool) -> ExplainOutput {
    tool(fixture).call(&cx(), args(sql, analyze)).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn refused(fixture: &Fixture, args: ExplainArgs) -> ToolError {
    match tool(fixture).call(&cx(), args).await {
        Ok(output) => panic!("was planned: {}", output.compact),
        Err(error) => error,
    }
}

fn rules(output: &ExplainOutput) -> Vec<&str> {
    output.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[tokio::test]
async fn an_executed_plan_has_real_figures_and_findings() {
    let fixture = Fixture::new("explain_run").await;
    fixture.sql(SHOP).await;
    let output = explain(&fixture, "SELECT * FROM orders WHERE status = 'refunded'", true).await;
    assert_eq!((output.mode, output.parameters.source), (Mode::Executed, ParameterSource::None));
    assert_eq!(rules(&output), ["seq_scan_selective"]);
    let finding = &output.findings[0];
    assert_eq!(
        (finding.object.name.as_str(), finding.object.columns.as_slice()),
        ("public.orders", &["status".to_owned()][..])
    );
    assert_eq!(finding.confidence, Confidence::Rule);
    assert!(finding.evidence.iter().any(|fact| fact.field == "rows_removed" && fact.value == 59_940));
    assert_eq!(output.summary.nodes[0].rows, Some(60.0));
    let text = output.for_model(TokenBudget::default());
    assert!(
        text.contains("Seq orders") && text.contains("rm59.9k") && text.contains("f[status = 'refunded']"),
        "{text}"
    );
}

#[tokio::test]
async fn an_estimated_plan_is_judged_by_the_catalog() {
    let fixture = Fixture::new("explain_estimate").await;
    fixture.sql(SHOP).await;
    let output = explain(&fixture, "SELECT * FROM orders WHERE status = 'refunded'", false).await;
    assert_eq!((output.mode, rules(&output)), (Mode::Estimated, vec!["seq_scan_selective"]));
    assert_eq!(output.findings[0].confidence, Confidence::Estimated);
}

#[tokio::test]
async fn placeholders_are_planned_generically() {
    let fixture = Fixture::new("explain_generic").await;
    fixture.sql(SHOP).await;
    let output = explain(&fixture, "SELECT * FROM orders WHERE id = $1 AND total > $2", false).await;
    assert_eq!((output.mode, output.parameters.source), (Mode::Estimated, ParameterSource::Generic));
    assert!(output.compact.contains("ic[id = $1]"), "{}", output.compact);
    assert!(output.compact.contains("not executed"), "{}", output.compact);
    assert_eq!(output.findings, []);
}

#[tokio::test]
async fn partitions_are_not_pruned_by_missing_values() {
    let fixture = Fixture::new("explain_parts").await;
    fixture
        .sql(
            "CREATE TABLE events (at date NOT NULL, n int) PARTITION BY RANGE (at);
             CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
             INSERT INTO events SELECT '2026-01-01'::date + i % 59, i FROM generate_series(1, 1000) i; ANALYZE events;",
        )
        .await;
    let output = explain(&fixture, "SELECT * FROM events WHERE at = $1", false).await;
    assert_eq!((output.mode, output.parameters.source), (Mode::Estimated, ParameterSource::Sampled));
    assert!(output.compact.contains("Seq events_"), "{}", output.compact);
}

#[tokio::test]
async fn execution_samples_values_or_takes_given_ones() {
    let fixture = Fixture::new("explain_values").await;
    fixture.sql(SHOP).await;
    let sql = "SELECT * FROM orders WHERE city = $1 AND at >= $2";
    let output = explain(&fixture, sql, true).await;
    assert_eq!(
        (output.mode, output.parameters.source),
        (Mode::Executed, ParameterSource::Sampled),
        "{:?}",
        output.notes
    );
    let statement = output.parameters.statement.clone().unwrap();
    assert!(statement.contains("city = 'c"), "{statement}");
    assert!(!output.compact.contains('$'), "{}", output.compact);

    let given = ExplainArgs { parameters: vec!["c7".to_owned(), "2026-01-02".to_owned()], ..args(sql, true) };
    let output = tool(&fixture).call(&cx(), given).await.unwrap();
    assert_eq!(output.parameters.source, ParameterSource::Given);
    assert!(output.compact.contains("city = 'c7'"), "{}", output.compact);

    let error = refused(&fixture, ExplainArgs { parameters: vec!["c7".to_owned()], ..args(sql, true) }).await;
    assert!(matches!(&error, ToolError::Arguments(text) if text.contains("2 placeholders")), "{error}");
}

#[tokio::test]
async fn values_that_cannot_be_found_leave_the_plan_generic() {
    let fixture = Fixture::new("explain_unknown").await;
    fixture.sql(SHOP).await;
    let output = explain(&fixture, "SELECT $1::int + id FROM orders", true).await;
    assert_eq!((output.mode, output.parameters.source), (Mode::Estimated, ParameterSource::Generic));
    assert!(output.notes[0].contains("no values"), "{:?}", output.notes);
}

#[tokio::test]
async fn placeholders_without_a_type_are_to_be_cast() {
    let fixture = Fixture::new("explain_untyped").await;
    fixture.sql(SHOP).await;
    for (sql, said) in [
        ("SELECT * FROM generate_series($1, $2)", "generate_series(unknown, unknown) is not unique"),
        ("SELECT $1 + $2 FROM orders", "operator is not unique: unknown + unknown"),
    ] {
        let given = ExplainArgs { parameters: vec!["1".to_owned(), "2".to_owned()], ..args(sql, false) };
        for args in [args(sql, false), given] {
            let error = refused(&fixture, args).await.to_string();
            assert!(error.contains(said) && error.contains(sql) && error.contains("cast it"), "{error}");
        }
    }
    explain(&fixture, "SELECT $1::int + $2 FROM orders", false).await;
}

#[tokio::test]
async fn names_that_need_quotes_are_candidates_too() {
    let fixture = Fixture::new("explain_quoted").await;
    fixture
        .sql(
            "CREATE TABLE \"Order Items\" (id int, product_id int, \"Unit Price\" int, qty int);
            INSERT INTO \"Order Items\" SELECT g, g % 5000, g % 100, g % 40 FROM generate_series(1, 100000) g;
            ANALYZE \"Order Items\"",
        )
        .await;
    let sql = "SELECT * FROM \"Order Items\" WHERE product_id = $1 AND \"Unit Price\" > $2";
    let output = explain(&fixture, sql, false).await;
    let finding = output.findings.iter().find(|finding| finding.rule == "seq_scan_selective").unwrap();
    assert_eq!(finding.object.columns, ["product_id", "Unit Price"]);
    let notes = finding.fix.as_ref().and_then(|fix| fix.notes.as_deref()).unwrap_or_default();
    assert!(notes.contains("public.\"Order Items\" (product_id, \"Unit Price\")"), "{notes}");
}

#[tokio::test]
async fn writes_are_planned_and_never_executed() {
    let fixture = Fixture::new("explain_write").await;
    fixture.sql(SHOP).await;
    for sql in [
        "DELETE FROM orders WHERE status = 'paid'",
        "UPDATE orders SET total = 0 WHERE id = $1",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone",
        "SELECT * FROM orders WHERE id = 1 FOR UPDATE",
    ] {
        let output = explain(&fixture, sql, true).await;
        assert_eq!(output.mode, Mode::Estimated, "{sql}");
        assert!(output.notes[0].starts_with("not executed"), "{sql}: {:?}", output.notes);
    }
    assert_eq!(fixture.value("SELECT count(*) FROM orders").await, "60000");
}

#[tokio::test]
async fn broken_sql_shows_the_place_and_other_text_is_refused() {
    let fixture = Fixture::new("explain_broken").await;
    fixture.sql(SHOP).await;
    let error = refused(&fixture, args("SELECT *\nFROM orders WHERE stat = 1", false)).await.to_string();
    assert!(error.contains("line 2, column 19") && error.contains("status"), "{error}");
    let error = refused(&fixture, args("SELECT * FROM orders WHERE stat = $1", false)).await.to_string();
    assert!(error.contains("column 28"), "{error}");
    for sql in ["SELECT 1; DROP TABLE orders", "DROP TABLE orders", "CREATE TABLE x AS SELECT 1", "VACUUM orders"] {
        let error = refused(&fixture, args(sql, true)).await;
        assert!(matches!(error, ToolError::Refused(_)), "{sql}: {error:?}");
        assert!(tool(&fixture).assess(&args(sql, true)).refusal.is_some(), "{sql}");
    }
    assert!(matches!(refused(&fixture, args("explain select 1", false)).await, ToolError::Arguments(_)));
    assert_eq!(fixture.value("SELECT count(*) FROM orders").await, "60000");
}

#[tokio::test]
async fn statistics_older_than_the_data_are_the_cause() {
    let fixture = Fixture::new("explain_stale").await;
    fixture.sql(SHOP).await;
    fixture
        .sql("CREATE TABLE lines (order_id int, n int);
              INSERT INTO lines SELECT i, 1 FROM generate_series(1, 60000) i; CREATE INDEX ON lines (order_id); ANALYZE lines;
              UPDATE orders SET status = 'late' WHERE id > 30000; SELECT pg_stat_force_next_flush();")
        .await;
    let output = explain(
        &fixture,
        "SELECT count(*) FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.status = 'late'",
        true,
    )
    .await;
    let stale = output.findings.iter().find(|finding| finding.rule == "stale_stats");
    let stale = stale.unwrap_or_else(|| panic!("{:?}\n{}", rules(&output), output.compact));
    assert_eq!(stale.fix.as_ref().unwrap().statements, ["ANALYZE public.orders"]);
}

#[tokio::test]
async fn cancelling_stops_the_statement_on_the_server() {
    let fixture = Fixture::new("explain_cancel").await;
    fixture.sql(SHOP).await;
    let cancel = CancellationToken::new();
    let cx = CallCx::detached(cancel.clone());
    let sql = "SELECT count(*) FROM orders a, orders b WHERE a.total + b.total < -1";
    let running = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'EXPLAIN%a.total%'
        AND datname = current_database())";
    let tool = tool(&fixture);
    let call = tool.call(&cx, args(sql, true));
    let stop = async {
        fixture.until(running).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(call, stop);
    assert!(matches!(outcome, Err(ToolError::Cancelled)));
    assert_eq!(fixture.value(running).await, "false");
}

#[tokio::test]
async fn a_collation_that_is_not_bytes_keeps_a_prefix_from_its_index() {
    let fixture = Fixture::new("explain_prefix").await;
    fixture
        .sql(
            "CREATE TABLE notes (id int, note text COLLATE \"en-US-x-icu\", code text COLLATE \"C\");
             INSERT INTO notes SELECT i, 'note' || i, 'code' || i FROM generate_series(1, 50000) i;
             CREATE INDEX notes_note ON notes (note);
             CREATE INDEX notes_code ON notes (code);
             ANALYZE notes;",
        )
        .await;
    let output = explain(&fixture, "SELECT id FROM notes WHERE note LIKE 'note4999%'", true).await;
    assert_eq!(rules(&output), ["like_prefix_collation"]);
    let fix = output.findings[0].fix.clone().unwrap();
    assert!(fix.statements[0].ends_with("USING btree (note text_pattern_ops)"), "{:?}", fix.statements);
    // The remedy works, and bytes in order need none.
    fixture.sql(&fix.statements[0]).await;
    assert_eq!(rules(&explain(&fixture, "SELECT id FROM notes WHERE note LIKE 'note4999%'", true).await), [""; 0]);
    assert_eq!(rules(&explain(&fixture, "SELECT id FROM notes WHERE code LIKE 'code4999%'", true).await), [""; 0]);
}

#[tokio::test]
async fn a_policy_that_calls_its_function_for_each_row_is_named() {
    let fixture = Fixture::new("explain_policy").await;
    fixture
        .sql(
            "CREATE FUNCTION me() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN current_setting('app.me', true)::int; END $$;
             CREATE TABLE documents (id int, owner_id int, body text);
             INSERT INTO documents SELECT i, i % 500, repeat('x', 50) FROM generate_series(1, 60000) i;
             ANALYZE documents;
             ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own ON documents USING (owner_id = me());",
        )
        .await;
    let role = fixture
        .role_with("GRANT SELECT ON documents TO {role}; GRANT pg_read_all_stats TO {role}; ALTER ROLE {role} SET app.me = '7'")
        .await;
    let tool = Explain::new(Databases::new([role]));
    let found = |output: &ExplainOutput| rules(output).contains(&"rls_function_per_row");
    let slow = tool.call(&cx(), args("SELECT count(*) FROM documents", true)).await.unwrap();
    assert!(found(&slow), "{:?} {}", rules(&slow), slow.compact);
    fixture.sql("ALTER POLICY own ON documents USING (owner_id = (SELECT me()))").await;
    let quick = tool.call(&cx(), args("SELECT count(*) FROM documents", true)).await.unwrap();
    assert!(!found(&quick), "{:?} {}", rules(&quick), quick.compact);
}

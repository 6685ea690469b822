//! Index advice on real servers: hypothetical where hypopg is there, executed on a scratch copy.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::{CallCx, Report, TokenBudget, Tool, ToolError};
use dbwright_finding::{Confidence, How};
use dbwright_postgres::{
    AdviseArgs, AdviseIndexes, AdviseOutput, AdviseSettings, Database, Databases, ScratchPlace, Verify,
};
use dbwright_servers::testing::postgres_binaries;
use support::{Fixture, cx};
use tokio_util::sync::CancellationToken;

const SHOP: &str = "
    CREATE EXTENSION pg_trgm;
    CREATE TYPE status AS ENUM ('done', 'open', 'failed');
    CREATE DOMAIN email AS varchar(200);
    CREATE TABLE customers (id int PRIMARY KEY, tenant_id int NOT NULL, email email NOT NULL, name text NOT NULL);
    CREATE TABLE orders (
        id int PRIMARY KEY, tenant_id int NOT NULL, customer_id int NOT NULL REFERENCES customers,
        status status NOT NULL, total numeric(10,2) NOT NULL, created_at timestamptz NOT NULL, data jsonb NOT NULL);
    CREATE SCHEMA \"App\";
    CREATE TABLE \"App\".\"Events\" (\"userId\" int NOT NULL, kind text NOT NULL, at timestamptz NOT NULL);
    CREATE TABLE settings (id int, value text);
    INSERT INTO customers SELECT i, i % 50, 'User' || i || '@example.com', md5(i::text) || ' smith' FROM generate_series(1, 10000) i;
    INSERT INTO orders SELECT i, i % 50, 1 + i % 10000,
        (CASE WHEN i % 1000 = 0 THEN 'failed' WHEN i % 20 = 0 THEN 'open' ELSE 'done' END)::status, i % 997,
        timestamptz '2024-01-01' + i * interval '1 minute', jsonb_build_object('kind', i % 5000, 'source', 's' || i % 3000)
        FROM generate_series(1, 60000) i;
    INSERT INTO \"App\".\"Events\" SELECT i % 3000, 'k' || i % 7, timestamptz '2024-01-01' + i * interval '1 second'
        FROM generate_series(1, 40000) i;
    INSERT INTO settings SELECT i, 'x' FROM generate_series(1, 20) i;
    VACUUM (ANALYZE);";

async fn shop(hint: &str) -> Fixture {
    let fixture = Fixture::new(hint).await;
    for statement in SHOP.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        fixture.sql(statement).await;
    }
    fixture
}

fn has_hypopg() -> bool {
    postgres_binaries().has_extension("hypopg")
}

async fn try_advise(db: &Database, cx: &CallCx, args: AdviseArgs) -> Result<AdviseOutput, ToolError> {
    AdviseIndexes::new(Databases::new([db.clone()])).call(cx, args).await
}

async fn advise(db: &Database, statements: &[&str], verify: Verify) -> AdviseOutput {
    let statements = statements.iter().map(|sql| (*sql).to_owned()).collect();
    try_advise(db, &cx(), AdviseArgs { statements, verify, ..AdviseArgs::default() }).await.unwrap()
}

fn statements(output: &AdviseOutput) -> Vec<&str> {
    output.advice.indexes.iter().map(|index| index.statement.as_str()).collect()
}

/// The one index that is advised for a statement, proven by execution.
async fn proven(db: &Database, sql: &str) -> String {
    let output = advise(db, &[sql], Verify::Scratch).await;
    let [index] = output.advice.indexes.as_slice() else { panic!("one index for {sql}, not {output:#?}") };
    let gain = &index.gains[0];
    assert_eq!(gain.measured.how, How::Scratch);
    assert!(gain.measured.after.buffers.unwrap() < gain.measured.before.buffers.unwrap(), "{gain:?}");
    assert_eq!(output.findings[0].confidence, Confidence::Measured);
    assert!(index.bytes_measured && index.bytes > 0);
    index.statement.clone()
}

#[tokio::test]
async fn equality_and_order_are_proven_built_and_then_enough() {
    let fixture = shop("advise_order").await;
    if has_hypopg() {
        fixture.sql("CREATE EXTENSION hypopg").await;
    }
    let sql = "SELECT * FROM orders WHERE tenant_id = 7 ORDER BY created_at DESC LIMIT 10";
    let output = advise(&fixture.db, &[sql], Verify::Auto).await;
    assert_eq!(
        statements(&output),
        [
            "CREATE INDEX CONCURRENTLY orders_tenant_id_created_at_idx ON public.orders USING btree (tenant_id, created_at)"
        ]
    );
    let finding = &output.findings[0];
    assert_eq!(finding.confidence, Confidence::Measured);
    assert!(finding.measured.unwrap().ratio.unwrap() > 10.0, "{finding:?}");
    assert!(finding.title.starts_with("public.orders lacks an index on (tenant_id, created_at): a statement touches"));
    let text = output.for_model(TokenBudget::default()).into_owned();
    assert!(text.contains("measured by execution on a scratch copy"), "{text}");
    // Nothing was built on the database itself.
    assert_eq!(fixture.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'").await, "1");

    fixture.sql(&output.advice.indexes[0].statement).await;
    let again = advise(&fixture.db, &[sql], Verify::Auto).await;
    assert_eq!(statements(&again), Vec::<&str>::new());
    fixture.sql(&output.advice.indexes[0].undo).await;
    assert_eq!(fixture.value("SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'").await, "1");
}

#[tokio::test]
async fn hypothetical_alone_is_an_estimate_and_names_what_is_missing() {
    let fixture = shop("advise_hypo").await;
    let sql = "SELECT id FROM customers WHERE lower(email) = 'user77@example.com'";
    let without = advise(&fixture.db, &[sql], Verify::Hypothetical).await;
    assert_eq!(statements(&without), Vec::<&str>::new());
    assert!(without.advice.gaps.iter().any(|gap| gap.contains("hypopg")), "{:?}", without.advice.gaps);
    assert!(without.advice.rejected.iter().any(|rejected| rejected.why == "not tried"));
    if has_hypopg() {
        fixture.sql("CREATE SCHEMA \"Ext\"; CREATE EXTENSION hypopg SCHEMA \"Ext\"").await;
        let output = advise(&fixture.db, &[sql], Verify::Hypothetical).await;
        assert_eq!(output.advice.indexes.len(), 1);
        assert!(output.advice.indexes[0].statement.contains("(lower(email"), "{:?}", statements(&output));
        assert_eq!(output.findings[0].confidence, Confidence::Estimated);
        assert_eq!(output.advice.indexes[0].gains[0].measured.how, How::Hypothetical);
    }
}

#[tokio::test]
async fn a_rare_state_gets_a_partial_index_or_one_on_the_state() {
    let fixture = shop("advise_partial").await;
    let statement =
        proven(&fixture.db, "SELECT id, total FROM orders WHERE status = 'failed' ORDER BY created_at").await;
    assert!(statement.contains("status"), "{statement}");
}

#[tokio::test]
async fn expressions_patterns_and_documents_get_their_own_classes() {
    let fixture = shop("advise_classes").await;
    let cases = [
        ("SELECT id FROM customers WHERE lower(email) = 'user77@example.com'", "(lower(email"),
        ("SELECT id FROM orders WHERE data->>'source' = 's1234'", "(data ->> 'source'"),
        ("SELECT id FROM orders WHERE data @> '{\"kind\": 4711}'", "USING gin (data jsonb_path_ops)"),
        ("SELECT id FROM customers WHERE name ILIKE '%c4ca4238%'", "USING gin (name gin_trgm_ops)"),
        (
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE email = 'User9@example.com')",
            "(",
        ),
        ("SELECT kind FROM \"App\".\"Events\" WHERE \"userId\" = 5", "\"App\".\"Events\" USING btree (\"userId\")"),
    ];
    for (sql, expected) in cases {
        let output = advise(&fixture.db, &[sql], Verify::Scratch).await;
        let found = statements(&output);
        assert!(found.iter().any(|statement| statement.contains(expected)), "{sql}: {output:#?}");
        assert!(output.findings.iter().all(|finding| finding.confidence == Confidence::Measured), "{output:#?}");
        for statement in found {
            fixture.sql(statement).await;
        }
    }
}

#[tokio::test]
async fn documents_are_served_too_where_b_trees_are_hypothetical() {
    if !has_hypopg() {
        return;
    }
    let fixture = shop("advise_mixed").await;
    fixture.sql("CREATE EXTENSION hypopg").await;
    let output = advise(
        &fixture.db,
        &[
            "SELECT id FROM orders WHERE data @> '{\"kind\": 4711}'",
            "SELECT count(*) FROM \"App\".\"Events\" WHERE \"userId\" = 5",
        ],
        Verify::Auto,
    )
    .await;
    let found = statements(&output);
    assert_eq!(found.len(), 2, "{output:#?}");
    assert!(found.iter().any(|statement| statement.contains("gin (data jsonb_path_ops)")));
    assert!(output.findings.iter().all(|finding| finding.confidence == Confidence::Measured));
}

#[tokio::test]
async fn placeholders_are_sampled_and_prefixes_searched() {
    let fixture = shop("advise_parameters").await;
    let output = advise(
        &fixture.db,
        &[
            "SELECT * FROM orders WHERE customer_id = $1 AND created_at > $2",
            "SELECT id FROM customers WHERE name LIKE $1 AND tenant_id = $2 LIMIT $3",
            "SELECT id FROM orders WHERE total + $1 > $2 AND customer_id = $3",
        ],
        Verify::Scratch,
    )
    .await;
    let found = statements(&output);
    assert!(found.iter().any(|statement| statement.contains("(customer_id")), "{output:#?}");
    let sampled = output.findings.iter().filter(|finding| finding.why.contains("with sampled values")).count();
    assert!(sampled > 0, "{:#?}", output.findings);
    let evidence = output.findings.iter().flat_map(|finding| &finding.evidence);
    let values: Vec<String> =
        evidence.filter(|one| one.field == "with_sampled_values").map(|one| format!("{:?}", one.value)).collect();
    assert!(!values.is_empty() && values.iter().all(|sql| !sql.contains('$')), "{values:?}");
    assert!(output.advice.notes.iter().any(|note| note.starts_with("2 statements with $n were planned with values")));
    assert!(output.advice.notes.iter().any(|note| note.starts_with("1 statements with $n have only a generic plan")));
}

#[tokio::test]
async fn what_cannot_be_analysed_is_skipped_and_stops_nothing() {
    let fixture = shop("advise_skips").await;
    fixture.sql("CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open'").await;
    let output = advise(
        &fixture.db,
        &[
            "SELEC nonsense",
            "SELECT * FROM nowhere",
            "DROP TABLE orders",
            "SELECT 1",
            "",
            "SELECT * FROM open_orders WHERE total = 3",
            "SELECT no_such_column FROM orders WHERE customer_id = 4",
            "SELECT * FROM \"App\".\"Events\" e WHERE e.\"userId\" = 5",
        ],
        Verify::Scratch,
    )
    .await;
    assert_eq!(output.advice.skipped.len(), 6, "{:#?}", output.advice.skipped);
    // The view is looked through: the index is on the table behind it.
    let found = statements(&output);
    assert!(found.len() == 2 && found.iter().any(|statement| statement.contains("public.orders")), "{output:#?}");
}

#[tokio::test]
async fn healthy_statements_and_small_tables_get_nothing() {
    let fixture = shop("advise_healthy").await;
    let output = advise(
        &fixture.db,
        &[
            "SELECT * FROM orders WHERE id = 77",
            "SELECT * FROM settings WHERE id = 3",
            "SELECT count(*) FROM orders WHERE status = 'done'",
            "SELECT sum(total) FROM orders",
        ],
        Verify::Scratch,
    )
    .await;
    let useful = |statement: &&str| !statement.contains("status");
    assert_eq!(statements(&output).into_iter().filter(useful).collect::<Vec<_>>(), Vec::<&str>::new(), "{output:#?}");
}

#[tokio::test]
async fn deleting_parents_asks_for_the_referencing_columns() {
    let fixture = shop("advise_parents").await;
    let output = advise(&fixture.db, &["DELETE FROM customers WHERE id = 5"], Verify::Scratch).await;
    assert_eq!(
        statements(&output),
        ["CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders USING btree (customer_id)"]
    );
    assert!(output.advice.indexes[0].gains[0].text.starts_with("check of orders_customer_id_fkey"));
    assert_eq!(fixture.value("SELECT count(*) FROM customers").await, "10000");
}

#[tokio::test]
async fn updates_are_planned_and_stay_estimates() {
    let fixture = shop("advise_updates").await;
    let output = advise(&fixture.db, &["UPDATE orders SET total = 0 WHERE customer_id = 77"], Verify::Scratch).await;
    assert_eq!(output.advice.indexes.len(), 1, "{output:#?}");
    assert_eq!(output.findings[0].confidence, Confidence::Estimated);
}

#[tokio::test]
async fn the_top_of_the_statistics_is_taken_where_nothing_is_given() {
    let fixture = shop("advise_top").await;
    let missing = try_advise(&fixture.db, &cx(), AdviseArgs::default()).await;
    assert!(matches!(&missing, Err(ToolError::Unavailable(why)) if why.contains("pg_stat_statements")), "{missing:?}");
    fixture.sql("CREATE EXTENSION pg_stat_statements").await;
    for customer in 1..6 {
        fixture.sql(&format!("SELECT * FROM orders WHERE customer_id = {customer}")).await;
    }
    let output =
        try_advise(&fixture.db, &cx(), AdviseArgs { verify: Verify::Scratch, ..AdviseArgs::default() }).await.unwrap();
    let index = output.advice.indexes.iter().find(|index| index.statement.contains("(customer_id)")).unwrap();
    let gain = index.gains.iter().find(|gain| gain.text.contains("customer_id = $1")).unwrap();
    assert_eq!(gain.calls, Some(5));
    assert!(gain.query_id.is_some());
}

#[tokio::test]
async fn a_role_without_rights_gets_reasons_and_no_advice() {
    let fixture = shop("advise_rights").await;
    let db = fixture.role_with("").await;
    let output = advise(&db, &["SELECT * FROM orders WHERE customer_id = 7"], Verify::Scratch).await;
    assert_eq!(statements(&output), Vec::<&str>::new());
    assert!(output.advice.gaps.iter().any(|gap| gap.contains("permission denied")), "{output:#?}");
}

#[tokio::test]
async fn budgets_in_count_and_bytes_hold() {
    let fixture = shop("advise_budgets").await;
    let statements: Vec<String> =
        ["SELECT * FROM orders WHERE customer_id = 7", "SELECT * FROM \"App\".\"Events\" WHERE \"userId\" = 5"]
            .map(str::to_owned)
            .into();
    let args = |max_indexes, budget_bytes| AdviseArgs {
        statements: statements.clone(),
        verify: Verify::Scratch,
        max_indexes,
        budget_bytes,
        ..AdviseArgs::default()
    };
    let one = try_advise(&fixture.db, &cx(), args(Some(1), None)).await.unwrap();
    assert_eq!(one.advice.indexes.len(), 1);
    let none = try_advise(&fixture.db, &cx(), args(None, Some(8192))).await.unwrap();
    assert_eq!(none.advice.indexes.len(), 0);
}

#[tokio::test]
async fn a_cancelled_call_ends_and_leaves_nothing() {
    let fixture = shop("advise_cancel").await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let args =
        AdviseArgs { statements: vec!["SELECT * FROM orders WHERE total = 3".to_owned()], ..AdviseArgs::default() };
    let outcome = try_advise(&fixture.db, &CallCx::detached(cancel), args).await;
    assert!(matches!(outcome, Err(ToolError::Cancelled)), "{outcome:?}");
}

#[tokio::test]
async fn partitions_are_advised_through_their_parent_and_twins_go_one_by_one() {
    let fixture = shop("advise_partitions").await;
    for statement in [
        "CREATE TABLE visits (at date NOT NULL, page int NOT NULL, note text) PARTITION BY RANGE (at)",
        "CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-07-01')",
        "CREATE TABLE visits_b PARTITION OF visits FOR VALUES FROM ('2024-07-01') TO ('2025-01-01')",
        "INSERT INTO visits SELECT date '2024-01-01' + i % 360, i % 9000, 'n' FROM generate_series(1, 60000) i",
        "CREATE INDEX one ON orders (customer_id)",
        "CREATE INDEX two ON orders (customer_id)",
        "VACUUM (ANALYZE)",
    ] {
        fixture.sql(statement).await;
    }
    let output = advise(
        &fixture.db,
        &["SELECT at FROM visits WHERE page = 77", "SELECT id FROM orders WHERE customer_id = 9"],
        Verify::Scratch,
    )
    .await;
    let [index] = output.advice.indexes.as_slice() else { panic!("{output:#?}") };
    assert_eq!(index.verified.confidence(), Confidence::Measured);
    assert_eq!(index.statements.len(), 5, "{:?}", index.statements);
    for statement in &index.statements {
        fixture.sql(statement).await;
    }
    assert_eq!(
        fixture.value("SELECT count(*) FROM pg_index i WHERE indrelid = 'visits'::regclass AND indisvalid").await,
        "1"
    );
    fixture.sql(&index.undo).await;
    // Never both twins.
    let [twin] = output.advice.droppable.as_slice() else { panic!("{:#?}", output.advice.droppable) };
    assert_eq!((twin.name.as_str(), twin.served_by.as_str()), ("one", "two"));
    assert!(output.findings.iter().any(|finding| finding.rule == "superfluous_index"));
}

#[tokio::test]
async fn a_named_server_lends_a_clone_and_gets_it_back() {
    let fixture = shop("advise_clone").await;
    let server = dbwright_servers::testing::postgres().await.url("postgres");
    let settings = AdviseSettings { scratch: ScratchPlace::Server(server.into()), ..AdviseSettings::default() };
    let args = AdviseArgs {
        statements: vec!["SELECT * FROM orders WHERE customer_id = 77".to_owned()],
        verify: Verify::Scratch,
        ..AdviseArgs::default()
    };
    let tool = AdviseIndexes::new(Databases::new([fixture.db.clone()])).settings(settings);
    let output = tool.call(&cx(), args).await.unwrap();
    assert_eq!(output.advice.indexes.len(), 1, "{output:#?}");
    assert_eq!(output.findings[0].confidence, Confidence::Measured);
    assert!(!output.advice.notes.iter().any(|note| note.contains("could not be cloned")), "{:?}", output.advice.notes);
    let ours = format!(
        "SELECT count(*) FROM pg_database WHERE datname LIKE 'dbwright\\_scratch\\_%\\_{}'",
        std::process::id()
    );
    assert_eq!(fixture.value(&ours).await, "0");
}

//! From slow statements to proven fixes, on a real server: each fault with the kind of fix that it
//! needs, its equality and its gain; and statements that must be left alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::Tool;
use dbwright_finding::{Confidence, Finding, FixKind};
use dbwright_postgres::{Database, DatabaseConfig, Databases, TuneArgs, TuneOutcome, TuneOutput, TuneStatement};
use dbwright_rewrites::{EXAMPLE_SCHEMA, RULES};
use support::{Fixture, cx};

/// A shop with skew, correlation, NULLs and too few indexes.
const SHOP: &str = "
    CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, name text, tier int, city text, zip text);
    CREATE TABLE orders (
        id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, referrer_id int, status text NOT NULL,
        code varchar(20) NOT NULL, quantity int, total numeric NOT NULL, placed_at timestamp NOT NULL, shipped_at timestamptz, note text);
    CREATE TABLE items (order_id bigint NOT NULL, line int NOT NULL, sku int NOT NULL, price numeric NOT NULL, PRIMARY KEY (order_id, line));
    CREATE TABLE readings (sensor int NOT NULL, taken_at timestamp NOT NULL, value int NOT NULL, UNIQUE (sensor, taken_at));
    INSERT INTO customers SELECT i, 'User' || i || '@example.com', 'n' || i % 500, i % 7, 'city' || i % 200, 'zip' || i % 200
        FROM generate_series(1, 5000) i;
    INSERT INTO orders SELECT i, 1 + (i * 7) % 5000, CASE WHEN i % 3 = 0 THEN 1 + i % 4000 END,
        CASE WHEN i % 500 = 0 THEN 'failed' WHEN i % 20 = 0 THEN 'open' ELSE 'done' END, 'c' || i, i % 100, (i * 37) % 1000,
        timestamp '2024-01-01' + i * interval '10 minutes', timestamptz '2024-01-02' + i * interval '10 minutes', 'note ' || i
        FROM generate_series(1, 40000) i;
    INSERT INTO items SELECT o, l, (o * 31 + l) % 2000, (o % 90) + l FROM generate_series(1, 40000) o, generate_series(1, 2) l;
    INSERT INTO readings SELECT s, timestamp '2024-01-01' + m * interval '1 minute', (s * m) % 100
        FROM generate_series(1, 40) s, generate_series(1, 1000) m;
    CREATE INDEX orders_placed_at_idx ON orders (placed_at);
    CREATE INDEX orders_customer_id_idx ON orders (customer_id);
    CREATE INDEX orders_status_idx ON orders (status);
    CREATE INDEX orders_shipped_at_idx ON orders (shipped_at);
    CREATE INDEX orders_quantity_idx ON orders (quantity) WHERE quantity > 90;";

async fn shop(hint: &str) -> Fixture {
    let fixture = Fixture::new(hint).await;
    for statement in SHOP.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        fixture.sql(statement).await;
    }
    fixture.sql("VACUUM (ANALYZE)").await;
    fixture
}

async fn tune(db: &Database, sql: &str) -> TuneOutput {
    let tool = TuneStatement::new(Databases::new([db.clone()]));
    tool.call(&cx(), TuneArgs { sql: sql.to_owned(), seconds: Some(60), ..TuneArgs::default() }).await.unwrap()
}

/// The same without a copy: what can be tried on the database itself.
async fn tune_in_place(db: &Database, sql: &str) -> TuneOutput {
    let tool = TuneStatement::new(Databases::new([db.clone()])).copies(false);
    tool.call(&cx(), TuneArgs { sql: sql.to_owned(), seconds: Some(60), ..TuneArgs::default() }).await.unwrap()
}

/// The advised rewrite: measured, fewer pages or less time, and a note on how it was proven.
fn rewrite<'a>(output: &'a TuneOutput, rule: &str) -> &'a Finding {
    let found = output.findings.iter().find(|finding| finding.rule == rule);
    let Some(finding) = found else { panic!("no {rule} in {output:#?}") };
    let fix = finding.fix.as_ref().unwrap();
    assert_eq!(fix.kind, FixKind::RewriteQuery, "{output:#?}");
    assert_eq!(finding.confidence, Confidence::Measured);
    assert!(
        finding.measured.unwrap().ratio.unwrap() > 1.0
            || finding.measured.unwrap().after.ms < finding.measured.unwrap().before.ms
    );
    finding
}

fn sql(finding: &Finding) -> &str {
    &finding.fix.as_ref().unwrap().statements[0]
}

/// Statements whose remedy is another form: the rule, the statement, a piece of the form advised.
const REWRITES: &[(&str, &str, &str)] = &[
    ("non_sargable", "SELECT id FROM orders WHERE placed_at::date = '2024-03-05'", "placed_at >= '2024-03-05'::date"),
    ("non_sargable", "SELECT id FROM orders WHERE date_trunc('day', placed_at) = '2024-03-05'", "placed_at >= "),
    (
        "non_sargable",
        "SELECT sum(total) FROM orders WHERE extract(year FROM placed_at) = 2024 AND extract(month FROM placed_at) = 2",
        "'2024-02-01'",
    ),
    (
        "non_sargable",
        "SELECT id FROM orders WHERE extract(epoch FROM shipped_at) < 1704400000",
        "to_timestamp(1704400000)",
    ),
    (
        "non_sargable",
        "SELECT id FROM orders WHERE placed_at + interval '1 month' < '2024-02-03'::timestamp",
        "placed_at < ",
    ),
    ("non_sargable", "SELECT total FROM orders WHERE id + 1 = 20000", "id = 19999"),
    ("non_sargable", "SELECT id FROM orders WHERE coalesce(status, 'none') = 'failed'", "status = 'failed'"),
    ("implicit_cast", "SELECT total FROM orders WHERE id::text = '4242'", "id = '4242'::bigint"),
    ("implicit_cast", "SELECT total FROM orders WHERE id = 4242.0", "id = 4242::bigint"),
    (
        "cte_fence",
        "WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT total FROM o WHERE id = 777",
        "NOT MATERIALIZED",
    ),
    (
        "count_instead_of_exists",
        "SELECT c.id FROM customers c WHERE c.id < 400 AND (SELECT count(*) FROM orders o WHERE o.referrer_id = c.id) > 0",
        "EXISTS",
    ),
    (
        "latest_per_group",
        "SELECT r.sensor, r.value FROM readings r WHERE r.taken_at = (SELECT max(i.taken_at) FROM readings i WHERE i.sensor = r.sensor)",
        "DISTINCT ON",
    ),
    (
        "redundant_join",
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.placed_at < '2024-03-01'",
        "FROM orders o WHERE",
    ),
    (
        "or_predicate",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'failed' OR c.email = 'User77@example.com'",
        "UNION ALL",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn other_forms_are_proven_equal_and_cheaper() {
    let fixture = shop("tune_rewrites").await;
    let mut wrong = Vec::new();
    for (rule, statement, piece) in REWRITES {
        let output = tune_in_place(&fixture.db, statement).await;
        let fits = output.findings.iter().any(|finding| {
            finding.rule == *rule
                && finding.confidence == Confidence::Measured
                && sql(finding).contains(piece)
                && finding.fix.as_ref().unwrap().notes.as_ref().unwrap().contains("same rows")
        });
        if !fits {
            wrong.push(format!("{rule}: {statement}\n{output:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), REWRITES.len(), wrong.join("\n\n"));
}

/// Quadratic work never ends: there is nothing on the database to compare with, so a part of the
/// rows and hostile data on the copy must do.
#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_compared_on_a_part_and_on_hostile_rows() {
    let fixture = shop("tune_quadratic").await;
    for (statement, piece) in [
        (
            "SELECT i.order_id FROM items i WHERE i.price > (SELECT 1.5 * avg(j.price) FROM items j WHERE j.sku = i.sku)",
            "agg_value",
        ),
        ("SELECT c.id, (SELECT count(*) FROM items i WHERE i.sku = c.id) FROM customers c", "LEFT JOIN"),
    ] {
        let tool = TuneStatement::new(Databases::new([fixture.db.clone()]));
        let args = TuneArgs { sql: statement.to_owned(), seconds: Some(20), ..TuneArgs::default() };
        let output = tool.call(&cx(), args).await.unwrap();
        let finding = rewrite(&output, "correlated_subplan");
        assert!(sql(finding).contains(piece), "{output:#?}");
        assert!(finding.fix.as_ref().unwrap().notes.as_ref().unwrap().contains("small data"), "{output:#?}");
    }
}

/// A list that fits into work_mem is hashed and fast; one that does not is read for every row.
#[tokio::test(flavor = "multi_thread")]
async fn not_in_over_a_list_that_cannot_be_hashed_becomes_an_anti_join() {
    let fixture = shop("tune_not_in").await;
    fixture.sql(&format!("ALTER DATABASE {} SET work_mem = '64kB'", fixture.database.name())).await;
    let statement =
        "SELECT c.id FROM customers c WHERE c.id NOT IN (SELECT o.customer_id FROM orders o WHERE o.quantity < 80)";
    let output = tune_in_place(&fixture.db, statement).await;
    let finding = output.findings.first().unwrap_or_else(|| panic!("{output:#?}"));
    assert!(finding.rule == "not_in_subplan" && sql(finding).contains("NOT EXISTS"), "{output:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_every_rule_returns_the_same_rows_on_hostile_data() {
    let fixture = Fixture::new("tune_examples").await;
    for statement in EXAMPLE_SCHEMA.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        fixture.sql(statement).await;
    }
    fixture
        .sql(
            "INSERT INTO customers SELECT i, 'e' || i, CASE WHEN i % 3 > 0 THEN 'n' || i % 2 END, NULLIF(i % 5, 0), NULL FROM generate_series(1, 30) i",
        )
        .await;
    let fill = "INSERT INTO orders SELECT i + (SELECT count(*) FROM orders), 1 + i % 29, CASE WHEN i % 4 > 0 THEN 1 + i % 9 END,
        CASE WHEN i % 6 = 0 THEN '6f1c9a52-6c2e-4a53-8f0e-0d9a8f6f2b11'::uuid END, (ARRAY['open','done','a','b','c','a_x'])[1 + i % 6],
        (ARRAY['', 'abc', 'abcd', 'x', NULL])[1 + i % 5], NULLIF(i % 50, 7), NULLIF(i % 12, 3) + 0.5,
        (ARRAY['2024-03-05', '2024-03-05 23:59:59.999999', '2024-03-06', '2024-03-04 23:59:59', '2024-01-01', '2025-01-01', '2024-12-31', '2024-05-01', '2024-03-01', '2024-06-30 12:00'])[1 + i % 10]::timestamp,
        (ARRAY['2024-03-05', '2024-03-06', now()::text, '2024-03-04 23:59:59.9', NULL, '2024-03-05 00:53:20'])[1 + i % 6]::timestamptz,
        (ARRAY['2024-01-01', '2023-12-31', NULL, '2025-01-01', 'infinity', current_date::text])[1 + i % 6]::date
        FROM generate_series(1, 360) i";
    fixture.sql(fill).await;
    fixture
        .sql(
            "INSERT INTO payments SELECT i, NULLIF(i % 40, 0), i % 5, NULL FROM generate_series(1, 50) i;
             INSERT INTO readings SELECT i % 6, timestamp '2024-01-01' + i * interval '1 hour', i % 9 FROM generate_series(1, 80) i;
             INSERT INTO tags SELECT i % 20, 't' || i % 3 FROM generate_series(1, 60) i",
        )
        .await;
    for rule in RULES {
        for example in rule.examples {
            let Some(after) = example.after else { continue };
            let fill = |sql: &str| sql.replace("$1::numeric", "42::numeric").replace("$1", "'open'");
            let (before, after) = (fill(example.before), fill(after));
            let unlimited = |sql: &str| sql.split(" LIMIT ").next().unwrap().to_owned();
            let digest = |sql: &str| {
                format!(
                    "SELECT count(*)::text || ':' || coalesce(sum(hashtextextended(r::text, 3)::numeric), 0)::text FROM ({}) AS r",
                    unlimited(sql)
                )
            };
            let (one, other) = (fixture.value(&digest(&before)).await, fixture.value(&digest(&after)).await);
            assert_eq!(one, other, "{}:\n{before}\n{after}", rule.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_only_an_index_makes_fast_comes_with_the_index() {
    let fixture = shop("tune_both").await;
    fixture.sql("DROP INDEX orders_placed_at_idx").await;
    let output = tune(&fixture.db, "SELECT id, total FROM orders WHERE placed_at::date = '2024-03-05'").await;
    let rules: Vec<&str> = output.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let index = output.findings.iter().find(|finding| finding.rule == "missing_index");
    let Some(index) = index else { panic!("{output:#?}") };
    assert!(index.fix.as_ref().unwrap().statements[0].contains("CREATE INDEX CONCURRENTLY"), "{rules:?}");
    assert!(index.measured.unwrap().ratio.unwrap() > 10.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_advised_where_the_statement_itself_is_fine() {
    let fixture = shop("tune_index").await;
    let output = tune(&fixture.db, "SELECT * FROM orders WHERE code = 'c777'").await;
    let [finding] = output.findings.as_slice() else { panic!("{output:#?}") };
    assert_eq!((finding.rule.as_str(), finding.confidence), ("missing_index", Confidence::Measured));
    assert!(sql(finding).contains("(code)"), "{}", sql(finding));
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_statistics_are_analyzed_not_indexed_away() {
    let fixture = shop("tune_stale").await;
    fixture
        .sql(
            "ALTER TABLE orders SET (autovacuum_enabled = false);
             UPDATE orders SET status = 'failed' WHERE id % 10 < 9;
             CREATE INDEX items_sku_idx ON items (sku)",
        )
        .await;
    fixture.until("SELECT pg_stat_get_mod_since_analyze('orders'::regclass) > 30000").await;
    let output = tune(
        &fixture.db,
        "SELECT count(*) FROM orders o JOIN items i ON i.order_id = o.id JOIN customers c ON c.id = o.customer_id WHERE o.status = 'failed'",
    )
    .await;
    assert!(
        output.findings.iter().any(|finding| finding.rule == "stale_stats" && sql(finding).starts_with("ANALYZE"))
            || output.tried.iter().any(|tried| tried.kind == "analyze"),
        "{output:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn correlated_columns_get_the_statistics_that_help() {
    let fixture = shop("tune_statistics").await;
    // Ten thousand customers of one city: the planner believes fifty of them and loops.
    fixture
        .sql(
            "INSERT INTO customers SELECT i, 'x' || i, 'n', 1, 'big', 'bigzip' FROM generate_series(10001, 14000) i;
             INSERT INTO customers SELECT i, 'y' || i, 'n', 1, 'c' || i % 300, 'z' || i % 300 FROM generate_series(20001, 60000) i;
             INSERT INTO orders SELECT i, 10001 + i % 4000, NULL, 'done', 'd' || i, 1, 1, '2023-01-01', NULL, NULL FROM generate_series(100001, 140000) i;
             ANALYZE",
        )
        .await;
    let output = tune(
        &fixture.db,
        "SELECT count(*) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = 'big' AND c.zip = 'bigzip'",
    )
    .await;
    assert!(
        output.tried.iter().any(|tried| tried.kind == "statistics" && tried.what.contains("(dependencies)"))
            || output.findings.iter().any(|finding| finding.rule == "correlated_columns"),
        "{output:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spill_is_cured_by_memory_only_where_that_is_faster() {
    let fixture = shop("tune_spill").await;
    let url = fixture.database.url();
    fixture.sql(&format!("ALTER DATABASE {} SET work_mem = '64kB'", fixture.database.name())).await;
    let db = Database::new(DatabaseConfig::new("app", url)).unwrap();
    let output = tune_in_place(&db, "SELECT id, note, code FROM orders ORDER BY note, code").await;
    assert!(
        output.findings.iter().any(|finding| finding.rule == "sort_spill" && sql(finding).starts_with("SET work_mem"))
            || output.tried.iter().any(|tried| tried.what.starts_with("work_mem")),
        "{output:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deep_page_is_asked_for_by_its_last_row() {
    let fixture = shop("tune_offset").await;
    let output = tune_in_place(&fixture.db, "SELECT id, total FROM orders ORDER BY id LIMIT 10 OFFSET 30000").await;
    let finding = rewrite(&output, "large_offset");
    assert!(sql(finding).contains("id > $1"), "{}", sql(finding));
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholders_are_measured_with_common_and_rare_values() {
    let fixture = shop("tune_parameters").await;
    let output = tune_in_place(&fixture.db, "SELECT id FROM orders WHERE placed_at::date = $1 AND status = $2").await;
    assert!(
        output.gaps.iter().any(|gap| gap.contains("pass parameters")) || output.measured_with.is_some(),
        "{output:#?}"
    );
    let output = tune_in_place(
        &fixture.db,
        "SELECT total FROM orders WHERE coalesce(status, 'none') = 'failed' AND customer_id = $1",
    )
    .await;
    assert!(output.measured_with.is_some(), "{output:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fast_is_left_alone() {
    let fixture = shop("tune_fast").await;
    for statement in [
        "SELECT total FROM orders WHERE id = 77",
        "SELECT id FROM orders WHERE placed_at >= '2024-03-05' AND placed_at < '2024-03-06' LIMIT 5",
        "SELECT * FROM customers WHERE id IN (1, 2, 3)",
    ] {
        let output = tune(&fixture.db, statement).await;
        assert!(output.findings.is_empty(), "{output:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_other_rows_is_refused_with_the_reason() {
    let fixture = shop("tune_refused").await;
    let output = tune_in_place(
        &fixture.db,
        "SELECT c.id FROM customers c WHERE c.id NOT IN (SELECT o.referrer_id FROM orders o WHERE o.quantity < 90)",
    )
    .await;
    let refused = output.tried.iter().find(|tried| tried.outcome == TuneOutcome::NotEqual).unwrap();
    assert!(refused.result.contains("NULL"), "{}", refused.result);
    for finding in &output.findings {
        assert!(!sql(finding).contains("NOT EXISTS") || sql(finding).contains("IS NULL"), "{}", sql(finding));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_reading_statements_are_tuned() {
    let fixture = Fixture::new("tune_writes").await;
    let tool = TuneStatement::new(Databases::new([fixture.db.clone()]));
    for statement in
        ["UPDATE t SET a = 1", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "SELECT 1 FROM t FOR UPDATE"]
    {
        let args = TuneArgs { sql: statement.to_owned(), ..TuneArgs::default() };
        assert!(tool.call(&cx(), args).await.is_err(), "{statement}");
    }
}

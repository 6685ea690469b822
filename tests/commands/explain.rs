//! `explain` and `advise`.

use std::fs;

use dbwright_servers::testing;
use serde_json::Value;

use super::shop::shop;
use crate::support::program::Home;

const OPEN: &str = "SELECT * FROM orders WHERE status = 'open'";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_drawn_and_judged() {
    let (database, home) = (shop("explain").await, Home::new());
    let url = database.url();
    let drawn = home.run(&["explain", OPEN, "--analyze", "--db", &url]).await;
    assert_eq!(drawn.code, 0, "{}", drawn.stderr);
    for part in
        ["executed on ", "Seq Scan on public.orders", "Filter: (orders.status = 'open'::text)", "seq_scan_selective"]
    {
        assert!(drawn.stdout.contains(part), "{part}: {}", drawn.stdout);
    }
    assert!(!drawn.stdout.contains('\u{1b}'), "no colour in a pipe");
    let coloured = home.run(&["explain", OPEN, "--analyze", "--db", &url, "--color", "always"]).await;
    assert!(coloured.stdout.contains("\u{1b}[3"), "{}", coloured.stdout);
    let json = home.run(&["explain", OPEN, "--analyze", "--db", &url, "--format", "json"]).await;
    let findings: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(findings[0]["rule"], "seq_scan_selective", "{findings:#}");
    fs::write(home.project().join("q.sql"), format!("-- the open ones\n{OPEN};\n")).unwrap();
    let from_file = home.run(&["explain", "q.sql", "--db", &url]).await;
    assert!(from_file.stdout.contains("not executed on "), "{}", from_file.stdout);
    let generic = home.run(&["explain", "SELECT * FROM orders WHERE id = $1", "--db", &url]).await;
    assert!(generic.stdout.contains("a generic plan") && generic.stdout.contains("orders_pkey"), "{}", generic.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_plan_needs_no_server() {
    let home = Home::new();
    let plan = " Seq Scan on orders  (cost=0.00..4534.00 rows=1 width=90) (actual time=20.1..35.2 rows=3 loops=1)\n   \
                Filter: (status = 'x'::text)\n   Rows Removed by Filter: 150000\n Execution Time: 35.3 ms\n";
    fs::write(home.project().join("plan.txt"), plan).unwrap();
    for arguments in [["explain", "--plan", "plan.txt"].as_slice(), &["explain", "plan.txt"]] {
        let read = home.run(arguments).await;
        assert_eq!(read.code, 0, "{}", read.stderr);
        assert!(read.stdout.contains("Rows Removed") || read.stdout.contains("reads 150,003 rows"), "{}", read.stdout);
    }
    fs::write(home.project().join("none.txt"), "nothing of the kind").unwrap();
    let none = home.run(&["explain", "--plan", "none.txt"]).await;
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("none.txt: no line looks like a plan node"), "{}", none.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_its_place_and_code() {
    let (database, home) = (testing::postgres().await.database("faults").await, Home::new());
    let url = database.url();
    fs::write(home.project().join("bad.sql"), "SELECT 1\nFRM t;\n").unwrap();
    for (code, words, arguments) in [
        (1, "relation \"nope\" does not exist", ["SELECT * FROM nope", "--db", &url].as_slice()),
        (2, "bad.sql:2:5: syntax error at or near \"t\"", &["bad.sql", "--db", &url]),
        (2, "cannot read nope.sql", &["nope.sql", "--db", &url]),
        (2, "nothing to explain", &["--db", &url]),
        (2, "holds 2 statements", &["SELECT 1; SELECT 2", "--db", &url]),
        (2, "no PostgreSQL database is configured", &["SELECT 1"]),
        (2, "neither a configured name nor a URL", &["SELECT 1", "--db", "shop"]),
        (2, "the connection URL is wrong", &["SELECT 1", "--db", "postgres://localhost:port/x"]),
        (3, "only SELECT", &["DROP TABLE t", "--db", &url]),
        (6, "connection refused", &["SELECT 1", "--db", "postgres://me:s3cret@127.0.0.1:1/x"]),
    ] {
        let ended = home.run(&[&["explain"], arguments].concat()).await;
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.stdout);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_is_measured_and_its_statement_runs() {
    let (database, home) = (shop("advise").await, Home::new());
    let url = database.url();
    fs::create_dir(home.project().join("queries")).unwrap();
    fs::write(home.project().join("queries/1.sql"), format!("{OPEN};\nSELEC 1;\n")).unwrap();
    let advice = ["advise", "--queries", "queries", "--db", &url];
    let sql = home.run(&[advice.as_slice(), &["--format", "sql"]].concat()).await;
    assert_eq!(sql.code, 0, "{}", sql.stderr);
    assert!(sql.stderr.contains("left out: queries/1.sql:2:1: syntax error"), "{}", sql.stderr);
    let lines: Vec<&str> = sql.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{}", sql.stdout);
    assert!(lines[0].starts_with("CREATE INDEX CONCURRENTLY ") && lines[0].ends_with(';'), "{}", sql.stdout);
    let json = home.run(&[advice.as_slice(), &["--format", "json"]].concat()).await;
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["findings"][0]["confidence"], "measured", "{value:#}");
    fs::write(home.project().join("queries/1.sql"), "SELEC 1;\n").unwrap();
    let broken = home.run(&advice).await;
    assert_eq!(broken.code, 2);
    assert!(broken.stderr.contains("queries/1.sql:1:1: syntax error"), "{}", broken.stderr);
    let budget = home.run(&["advise", "--budget", "much", "--db", &url]).await;
    assert_eq!((budget.code, budget.stderr.contains("`much` is no size")), (2, true), "{}", budget.stderr);
}

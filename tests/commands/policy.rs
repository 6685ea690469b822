//! `policy check` in a pipe: every line is answered, in order, whatever stands in it.

use std::{fs, process::Stdio};

use dbwright_servers::testing;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::support::program::Home;

/// The answers to lines of input.
async fn answers(home: &Home, arguments: &[&str], input: &str) -> Vec<Value> {
    let mut child =
        home.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let ended = child.wait_with_output().await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn decisions(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["decision"].as_str().unwrap()).collect()
}

const LINES: &str = r#"{"id":"a","kind":"sql","input":"EXPLAIN (ANALYZE) SELECT 1"}
{"id":"b","kind":"sql","input":"SELECT pg_read_file('/etc/passwd')"}
{"id":"c","kind":"redis","input":"GET user:1"}
{"id":"d","kind":"bash","input":"terraform apply"}
{"id":"e","kind":"path","input":"read:../../etc/passwd"}
{"id":"f","kind":"http","input":"http://127.0.0.1/"}
not JSON

{"id":7,"kind":"sql","input":"DROP TABLE t"}
"#;

#[tokio::test]
async fn every_line_has_its_answer() {
    let home = Home::new();
    let found = answers(&home, &["policy", "check"], LINES).await;
    assert_eq!(decisions(&found), ["allow", "block", "allow", "block", "block", "block", "block", "block"]);
    assert_eq!((&found[0]["id"], &found[7]["id"]), (&Value::from("a"), &Value::from(7)));
    assert_eq!((&found[6]["id"], &found[6]["rule"]), (&Value::Null, &Value::from("policy.input")));
    assert_eq!(found[3]["rule"], "data.infrastructure");
    let change = answers(&home, &["policy", "check", "--mode", "change"], LINES).await;
    assert_eq!((&change[7]["decision"], &change[7]["effect"]), (&Value::from("ask"), &Value::from("destroy")));
}

#[tokio::test]
async fn a_projects_rules_count_and_a_faulty_one_stops_with_its_line() {
    let home = Home::new();
    let folder = home.project().join(".dbwright");
    fs::create_dir_all(&folder).unwrap();
    let rule = "rules:\n  - {id: p.hr, kind: sql, when: {relations: ['hr.*']}, decision: block, reason: private, allow: [TABLE t], block: [TABLE hr.pay]}\n";
    fs::write(folder.join("policy.yaml"), rule).unwrap();
    let found =
        answers(&home, &["policy", "check"], "{\"id\":1,\"kind\":\"sql\",\"input\":\"SELECT * FROM hr.pay\"}\n").await;
    assert_eq!((&found[0]["decision"], &found[0]["rule"]), (&Value::from("block"), &Value::from("p.hr")));
    fs::write(folder.join("policy.yaml"), rule.replace("[TABLE hr.pay]", "[TABLE other]")).unwrap();
    let ended = home.run(&["policy", "rules"]).await;
    let error = ended.stderr;
    assert_eq!(ended.code, 2, "{error}");
    assert!(
        error.contains("policy.yaml:2: rule p.hr: the example \"TABLE other\" under block does not meet"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_its_functions_and_views_are_looked_into() {
    let database = testing::postgres().await.database("policy_check").await;
    let script = "CREATE TABLE t (a int); CREATE FUNCTION plus(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'; \
        CREATE FUNCTION bump() RETURNS int LANGUAGE sql AS 'UPDATE t SET a = a + 1 RETURNING a'; CREATE VIEW v AS SELECT bump()";
    super::shop::run(&database, script).await;
    let home = Home::new();
    let line = |sql: &str| format!("{{\"id\":1,\"kind\":\"sql\",\"input\":\"{sql}\"}}\n");
    let input: String = ["SELECT plus(1)", "SELECT bump()", "SELECT * FROM v", "SELECT * FROM t"].map(line).concat();
    let found = answers(&home, &["policy", "check", "--db", &database.url()], &input).await;
    assert_eq!(decisions(&found), ["allow", "block", "block", "allow"], "{found:#?}");
    assert!(found[2]["reason"].as_str().unwrap().contains("view public.v"), "{found:#?}");
}

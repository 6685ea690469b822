//! The tool `psql` as a session calls it: erased, with raw arguments.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::{Effect, TokenBudget, ToolError, Toolbox};
use dbwright_postgres::{Databases, Describe, Psql, Workload};
use serde_json::{Value, json};
use support::{Fixture, cx};

fn toolbox(fixture: &Fixture) -> Toolbox {
    let databases = Databases::new([fixture.db.clone()]);
    Toolbox::new()
        .with(Psql::new(databases.clone()))
        .with(Describe::new(databases.clone()))
        .with(Workload::new(databases))
}

async fn call(fixture: &Fixture, args: Value) -> Result<dbwright_contract::Outcome, ToolError> {
    toolbox(fixture).get("psql").unwrap().call(&cx(), args, TokenBudget::default()).await
}

#[tokio::test]
async fn both_faces_of_a_result() {
    let fixture = Fixture::new("faces").await;
    let outcome =
        call(&fixture, json!({"sql": "SELECT 1 AS a, NULL AS b", "max_rows": null, "database": null})).await.unwrap();
    assert_eq!(outcome.json["columns"][0], json!({"name": "a", "type": "integer"}));
    assert_eq!(outcome.json["rows"], json!([["1", null]]));
    assert_eq!(outcome.json["database"], "app");
    assert!(outcome.text.starts_with("a | b\n1 | ∅\n(1 row, "), "{}", outcome.text);
    let plan = call(&fixture, json!({"sql": "EXPLAIN SELECT 1"})).await.unwrap();
    assert!(plan.text.starts_with("Result  (cost="), "{}", plan.text);
    let empty = call(&fixture, json!({"sql": "SELECT"})).await.unwrap();
    assert!(empty.text.starts_with("(1 row, "), "{}", empty.text);
}

#[tokio::test]
async fn rows_are_bounded_whatever_is_asked_for() {
    let fixture = Fixture::new("bounds").await;
    for (max_rows, expected) in [(json!(null), 50), (json!(7), 7), (json!(0), 1), (json!(100_000), 1000)] {
        let args = json!({"sql": "SELECT generate_series(1, 5000)", "max_rows": max_rows});
        let outcome = call(&fixture, args).await.unwrap();
        assert_eq!(outcome.json["rows"].as_array().unwrap().len(), expected);
        assert!(outcome.text.ends_with("there are more)"), "{}", outcome.text);
        assert!(outcome.text.len() <= TokenBudget::default().bytes());
    }
}

#[tokio::test]
async fn the_policy_refuses_before_the_server_does() {
    let fixture = Fixture::new("policy").await;
    for (sql, rule) in [
        ("DROP TABLE t", "statement_kind"),
        ("SELECT 1; SELECT 2", "one_statement"),
        ("SELECT pg_terminate_backend(1)", "foreign_session"),
        ("SELECT * FROM pg_shadow", "secret_relation"),
        ("\\dt", "meta_command"),
    ] {
        let error = call(&fixture, json!({"sql": sql})).await.unwrap_err();
        assert!(matches!(&error, ToolError::Refused(text) if text.starts_with(rule)), "{sql}: {error}");
        let toolbox = toolbox(&fixture);
        let assessment = toolbox.get("psql").unwrap().assess(&json!({"sql": sql})).unwrap();
        assert_eq!(assessment.effect, Effect::Observe);
        assert!(assessment.refusal.is_some(), "{sql}");
    }
}

#[tokio::test]
async fn arguments_that_do_not_fit_say_so() {
    let fixture = Fixture::new("arguments").await;
    for args in [
        json!({}),
        json!({"sql": 1}),
        json!({"sql": "SELECT 1", "rows": 5}),
        json!({"sql": "SELECT 1", "max_rows": -1}),
    ] {
        let error = call(&fixture, args.clone()).await.unwrap_err();
        assert!(matches!(error, ToolError::Arguments(_)), "{args}: {error}");
    }
    let error = call(&fixture, json!({"sql": "SELECT 1", "database": "ap"})).await.unwrap_err();
    assert!(matches!(error, ToolError::NotFound(_)), "{error}");
}

#[tokio::test]
async fn schemas_are_strict_without_references() {
    let fixture = Fixture::new("schemas").await;
    for spec in toolbox(&fixture).specs() {
        let strict = spec.strict_parameters().to_string();
        assert!(
            !strict.contains("$ref") && strict.contains("\"additionalProperties\":false"),
            "{}: {strict}",
            spec.name
        );
        assert!(spec.description.len() < 400, "{}", spec.name);
    }
}

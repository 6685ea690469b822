use serde_json::json;

use super::*;

fn change(args: serde_json::Value) -> Result<Vec<String>, ActionError> {
    let args: ApplyChangeArgs = serde_json::from_value(json!({ "change": args })).unwrap();
    Ok(args.plan("app")?.steps.into_iter().map(|step| step.sql).collect())
}

#[test]
fn each_kind_renders_its_statements() {
    for (args, statements) in [
        (json!({"kind": "drop_index", "index": "shop.i"}), vec!["DROP INDEX CONCURRENTLY shop.i"]),
        (
            json!({"kind": "create_statistics", "statement": "CREATE STATISTICS s ON a, b FROM shop.t"}),
            vec!["CREATE STATISTICS s ON a, b FROM shop.t", "ANALYZE shop.t"],
        ),
        (
            json!({"kind": "table_options", "table": "t", "options": [
                {"name": "fillfactor", "value": "90"}, {"name": "autovacuum_enabled", "value": null}]}),
            vec!["ALTER TABLE t SET (fillfactor='90')", "ALTER TABLE t RESET (autovacuum_enabled)"],
        ),
        (
            json!({"kind": "statistics_target", "table": "t", "column": "A b", "target": 500}),
            vec!["ALTER TABLE t ALTER COLUMN \"A b\" SET STATISTICS 500", "ANALYZE t (\"A b\")"],
        ),
        (
            json!({"kind": "setting", "role": "app", "in_database": "shop", "name": "work_mem", "value": "8MB"}),
            vec!["ALTER ROLE app IN DATABASE shop SET work_mem = '8MB'"],
        ),
    ] {
        assert_eq!(change(args.clone()).unwrap(), statements, "{args}");
    }
}

#[test]
fn no_argument_smuggles_a_second_statement() {
    for args in [
        json!({"kind": "drop_index", "index": "i; DROP TABLE t"}),
        json!({"kind": "drop_index", "index": "i CASCADE"}),
        json!({"kind": "drop_index", "index": "i, j"}),
        json!({"kind": "create_index", "statement": "DROP INDEX CONCURRENTLY i"}),
        json!({"kind": "table_options", "table": "t", "options": [{"name": "fillfactor = 90), ADD COLUMN x int --", "value": "1"}]}),
        json!({"kind": "validate_constraint", "table": "t ADD COLUMN x int,", "constraint": "c"}),
        json!({"kind": "setting", "role": "app", "name": "search_path", "value": "x"}),
        json!({"kind": "setting", "name": "work_mem", "value": "8MB"}),
        json!({"kind": "end_session", "pid": 1, "backend_start": "x' OR 'a' = 'a"}),
        json!({"kind": "fix", "statements": []}),
    ] {
        assert!(change(args.clone()).is_err(), "{args}");
    }
}

#[test]
fn maintenance_is_of_one_relation() {
    let plan = |args: serde_json::Value| serde_json::from_value::<MaintainArgs>(args).unwrap().plan("app");
    let vacuum =
        plan(json!({"operation": "vacuum", "relation": "shop.t", "analyze": true, "index_cleanup": false})).unwrap();
    assert_eq!(vacuum.steps[0].sql, "VACUUM (ANALYZE, INDEX_CLEANUP FALSE) shop.t");
    let reindex = plan(json!({"operation": "reindex_index", "relation": "i"})).unwrap();
    assert_eq!(reindex.steps[0].sql, "REINDEX INDEX CONCURRENTLY i");
    for relation in ["t, u", "t; DROP TABLE t", ""] {
        assert!(plan(json!({"operation": "vacuum", "relation": relation})).is_err(), "{relation}");
    }
}

use super::*;
use crate::sql::{Found, Function, Operator, Relation, Type};

fn offline(sql: &str, mode: Mode) -> Ruling {
    judge(sql, mode, &Facts::embedded(18))
}

/// A function of the application's in schema `app`.
fn function(oid: u32, name: &str, language: &str, definition: &str) -> Function {
    Function {
        oid,
        schema: "app".to_owned(),
        name: name.to_owned(),
        volatility: 'v',
        security_definer: false,
        language: language.to_owned(),
        min_args: 0,
        max_args: None,
        system: false,
        extension: None,
        definition: Some(definition.to_owned()),
        settings: Vec::new(),
        parts: Vec::new(),
        types: Vec::new(),
    }
}

fn relation(oid: u32, name: &str, kind: char) -> Relation {
    Relation {
        oid,
        schema: "app".to_owned(),
        name: name.to_owned(),
        kind,
        system: false,
        definition: None,
        expressions: Vec::new(),
        folded: Vec::new(),
        wrapper: None,
        options: Vec::new(),
        children: Vec::new(),
        types: Vec::new(),
    }
}

/// A catalog in memory: everything it holds answers by name and number.
fn live(sql: &str, found: &Found) -> Ruling {
    let mut facts = Facts::live(vec!["pg_catalog".to_owned(), "app".to_owned()]);
    for _ in 0..10 {
        let missing = wanted(sql, Mode::Readonly, &facts);
        if missing.is_empty() {
            return judge(sql, Mode::Readonly, &facts);
        }
        facts.learn(&missing, found.clone());
    }
    panic!("the questions do not end for {sql}");
}

fn refused(sql: &str, found: &Found, rule: &str, words: &str) {
    let ruling = live(sql, found);
    assert_eq!((ruling.decision, ruling.rule.as_str()), (Decision::Block, rule), "{sql}: {ruling:?}");
    assert!(ruling.reason.contains(words), "{sql}: {ruling:?}");
}

const BUMP: &str =
    "CREATE FUNCTION app.bump() RETURNS int LANGUAGE sql AS $$ UPDATE app.t SET a = a + 1 RETURNING a $$";
const SAFE: &str = "CREATE FUNCTION app.safe(x int) RETURNS int LANGUAGE sql AS $$ SELECT x + 1 $$";

#[test]
fn names_that_nobody_knows_are_refused_offline() {
    for (sql, rule) in [
        ("SELECT app.bump()", "sql.unknown_function"),
        ("SELECT a === b FROM t", "sql.unknown_operator"),
        ("SELECT (7::float8).pg_sleep", "sql.long_sleep"),
        ("SELECT ('primary_conninfo'::text).current_setting", "sql.secret_setting"),
        ("SELECT (16384::oid).lo_unlink", "sql.server_files"),
        ("SELECT f.pg_terminate_backend FROM generate_series(1, 2) f", "sql.foreign_session"),
        ("SELECT heap_force_kill('t'::regclass, ARRAY['(0,1)']::tid[])", "sql.server_state"),
    ] {
        let ruling = offline(sql, Mode::Readonly);
        assert_eq!((ruling.decision, ruling.rule.as_str()), (Decision::Block, rule), "{sql}: {ruling:?}");
    }
}

#[test]
fn modes_ask_for_what_they_may() {
    for (sql, maintain, change, effect) in [
        ("ANALYZE t", Decision::Ask, Decision::Ask, Effect::Maintain),
        ("VACUUM (VERBOSE) t", Decision::Ask, Decision::Ask, Effect::Maintain),
        ("VACUUM FULL t", Decision::Block, Decision::Ask, Effect::Change),
        ("REINDEX INDEX CONCURRENTLY i", Decision::Ask, Decision::Ask, Effect::Maintain),
        ("REINDEX TABLE t", Decision::Block, Decision::Ask, Effect::Change),
        ("UPDATE t SET a = 1 WHERE id = 2", Decision::Block, Decision::Ask, Effect::Change),
        ("DELETE FROM t", Decision::Block, Decision::Ask, Effect::Destroy),
        ("DROP TABLE t", Decision::Block, Decision::Ask, Effect::Destroy),
        ("ALTER TABLE t DROP COLUMN a", Decision::Block, Decision::Ask, Effect::Destroy),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", Decision::Block, Decision::Ask, Effect::Change),
        ("SELECT pg_terminate_backend(7)", Decision::Block, Decision::Ask, Effect::Destroy),
        ("ALTER SYSTEM SET work_mem = '64MB'", Decision::Block, Decision::Ask, Effect::Change),
        ("SET lock_timeout = '1s'", Decision::Allow, Decision::Allow, Effect::Observe),
        ("SELECT 1", Decision::Allow, Decision::Allow, Effect::Observe),
    ] {
        let [readonly, in_maintain, in_change] =
            [Mode::Readonly, Mode::Maintain, Mode::Change].map(|mode| offline(sql, mode));
        let reads = sql == "SELECT 1";
        assert_eq!(readonly.decision == Decision::Allow, reads, "{sql}: {readonly:?}");
        assert_eq!(in_maintain.decision, maintain, "{sql}: {in_maintain:?}");
        assert_eq!((in_change.decision, in_change.effect), (change, effect), "{sql}: {in_change:?}");
    }
}

#[test]
fn views_policies_domains_and_foreign_tables_are_looked_into() {
    let found = Found {
        functions: vec![function(20_001, "bump", "sql", BUMP), function(20_002, "safe", "sql", SAFE)],
        relations: vec![
            Relation { definition: Some("SELECT app.bump()".to_owned()), ..relation(21_001, "bumping", 'v') },
            Relation {
                definition: Some("SELECT * FROM app.bumping".to_owned()),
                ..relation(21_002, "outer_view", 'v')
            },
            Relation { definition: Some("SELECT passwd FROM pg_shadow".to_owned()), ..relation(21_003, "hashes", 'v') },
            Relation { expressions: vec!["(app.bump() > 0)".to_owned()], ..relation(21_004, "guarded", 'r') },
            Relation { folded: vec!["(a > app.bump())".to_owned()], ..relation(21_005, "indexed", 'r') },
            Relation {
                wrapper: Some("file_fdw".to_owned()),
                options: vec!["program=id".to_owned()],
                ..relation(21_006, "spawning", 'f')
            },
            Relation { children: vec![21_006], ..relation(21_007, "parts", 'p') },
            Relation { types: vec![22_001], ..relation(21_008, "typed", 'r') },
            Relation { definition: Some("SELECT app.safe(1) AS a".to_owned()), ..relation(21_009, "fine", 'v') },
            relation(21_010, "t", 'r'),
        ],
        types: vec![Type {
            oid: 22_001,
            schema: "app".to_owned(),
            name: "checked".to_owned(),
            expressions: vec!["(app.bump() > 0)".to_owned()],
            types: Vec::new(),
            casts: Vec::new(),
        }],
        operators: vec![Operator { schema: "app".to_owned(), name: "===".to_owned(), function: 20_001 }],
    };
    for (sql, rule, words) in [
        ("SELECT * FROM bumping", "sql.user_function", "view app.bumping"),
        ("SELECT * FROM app.outer_view", "sql.user_function", "view app.outer_view, view app.bumping"),
        ("SELECT * FROM hashes", "sql.secret_relation", "pg_shadow"),
        ("SELECT * FROM guarded", "sql.user_function", "app.bump()"),
        ("SELECT * FROM indexed", "sql.user_function", "app.bump()"),
        ("SELECT * FROM parts", "sql.foreign_table", "program"),
        ("SELECT '1'::checked", "sql.user_function", "type app.checked"),
        ("SELECT app.checked('1')", "sql.user_function", "type app.checked"),
        ("SELECT * FROM typed", "sql.user_function", "type app.checked"),
        ("SELECT 1 === 2", "sql.user_function", "operator ==="),
        ("SELECT pg_input_is_valid('1', 'app.checked')", "sql.user_function", "type app.checked"),
    ] {
        refused(sql, &found, rule, words);
    }
    for sql in ["SELECT * FROM fine", "SELECT app.safe(2) FROM t", "SELECT t.safe FROM app.t", "SELECT missing(1)"] {
        let ruling = live(sql, &found);
        assert_eq!(ruling.decision, Decision::Allow, "{sql}: {ruling:?}");
    }
}

#[test]
fn a_name_that_was_not_looked_up_is_not_believed() {
    let ruling = judge("SELECT lower('A')", Mode::Readonly, &Facts::live(vec!["pg_catalog".to_owned()]));
    assert_eq!((ruling.decision, ruling.rule.as_str()), (Decision::Block, "sql.catalog"));
}

#[test]
fn a_rule_may_trust_a_function_by_name() {
    let facts = Facts::embedded(18).trusting(["app.bump".to_owned()]);
    assert_eq!(judge("SELECT app.bump()", Mode::Readonly, &facts).decision, Decision::Allow);
    assert_eq!(judge("SELECT app.other()", Mode::Readonly, &facts).decision, Decision::Block);
}

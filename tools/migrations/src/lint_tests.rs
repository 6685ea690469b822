use super::*;
use crate::{ColumnFacts, ConstraintFacts, ConstraintKind, IndexFacts, TableFacts, TransactionMode};

fn rules_of(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn plain(sql: &str) -> Vec<Finding> {
    lint(&[Script::new("m.sql", sql)], &Context::default())
}

fn orders(rows: u64, bytes: u64) -> Context {
    let columns = vec![
        ColumnFacts { name: "id".into(), type_name: "bigint".into(), nullable: false, default: None, identity: false },
        ColumnFacts {
            name: "code".into(),
            type_name: "character varying(20)".into(),
            nullable: true,
            default: None,
            identity: false,
        },
    ];
    let table = TableFacts {
        schema: "shop".into(),
        name: "orders".into(),
        rows: Some(rows),
        bytes: Some(bytes),
        columns,
        ..TableFacts::default()
    };
    Context { server_major: Some(15), tables: vec![table], ..Context::default() }
}

#[test]
fn findings_stand_at_their_statement() {
    let findings = plain("SET lock_timeout = '1s';\n\n-- why\n  CREATE INDEX i ON t (a);\n");
    let location = findings[0].location.clone().unwrap();
    assert_eq!((location.file.as_str(), location.line, location.column), ("m.sql", 4, 3));
}

#[test]
fn syntax_errors_stand_at_their_place() {
    let findings = plain("SELECT 1;\n  SELECT * FORM t;\nDROP INDEX i;");
    let location = findings[0].location.clone().unwrap();
    assert_eq!((findings[0].rule.as_str(), location.line, location.column), ("invalid_sql", 2, 12));
    assert!(rules_of(&findings).contains(&"drop_index_not_concurrent"));
}

#[test]
fn size_scales_severity_and_is_evidence() {
    let sql = "SET lock_timeout = '1s'; CREATE INDEX i ON orders (id);";
    let severity = |rows, bytes| lint(&[Script::new("m.sql", sql)], &orders(rows, bytes))[0].severity;
    assert_eq!(severity(100, 8 << 10), Severity::Info);
    assert_eq!(severity(15_000, 4 << 20), Severity::Low);
    assert_eq!(severity(12_000_000, 1_900 << 20), Severity::High);
    assert_eq!(severity(900_000_000, 200 << 30), Severity::Critical);
    let finding = lint(&[Script::new("m.sql", sql)], &orders(12_000_000, 1_900 << 20)).remove(0);
    assert_eq!(finding.title, "CREATE INDEX i blocks writes to orders (12.0 M rows, 1.8 GB) until it is built");
    assert_eq!(finding.object.name, "shop.orders");
    assert!(finding.evidence.iter().any(|evidence| evidence.field == "reltuples"));
}

#[test]
fn the_chain_knows_what_it_made() {
    let first = Script::new("1.sql", "CREATE TABLE fresh (id bigint PRIMARY KEY, a int);");
    let second =
        Script::new("2.sql", "CREATE INDEX i ON fresh (a); ALTER TABLE fresh ALTER a TYPE bigint; DROP TABLE fresh;");
    assert_eq!(rules_of(&lint(&[first, second.clone()], &Context::default())), Vec::<&str>::new());
    assert!(!lint(&[second], &Context::default()).is_empty());
}

#[test]
fn renamed_tables_stay_known() {
    assert!(plain("CREATE TABLE a (x int); ALTER TABLE a RENAME TO b; CREATE INDEX ON b (x);").is_empty());
}

#[test]
fn the_catalog_sharpens_types_and_proofs() {
    let run = |sql: &str, context: &Context| {
        let sql = format!("SET lock_timeout = '1s'; {sql}");
        rules_of(&lint(&[Script::new("m.sql", sql)], context)).iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>()
    };
    let mut context = orders(1_000_000, 1 << 30);
    let widen = "ALTER TABLE orders ALTER code TYPE varchar(40)";
    assert!(run(widen, &context).is_empty());
    assert!(run("ALTER TABLE orders ALTER id SET NOT NULL", &context).is_empty());
    let check = |validated| ConstraintFacts {
        name: "c".into(),
        kind: ConstraintKind::Check,
        columns: vec!["code".into()],
        validated,
        definition: Some("CHECK ((code IS NOT NULL)) NOT VALID".into()),
    };
    let set = "ALTER TABLE shop.orders ALTER code SET NOT NULL";
    context.tables[0].constraints = vec![check(false)];
    assert_eq!(run(set, &context), ["set_not_null"]);
    context.tables[0].constraints = vec![check(true)];
    assert!(run(set, &context).is_empty());
    assert_eq!(run(&format!("ALTER TABLE orders DROP CONSTRAINT c; {set}"), &context), ["set_not_null"]);
    assert_eq!(run(widen, &context), ["alter_column_type"], "the CHECK is verified again");
}

#[test]
fn an_index_of_a_constraint_cannot_be_dropped() {
    let mut context = orders(10, 10);
    context.tables[0].indexes = vec![IndexFacts {
        name: "orders_pkey".into(),
        columns: vec!["id".into()],
        unique: true,
        valid: true,
        constraint: Some("orders_pkey".into()),
        definition: None,
    }];
    let finding = lint(&[Script::new("m.sql", "DROP INDEX orders_pkey")], &context).remove(0);
    assert!(finding.title.contains("fails"), "{}", finding.title);
    assert_eq!(finding.fix.unwrap().statements[1], "ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey");
}

#[test]
fn runners_transactions_count() {
    let script =
        |mode| Script::new("m.sql", "SET lock_timeout = 0; CREATE INDEX CONCURRENTLY i ON t (a);").transactional(mode);
    let fired = |mode| !lint(&[script(mode)], &Context::default()).is_empty();
    assert!(fired(TransactionMode::File));
    assert!(fired(TransactionMode::OneQuery));
    assert!(!fired(TransactionMode::Statement));
    let alone = Script::new("m.sql", "CREATE INDEX CONCURRENTLY i ON t (a);").transactional(TransactionMode::OneQuery);
    assert!(lint(&[alone], &Context::default()).is_empty());
}

#[test]
fn suppressions_need_a_rule_and_a_reason() {
    let silent = |comment: &str| plain(&format!("{comment}\nDROP INDEX i;")).is_empty();
    assert!(silent("-- dbwright:ignore drop_index_not_concurrent the table is empty"));
    assert!(!silent("-- dbwright:ignore drop_index_not_concurrent"));
    assert!(!silent("-- dbwright:ignore no_such_rule because"));
    assert!(!silent("-- dbwright:ignore create_index_not_concurrent because"));
    assert!(plain("DROP INDEX i; -- dbwright:ignore drop_index_not_concurrent the table is empty").is_empty());
    let next = plain("SELECT 1; -- dbwright:ignore drop_index_not_concurrent belongs to the SELECT\nDROP INDEX i;");
    assert_eq!(rules_of(&next), ["drop_index_not_concurrent"]);
    let far = plain("-- dbwright:ignore drop_index_not_concurrent only the first\nDROP INDEX i;\nDROP INDEX j;");
    assert_eq!(far.len(), 1);
}

#[test]
fn old_servers_have_their_own_hazards() {
    let run = |sql: &str, major| {
        let context = Context { server_major: Some(major), ..Context::default() };
        let sql = format!("SET lock_timeout = '1s'; {sql}");
        lint(&[Script::new("m.sql", sql)], &context).len()
    };
    assert_eq!(run("ALTER TABLE t ADD COLUMN a int DEFAULT 1", 10), 1);
    assert_eq!(run("ALTER TABLE t ADD COLUMN a int DEFAULT 1", 15), 0);
    assert_eq!(run("BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT", 11), 1);
    assert_eq!(run("BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT", 15), 0);
}

#[test]
fn one_file_gives_one_lock_timeout_finding() {
    let findings = plain("ALTER TABLE t ADD a int; ALTER TABLE u ADD a int;");
    assert_eq!(rules_of(&findings), ["missing_lock_timeout"]);
}

#[test]
fn empty_and_strange_scripts_are_quiet_or_named() {
    assert!(plain("").is_empty());
    assert!(plain("-- nothing\n").is_empty());
    assert_eq!(rules_of(&plain("SELECT 'open")), ["invalid_sql"]);
    assert!(plain("\\set ON_ERROR_STOP on\nSELECT 1;").is_empty());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        sql in r#"(ALTER TABLE |ADD |COLUMN |CREATE |INDEX |ON |DROP |t|a|int|\(|\)|;|'|"|\$\$| |,|\n|--|é|NOT NULL|\\|execute |op\.execute\(|<<~SQL\n|SQL\n|`){0,50}"#
    ) {
        let _ = plain(&sql);
        for tool in [crate::Tool::Rails, crate::Tool::Goose, crate::Tool::Knex] {
            let convention = crate::Convention { tool, ..crate::Convention::plain("m") };
            let loaded = crate::load(&[("m/1_a.rb", &sql), ("m/1_b.sql", &sql)], Some(&convention));
            let _ = lint(&loaded.scripts, &Context::default());
        }
        let _ = crate::parse_intent(&sql);
    }
}

#[test]
fn what_an_earlier_deployment_made_is_in_use() {
    let scripts = [
        Script::new("1.sql", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)"),
        Script::new("2.sql", "SET lock_timeout = '1s'; CREATE INDEX j ON t (a)"),
    ];
    let rules = |findings: Vec<Finding>| -> Vec<(String, String)> {
        let file = |finding: &Finding| finding.location.as_ref().map(|at| at.file.clone()).unwrap_or_default();
        findings.iter().map(|finding| (file(finding), finding.rule.clone())).collect()
    };
    assert_eq!(rules(lint(&scripts, &Context::default())), []);
    let expected = [("2.sql".to_owned(), "create_index_not_concurrent".to_owned())];
    assert_eq!(rules(lint_in_turn(&scripts, &Context::default())), expected);
}

#[test]
fn what_an_earlier_deployment_proved_stays_proved() {
    let scripts = [
        Script::new("1.sql", "SET lock_timeout = '1s'; ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID"),
        Script::new("2.sql", "SET lock_timeout = '1s'; ALTER TABLE t VALIDATE CONSTRAINT c"),
        Script::new("3.sql", "SET lock_timeout = '1s'; ALTER TABLE t ALTER a SET NOT NULL"),
    ];
    let context = Context { server_major: Some(15), ..Context::default() };
    assert_eq!(lint_in_turn(&scripts, &context), []);
}

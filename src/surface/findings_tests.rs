use dbwright_finding::{FixKind, How, Location, Measurement, Object, ObjectKind, Rule};

use super::*;

const RULE: Rule = Rule { id: "some_rule", group: "tables", severity: Severity::High, summary: "s" };

fn finding(name: &str) -> Finding {
    Finding::new(&RULE, Object::new(ObjectKind::Table, name), format!("{name} is read whole"))
        .why("An index would lead there.")
        .evidence(Evidence::new("explain", "rows", 60_000.0))
        .fix(
            Fix::sql(FixKind::CreateIndex, ["CREATE INDEX CONCURRENTLY i ON t (a)"])
                .undo(["DROP INDEX CONCURRENTLY i"])
                .lock("ShareUpdateExclusiveLock"),
        )
}

fn found(findings: Vec<Finding>) -> Found {
    Found { findings, gaps: vec!["the workload".to_owned()], lead: "shop\n".to_owned(), ..Found::default() }
}

#[test]
fn a_finding_for_people() {
    let measured = Measured::compare(
        How::Scratch,
        Measurement { ms: Some(20.0), buffers: Some(900), cost: None },
        Measurement { ms: Some(0.5), buffers: Some(9), cost: None },
    );
    let at = Location { file: "m/1.sql".to_owned(), line: 3, column: 1 };
    let id = finding("orders").measured(measured).at(at.clone()).id;
    let text = text(&found(vec![finding("orders").measured(measured).at(at)]), Style(false), 80);
    let expected = format!(
        "shop\n\n× orders is read whole\n  m/1.sql:3:1 high · some_rule · measured · {id}\n\
         \x20 why   An index would lead there.\n  facts rows 60000 (explain)\n\
         \x20 gain  900 → 9 buffers, 20.0 → 0.5 ms, 100 times better (scratch)\n\
         \x20 fix   CREATE INDEX CONCURRENTLY i ON t (a);\n\
         \x20       takes ShareUpdateExclusiveLock · not inside a transaction · undo: DROP\n\
         \x20       INDEX CONCURRENTLY i\n\nnot checked: the workload\n1 finding: 1 high\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn nothing_is_a_sentence_too() {
    assert_eq!(text(&Found::default(), Style(false), 80), "no findings\n");
}

#[test]
fn many_of_one_rule_are_told_in_short() {
    let findings: Vec<Finding> = (1..=6).map(|at| finding(&format!("t{at}"))).collect();
    let text = text(&found(findings), Style(false), 80);
    assert!(text.contains("· some_rule: 3 more like it: t4, t5, t6\n"), "{text}");
    assert!(text.contains("6 findings: 6 high"), "{text}");
}

#[test]
fn names_from_outside_cannot_steer_the_terminal() {
    let evil = finding("a\u{1b}]0;x\u{7}b\nrm");
    let text = text(&found(vec![evil]), Style(false), 80);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}

#[test]
fn statements_stand_alone_and_once() {
    let other = finding("x").fix(Fix::sql(FixKind::Analyze, ["ANALYZE x;", ""]));
    let advice = finding("y").fix(Fix::advice(FixKind::Code, "read less"));
    assert_eq!(
        statements(&[finding("a"), finding("b"), other, advice]),
        "CREATE INDEX CONCURRENTLY i ON t (a);\nANALYZE x;\n"
    );
}

#[test]
fn a_statement_of_a_file_is_replaced_once() {
    const TIMEOUT: Rule =
        Rule { id: "missing_lock_timeout", group: "migrations", severity: Severity::Low, summary: "s" };
    let at = |line| Location { file: "m/1.sql".to_owned(), line, column: 1 };
    let sql = |text: &str| Fix::sql(FixKind::Migration, [text]);
    let migration = || Object::new(ObjectKind::Migration, "m/1.sql");
    let timeout = |line| Finding::new(&TIMEOUT, migration(), "waits").fix(sql("SET lock_timeout = '2s'")).at(at(line));
    let low = finding("t").severity(Severity::Low).fix(sql("SELECT 'low'")).at(at(3));
    let high = finding("t").fix(sql("SELECT 'high'")).at(at(3));
    let advice = finding("t").severity(Severity::Critical).fix(Fix::advice(FixKind::Code, "think")).at(at(3));
    assert_eq!(statements(&[timeout(3), low, high, advice]), "SELECT 'high';\n");
    let elsewhere = finding("t").fix(sql("SELECT 'high'")).at(at(4));
    assert_eq!(statements(&[timeout(3), elsewhere]), "SET lock_timeout = '2s';\nSELECT 'high';\n");
    let within =
        timeout(5).fix(Fix::sql(FixKind::Migration, ["SET LOCAL lock_timeout = '2s'", "ALTER"]).transactional());
    assert_eq!(statements(&[within]), "BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER;\nCOMMIT;\n");
}

#[test]
fn the_threshold_counts_from_its_severity() {
    let findings = [finding("a"), finding("b").severity(Severity::Low)];
    assert!(fail_on(None, &findings).is_ok());
    assert!(fail_on(Some(Severity::Critical), &findings).is_ok());
    let message = |threshold| fail_on(Some(threshold), &findings).map_err(|exit| (exit.code(), exit.to_string()));
    assert_eq!(message(Severity::High), Err((10, "1 finding at or above high".to_owned())));
    assert_eq!(message(Severity::Info), Err((10, "2 findings at or above info".to_owned())));
}

#[test]
fn a_format_that_a_command_does_not_know_is_a_usage_error() {
    let global = Global { format: Some(Format::Html), ..Global::default() };
    let error = format_of(&global, "lint", FORMATS).unwrap_err();
    assert_eq!(error.to_string(), "lint does not print html: --format is one of text, json, md, sarif, sql");
    assert_eq!(error.code(), 2);
}

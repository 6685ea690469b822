use dbwright_finding::{Evidence, Object, ObjectKind, Rule, Severity};

use super::*;

const RULE: Rule = Rule { id: "r", group: "indexes", severity: Severity::Low, summary: "s" };

fn finding(fix: Fix) -> Finding {
    Finding::new(&RULE, Object::new(ObjectKind::Table, "t"), "t").fix(fix)
}

#[test]
fn statements_are_taken_from_the_evidence_whole_and_reading() {
    let finding = finding(Fix::sql(FixKind::CreateIndex, ["CREATE INDEX i ON t (a)"]))
        .evidence(Evidence::new("statement 1", "with_sampled_values", "SELECT * FROM t WHERE a = 1"))
        .evidence(Evidence::new("statement 1", "buffers_before", 9))
        .evidence(Evidence::new("statement 2", "statement", "DELETE FROM t WHERE a = 1"))
        .evidence(Evidence::new("statement 3", "statement", "SELECT * FROM t WHERE a = …"));
    let plan = plan_of(&finding, "app", vec!["SELECT 1 AS given".to_owned()]).unwrap();
    assert_eq!(plan.measure, ["SELECT 1 AS given", "SELECT * FROM t WHERE a = 1"]);
}

#[test]
fn what_is_no_statement_for_us_is_explained() {
    for (kind, words) in [
        (FixKind::Code, "application's code"),
        (FixKind::Migration, "dbwright migrate new"),
        (FixKind::RedisConfig, "redis-cli"),
        (FixKind::None, "not one that can be run"),
    ] {
        let error = plan_of(&finding(Fix::sql(kind, ["x"])), "app", Vec::new()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_session_becomes_exact_before_it_is_ended() {
    let fix = Fix::sql(FixKind::TerminateSession, ["SELECT pg_terminate_backend(4711)"]);
    assert_eq!(sessions_of(&fix), [4711]);
    assert!(plan_of(&finding(fix.clone()), "app", Vec::new()).is_err());
    let exact = with_backend_start(&fix, 4711, "2026-11-25T01:02:03.123456Z");
    let plan = plan_of(&finding(exact), "app", Vec::new()).unwrap();
    assert_eq!(plan.effect, dbwright_contract::Effect::Destroy);
    assert!(plan.preview().contains("cannot be taken back"), "{}", plan.preview());
}

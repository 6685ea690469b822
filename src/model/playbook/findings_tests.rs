use dbwright_finding::{FixKind, How, Object, ObjectKind, Rule, Severity};
use serde_json::json;

use super::*;
use crate::model::{Item, Request};

const RULE: Rule = Rule { id: "a_rule", group: "indexes", severity: Severity::Medium, summary: "s" };

fn finding(name: &str, severity: Severity) -> Finding {
    Finding::new(&RULE, Object::new(ObjectKind::Table, name), format!("{name} is slow")).severity(severity)
}

fn result(findings: &[Finding]) -> Answered {
    Answered { call_id: "pb1.1.x.0".into(), source: "check_health#1".into(), result: Ok(json!({"findings": findings})) }
}

fn shown(found: &[Found], view: View) -> String {
    let request = Request { items: vec![Item::User { text: "x".into() }], ..Request::default() };
    let mut run = Run::new(&request);
    run.view = view;
    show(Answer::new("Head."), found, &run).close(&[], "")
}

fn measured() -> Finding {
    finding("c", Severity::Medium)
        .why("there is no index")
        .evidence(Evidence::new("explain#3", "rows_removed", 880_171))
        .measured(Measured::compare(
            How::Scratch,
            Measurement { ms: Some(2300.1), buffers: Some(41_200), cost: None },
            Measurement { ms: Some(12.0), buffers: Some(310), cost: None },
        ))
        .fix(Fix::sql(FixKind::CreateIndex, ["CREATE INDEX i ON c (a)"]).undo(["DROP INDEX i"]).lock("ShareLock"))
}

#[test]
fn the_gravest_and_best_proven_come_first_and_each_once() {
    let low = finding("a", Severity::Low);
    let found = collect([&result(&[low.clone(), finding("b", Severity::Medium)]), &result(&[low, measured()])]);
    let names: Vec<&str> = found.iter().map(|found| found.finding.object.name.as_str()).collect();
    assert_eq!(names, ["c", "b", "a"]);
    assert_eq!(tally(&found), "2 medium, 1 low");
}

#[test]
fn a_finding_shows_facts_proof_and_fix_with_their_sources() {
    let text = shown(&collect([&result(&[measured()])]), View::Answer);
    for part in [
        "1. **medium** c is slow (check_health#1, measured)",
        "rows_removed 880,171 (explain#3)",
        "measured on a scratch copy: 41,200 → 310 pages, 2,300 ms → 12 ms, 133 times better (check_health#1)",
        "fix (takes ShareLock): `CREATE INDEX i ON c (a)`",
    ] {
        assert!(text.contains(part), "{part} missing in\n{text}");
    }
}

#[test]
fn each_view_shows_its_side() {
    let found = collect([&result(&[measured(), finding("b", Severity::Low)])]);
    assert!(shown(&found, View::Number(2)).contains("b is slow"));
    assert!(shown(&found, View::Number(9)).contains("There is no finding 9"));
    assert!(shown(&found, View::Number(0)).contains("There is no finding 0"));
    assert!(shown(&found, View::Why(Some(1))).contains("because: there is no index"));
    assert!(shown(&found, View::Undo).contains("DROP INDEX i;"));
    let apply = shown(&found, View::Apply(None));
    assert!(apply.contains("Nothing was run") && apply.contains("outside a transaction"), "{apply}");
    assert!(shown(&found, View::Apply(Some(2))).contains("no fix with statements"));
}

#[test]
fn redis_commands_are_no_sql() {
    let fix = Fix::sql(FixKind::RedisConfig, ["CONFIG SET maxmemory 1gb"]).undo(["CONFIG SET maxmemory 0"]);
    let text = shown(&collect([&result(&[finding("maxmemory", Severity::High).fix(fix)])]), View::Number(1));
    assert!(text.contains("```redis\nCONFIG SET maxmemory 0\n```"), "{text}");
}

#[test]
fn long_lists_are_cut_and_say_so() {
    let many: Vec<Finding> = (0..14).map(|n| finding(&format!("t{n}"), Severity::Low)).collect();
    let found = collect([&result(&many)]);
    assert!(shown(&found, View::Answer).contains("4 more findings: say `more detail`"));
    assert!(shown(&found, View::Detail).contains("14. "));
}

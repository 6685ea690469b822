use dbwright_finding::{Evidence, How, Measured, Measurement, Object, ObjectKind, Rule};

use super::*;

const SCAN: Rule = Rule { id: "seq_scan_selective", group: "plans", severity: Severity::Medium, summary: "s" };
const INDEX: Rule = Rule { id: "missing_index", group: "indexes", severity: Severity::Medium, summary: "s" };
const LOW: Rule = Rule { id: "other", group: "schema", severity: Severity::Low, summary: "s" };

fn on(rule: &Rule, table: &str, columns: &[&str]) -> Finding {
    Finding::new(rule, Object::new(ObjectKind::Table, table).columns(columns.iter().copied()), table)
}

fn measured(buffers: u64) -> Measured {
    let side = |buffers| Measurement { buffers: Some(buffers), ..Measurement::default() };
    Measured::compare(How::Scratch, side(buffers), side(1))
}

#[test]
fn severity_comes_first_and_then_what_is_at_stake() {
    let ranked = rank([
        on(&LOW, "c", &[]),
        on(&INDEX, "a", &["x"]).measured(measured(10)),
        on(&INDEX, "b", &["x"]).measured(measured(1000)),
    ]);
    assert_eq!(ranked.iter().map(|finding| finding.object.name.as_str()).collect::<Vec<_>>(), ["b", "a", "c"]);
}

#[test]
fn the_same_finding_twice_keeps_the_better_proof_and_all_evidence() {
    let estimated = on(&INDEX, "a", &["x"]).evidence(Evidence::new("one", "f", 1));
    let proven = on(&INDEX, "a", &["x"]).evidence(Evidence::new("two", "f", 2)).measured(measured(10));
    let ranked = rank([estimated, proven]);
    assert_eq!((ranked.len(), ranked[0].confidence, ranked[0].evidence.len()), (1, Confidence::Measured, 2));
}

#[test]
fn a_scan_is_told_by_the_index_that_cures_it() {
    let scan = |column: &str| on(&SCAN, "a", &[column]).evidence(Evidence::new("explain", "rows", 1));
    let ranked = rank([scan("x"), scan("y"), on(&INDEX, "a", &["x", "z"]).measured(measured(10))]);
    let rules: Vec<&str> = ranked.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["missing_index", "seq_scan_selective"]);
    assert_eq!(ranked[0].evidence.len(), 1);
}

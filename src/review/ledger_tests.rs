use dbwright_finding::{Object, ObjectKind, Rule, Severity};

use super::*;
use crate::{
    model::Usage,
    review::{Learnings, SCHEMA, Target},
};

const RULE: Rule = Rule { id: "r", group: "indexes", severity: Severity::Medium, summary: "s" };

fn finding(table: &str, severity: Severity) -> Finding {
    Finding::new(&RULE, Object::new(ObjectKind::Table, table), table).severity(severity)
}

fn review(findings: Vec<Finding>) -> Review {
    Review {
        schema: SCHEMA.into(),
        target: Target::default(),
        session_id: "s".into(),
        started_at: chrono::DateTime::UNIX_EPOCH,
        duration_ms: 1,
        driver: "playbook".into(),
        findings,
        since_last: SinceLast::default(),
        learnings: Learnings::default(),
        gaps: vec![],
        usage: Usage::default(),
        exhibits: vec![],
    }
}

#[test]
fn everything_is_new_in_a_first_review() {
    let since = since(None, &[finding("a", Severity::Low)], |_| true);
    assert_eq!((since.new.len(), since.at), (1, None));
}

#[test]
fn new_worse_same_and_fixed_are_told_apart() {
    let last = review(vec![
        finding("same", Severity::Low),
        finding("worse", Severity::Low),
        finding("better", Severity::High),
        finding("gone", Severity::High),
        finding("unchecked", Severity::High),
    ]);
    let now = [
        finding("same", Severity::Low),
        finding("worse", Severity::High),
        finding("better", Severity::Low),
        finding("new", Severity::Info),
    ];
    let since = since(Some(&last), &now, |known| known.object.name != "unchecked");
    let id = |index: usize| now[index].id.clone();
    assert_eq!(since.new, [id(3)]);
    assert_eq!(since.worse, [id(1)]);
    assert_eq!(since.same, [id(0), id(2)]);
    assert_eq!(since.fixed.iter().map(|fixed| fixed.title.as_str()).collect::<Vec<_>>(), ["gone"]);
}

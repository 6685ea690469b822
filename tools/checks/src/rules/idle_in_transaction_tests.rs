use super::*;
use crate::{Probe, Session, Snapshot, fixture};

#[test]
fn long_idle_transactions_are_reported_and_blocking_ones_are_worse() {
    let idle = Session { state_age_s: Some(75.0), ..fixture::session(3, "idle in transaction (aborted)") };
    let snapshot = Snapshot { sessions: Probe::Ok(vec![idle.clone()]), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot, RULE.id).severity, Severity::Medium);

    let waiting = Session { blocked_by: vec![3], ..fixture::session(4, "active") };
    let snapshot = Snapshot { sessions: Probe::Ok(vec![idle, waiting]), ..Snapshot::default() };
    let finding = fixture::only(&snapshot, RULE.id);
    assert_eq!(finding.severity, Severity::High);
    assert!(finding.title.ends_with("1 session waits for it"), "{}", finding.title);
}

#[test]
fn plain_idle_and_short_pauses_are_fine() {
    let idle = Session { state_age_s: Some(9_000.0), ..fixture::session(3, "idle") };
    let short = Session { state_age_s: Some(2.0), ..fixture::session(4, "idle in transaction") };
    let snapshot = Snapshot { sessions: Probe::Ok(vec![idle, short]), ..Snapshot::default() };
    assert!(fixture::found(&snapshot, RULE.id).is_empty());
}

use super::*;
use crate::{Probe, Snapshot, fixture};

fn running(xact: f64, query: f64) -> Snapshot {
    let session =
        Session { xact_age_s: Some(xact), query_age_s: Some(query), ..fixture::session(5, "active") };
    Snapshot { sessions: Probe::Ok(vec![session]), ..Snapshot::default() }
}

#[test]
fn age_decides_between_the_two_rules() {
    assert_eq!(fixture::only(&running(900.0, 3.0), RULE.id).severity, Severity::Medium);
    assert_eq!(fixture::only(&running(4_000.0, 3.0), RULE.id).severity, Severity::High);
    let query = running(400.0, 400.0);
    assert!(fixture::found(&query, RULE.id).is_empty());
    assert_eq!(fixture::only(&query, QUERY.id).severity, Severity::Low);
}

#[test]
fn short_ones_and_background_workers_are_fine() {
    assert!(fixture::found(&running(5.0, 5.0), RULE.id).is_empty());
    let mut snapshot = running(9_000.0, 9_000.0);
    if let Probe::Ok(sessions) = &mut snapshot.sessions {
        sessions[0].backend_type = "autovacuum worker".into();
    }
    assert!(fixture::found(&snapshot, RULE.id).is_empty());
}

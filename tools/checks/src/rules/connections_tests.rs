use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(used: i32, limit: &str) -> Snapshot {
    Snapshot {
        sessions: Probe::Ok((0..used).map(|pid| fixture::session(pid, "idle")).collect()),
        settings: fixture::settings(&[("max_connections", limit, ""), ("superuser_reserved_connections", "3", "")]),
        ..Snapshot::default()
    }
}

#[test]
fn share_of_the_usable_connections_decides() {
    let finding = fixture::only(&snapshot(80, "100"), RULE.id);
    assert_eq!((finding.severity, finding.title.starts_with("80 of 97 connections")), (Severity::High, true));
    assert_eq!(fixture::only(&snapshot(95, "100"), RULE.id).severity, Severity::Critical);
    assert!(fixture::found(&snapshot(20, "100"), RULE.id).is_empty());
}

#[test]
fn only_very_large_limits_are_noted() {
    assert_eq!(fixture::found(&snapshot(1, "5000"), LIMIT.id).len(), 1);
    assert!(fixture::found(&snapshot(1, "300"), LIMIT.id).is_empty());
}

use super::*;
use crate::{Probe, Session, Snapshot, Subscription, fixture};

#[test]
fn a_build_that_waits_names_whom_it_waits_for() {
    let progress = |waits_for| Progress {
        pid: 5,
        command: "CREATE INDEX CONCURRENTLY".into(),
        relation: Some("public.orders".into()),
        phase: "waiting for writers before build".into(),
        done: 1,
        total: 4,
        waits_for,
    };
    let snapshot = |waits_for| Snapshot {
        progress: Probe::Ok(vec![progress(waits_for)]),
        sessions: Probe::Ok(vec![fixture::session(9, "idle in transaction")]),
        ..Snapshot::default()
    };
    let stuck = fixture::only(&snapshot(Some(9)), RULE.id);
    assert_eq!(stuck.severity, Severity::Low);
    assert!(stuck.title.contains("25 % of it done") && stuck.title.contains("waits for session 9 (web"));
    assert_eq!(fixture::only(&snapshot(None), RULE.id).severity, Severity::Info);
}

#[test]
fn forgotten_advisory_locks_fill_the_lock_table() {
    let snapshot = |advisory_locks, state| Snapshot {
        server: fixture::server(),
        settings: fixture::settings(&[("max_locks_per_transaction", "64", ""), ("max_connections", "100", "")]),
        sessions: Probe::Ok(vec![Session { advisory_locks, ..fixture::session(9, state) }]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(80, "idle"), ADVISORY.id).severity, Severity::Low);
    assert_eq!(fixture::only(&snapshot(4_000, "idle"), ADVISORY.id).severity, Severity::High);
    // One lock held for good is how a leader is elected.
    assert!(fixture::found(&snapshot(1, "idle"), ADVISORY.id).is_empty());
    assert!(fixture::found(&snapshot(80, "active"), ADVISORY.id).is_empty());
}

#[test]
fn a_subscription_without_its_worker() {
    let snapshot = |running, tables_not_ready, in_recovery| {
        let mut snapshot = Snapshot {
            server: fixture::server(),
            subscriptions: Probe::Ok(vec![Subscription {
                name: "from_shop".into(),
                enabled: true,
                running,
                tables_not_ready,
                apply_errors: Some(3),
                ..Subscription::default()
            }]),
            ..Snapshot::default()
        };
        if let Probe::Ok(server) = &mut snapshot.server {
            server.in_recovery = in_recovery;
        }
        snapshot
    };
    assert!(fixture::only(&snapshot(false, 0, false), SUBSCRIPTION.id).title.ends_with("after 3 errors"));
    assert!(fixture::found(&snapshot(false, 0, true), SUBSCRIPTION.id).is_empty());
    assert!(fixture::found(&snapshot(true, 0, false), SUBSCRIPTION.id).is_empty());
    assert_eq!(fixture::only(&snapshot(true, 2, false), COPY.id).severity, Severity::Low);
}

use super::*;
use crate::{LockWait, Probe, Snapshot, fixture};

fn waiter(pid: i32, blocked_by: i32, wait_s: f64) -> Session {
    Session {
        blocked_by: vec![blocked_by],
        waiting_for: Some(LockWait {
            kind: "relation".into(),
            mode: "AccessShareLock".into(),
            relation: Some("public.orders".into()),
            wait_s: Some(wait_s),
        }),
        ..fixture::session(pid, "active")
    }
}

#[test]
fn names_the_root_and_not_the_next_in_the_queue() {
    let root = Session { state_age_s: Some(120.0), ..fixture::session(10, "idle in transaction") };
    let sessions = vec![root, waiter(11, 10, 40.0), waiter(12, 11, 20.0)];
    let snapshot = Snapshot { sessions: Probe::Ok(sessions), ..Snapshot::default() };
    let finding = fixture::only(&snapshot, RULE.id);
    assert_eq!(
        finding.title,
        "2 sessions wait for session 10 (web, idle in transaction for 2 min), the longest for 40 s"
    );
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(finding.fix.unwrap().statements, ["SELECT pg_terminate_backend(10)"]);
}

#[test]
fn a_running_root_is_cancelled_and_a_prepared_one_is_named() {
    let running = vec![fixture::session(10, "active"), waiter(11, 10, 2.0)];
    let snapshot = Snapshot { sessions: Probe::Ok(running), ..Snapshot::default() };
    let finding = fixture::only(&snapshot, RULE.id);
    assert_eq!((finding.severity, finding.fix.unwrap().statements.remove(0)), (Severity::Medium, "SELECT pg_cancel_backend(10)".into()));

    let snapshot = Snapshot { sessions: Probe::Ok(vec![waiter(11, 0, 2.0)]), ..Snapshot::default() };
    assert!(fixture::only(&snapshot, RULE.id).title.contains("a prepared transaction"));
}

#[test]
fn short_waits_and_other_databases_are_ordinary() {
    let mut sessions = vec![fixture::session(10, "active"), waiter(11, 10, 0.05)];
    let snapshot = Snapshot { sessions: Probe::Ok(sessions.clone()), ..Snapshot::default() };
    assert!(fixture::found(&snapshot, RULE.id).is_empty());

    sessions[1] = waiter(11, 10, 60.0);
    for session in &mut sessions {
        session.database = Some("elsewhere".into());
    }
    let snapshot = Snapshot { sessions: Probe::Ok(sessions), server: fixture::server(), ..Snapshot::default() };
    assert!(fixture::found(&snapshot, RULE.id).is_empty());
}

use dbwright_finding::Severity;

use super::*;
use crate::{Session, fixture};

#[test]
fn findings_come_most_severe_first_and_groups_are_separate() {
    let snapshot = Snapshot {
        server: fixture::server(),
        settings: fixture::settings(&[("fsync", "off", ""), ("idle_in_transaction_session_timeout", "0", "ms")]),
        sessions: Probe::Ok(vec![Session { state_age_s: Some(90.0), ..fixture::session(7, "idle in transaction") }]),
        ..Snapshot::default()
    };
    let all = run(&snapshot, &Thresholds::default());
    assert!(all.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
    assert_eq!(all[0].severity, Severity::Critical);
    let sessions = run_group(&snapshot, &Thresholds::default(), Group::Sessions);
    assert_eq!(sessions.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["idle_in_transaction"]);
}

#[test]
fn more_of_the_same_is_counted_not_listed() {
    let tables = (1..=9).map(|oid| fixture::table(oid, &format!("t{oid}"), 5_000)).collect();
    let snapshot = Snapshot { tables: Probe::Ok(tables), indexes: Probe::Ok(Vec::new()), ..Snapshot::default() };
    let (kept, omitted) = cap(run(&snapshot, &Thresholds::default()), 4);
    assert_eq!(kept.len(), 4);
    assert_eq!(omitted, ["table_without_primary_key: 5 more findings of this rule are not listed"]);
}

#[test]
fn skipped_parts_and_notes_are_gaps_and_rules_stay_silent() {
    let snapshot = Snapshot {
        statements: Probe::skipped("no extension"),
        notes: vec!["tables: one is locked".into()],
        ..Snapshot::default()
    };
    assert_eq!(gaps(&snapshot), ["statements: no extension", "tables: one is locked"]);
    assert!(run(&snapshot, &Thresholds::default()).is_empty());
}

#[test]
fn a_snapshot_survives_storage() {
    let table = fixture::table(1, "t", 10);
    let snapshot = Snapshot {
        server: fixture::server(),
        indexes: Probe::Ok(vec![fixture::primary_key(2, &table, "id")]),
        tables: Probe::Ok(vec![table]),
        columns: Probe::skipped("locked"),
        ..Snapshot::default()
    };
    let text = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
}

#[test]
fn thresholds_may_be_given_in_part() {
    let partial: Thresholds = serde_json::from_str(r#"{"unused_window_s": 60.0}"#).unwrap();
    assert_eq!(partial, Thresholds { unused_window_s: 60.0, ..Thresholds::default() });
    assert!(serde_json::from_str::<Thresholds>(r#"{"unused_windw_s": 60.0}"#).is_err());
}

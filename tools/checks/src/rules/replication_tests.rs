use super::*;
use crate::{Archiver, Probe, Snapshot, Standby, fixture};

#[test]
fn an_unread_slot_is_worse_without_a_limit_and_with_much_wal() {
    let slot = |retained, active| Slot {
        name: "old".into(),
        kind: "physical".into(),
        active,
        retained_bytes: Some(retained),
        ..Slot::default()
    };
    let snapshot = |slot, keep: &str| Snapshot {
        slots: Probe::Ok(vec![slot]),
        settings: fixture::settings(&[("max_slot_wal_keep_size", keep, "MB")]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(slot(1 << 20, false), "1024"), RULE.id).severity, Severity::Low);
    assert_eq!(fixture::only(&snapshot(slot(1 << 20, false), "-1"), RULE.id).severity, Severity::Medium);
    let finding = fixture::only(&snapshot(slot(5 << 30, false), "-1"), RULE.id);
    assert_eq!(finding.severity, Severity::High);
    assert!(finding.title.contains("it keeps 5.0 GB of WAL and there is no limit"), "{}", finding.title);
    assert!(fixture::found(&snapshot(slot(5 << 30, true), "-1"), RULE.id).is_empty());
}

#[test]
fn lag_is_measured_in_time() {
    let snapshot = |lag_s| Snapshot {
        standbys: Probe::Ok(vec![Standby { application: "replica".into(), lag_s, ..Standby::default() }]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(Some(120.0)), LAG.id).severity, Severity::Medium);
    assert_eq!(fixture::only(&snapshot(Some(3_600.0)), LAG.id).severity, Severity::High);
    assert!(fixture::found(&snapshot(Some(0.1)), LAG.id).is_empty());
    assert!(fixture::found(&snapshot(None), LAG.id).is_empty());
}

#[test]
fn the_archive_fails_when_the_last_word_was_a_failure() {
    let snapshot = |archived, failed| Snapshot {
        archiver: Probe::Ok(Archiver { last_archived_age_s: archived, last_failed_age_s: failed, ..Archiver::default() }),
        ..Snapshot::default()
    };
    assert_eq!(fixture::found(&snapshot(Some(900.0), Some(5.0)), ARCHIVE.id).len(), 1);
    assert!(fixture::found(&snapshot(Some(5.0), Some(900.0)), ARCHIVE.id).is_empty());
    assert!(fixture::found(&snapshot(None, None), ARCHIVE.id).is_empty());
}

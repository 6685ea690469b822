use super::*;
use crate::{DatabaseFacts, Probe, Snapshot, Thresholds, fixture, run};

#[test]
fn the_environment_decides_how_bad_it_is() {
    let settings = [("fsync", "off", ""), ("full_page_writes", "off", ""), ("synchronous_commit", "off", "")];
    let snapshot = Snapshot { settings: fixture::settings(&settings), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot, FSYNC.id).severity, Severity::Critical);
    assert_eq!(fixture::only(&snapshot, PAGES.id).severity, Severity::High);
    assert_eq!(fixture::only(&snapshot, COMMIT.id).severity, Severity::Low);
    let development = Thresholds { environment: Environment::Development, ..Thresholds::default() };
    assert!(run(&snapshot, &development).iter().all(|finding| finding.severity == Severity::Info));
}

#[test]
fn safe_settings_and_weaker_commit_levels_are_fine() {
    let settings = [("fsync", "on", ""), ("full_page_writes", "on", ""), ("synchronous_commit", "local", "")];
    let snapshot = Snapshot { settings: fixture::settings(&settings), ..Snapshot::default() };
    assert!(run(&snapshot, &Thresholds::default()).is_empty());
}

#[test]
fn damaged_pages_are_critical() {
    let snapshot = |checksum_failures| Snapshot {
        databases: Probe::Ok(vec![DatabaseFacts { checksum_failures, ..fixture::database() }]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(Some(2)), CHECKSUMS.id).severity, Severity::Critical);
    assert!(fixture::found(&snapshot(Some(0)), CHECKSUMS.id).is_empty());
    assert!(fixture::found(&snapshot(None), CHECKSUMS.id).is_empty());
}

use super::*;
use crate::{Checkpoints, DatabaseFacts, Probe, Server, Snapshot, fixture};

fn with(values: &[(&str, &str, &str)]) -> Snapshot {
    Snapshot { server: fixture::server(), settings: fixture::settings(values), ..Snapshot::default() }
}

#[test]
fn default_memory_hurts_large_databases_only() {
    let default = with(&[("shared_buffers", "16384", "8kB"), ("random_page_cost", "4", "")]);
    assert_eq!(fixture::only(&default, BUFFERS.id).title, "shared_buffers is 128 MB for a database of 8.0 GB");
    assert_eq!(fixture::found(&default, PAGE_COST.id).len(), 1);
    let small = Server { size_bytes: Some(100 << 20), ..fixture::server().get().unwrap().clone() };
    let small = Snapshot { server: Probe::Ok(small), ..default };
    assert!(fixture::found(&small, BUFFERS.id).is_empty());
    assert!(fixture::found(&small, PAGE_COST.id).is_empty());
    let tuned = with(&[("shared_buffers", "262144", "8kB"), ("random_page_cost", "1.1", "")]);
    assert!(fixture::found(&tuned, BUFFERS.id).is_empty());
    assert!(fixture::found(&tuned, PAGE_COST.id).is_empty());
}

#[test]
fn temporary_files_and_checkpoints_are_rates() {
    let database = |temp_bytes| DatabaseFacts { temp_bytes, stats_age_s: Some(2.0 * 86_400.0), ..fixture::database() };
    let spilling = |bytes| Snapshot { databases: Probe::Ok(vec![database(bytes)]), ..with(&[("work_mem", "4096", "kB")]) };
    assert_eq!(fixture::found(&spilling(10 << 30), WORK_MEM.id).len(), 1);
    assert!(fixture::found(&spilling(1 << 30), WORK_MEM.id).is_empty());

    let checkpoints = |timed, requested| Snapshot {
        checkpoints: Probe::Ok(Checkpoints { timed, requested, stats_age_s: None }),
        ..with(&[("max_wal_size", "1024", "MB")])
    };
    let fix = fixture::only(&checkpoints(50, 50), CHECKPOINTS.id).fix.unwrap();
    assert_eq!(fix.statements[0], "ALTER SYSTEM SET max_wal_size = '4096MB'");
    assert!(fixture::found(&checkpoints(500, 20), CHECKPOINTS.id).is_empty());
    assert!(fixture::found(&checkpoints(2, 2), CHECKPOINTS.id).is_empty());
}

#[test]
fn missing_timeouts_and_blind_spots_are_one_note_each() {
    let bare = with(&[
        ("idle_in_transaction_session_timeout", "0", "ms"),
        ("statement_timeout", "0", "ms"),
        ("lock_timeout", "2000", "ms"),
        ("log_lock_waits", "off", ""),
        ("track_io_timing", "off", ""),
        ("log_temp_files", "-1", "kB"),
    ]);
    assert_eq!(fixture::found(&bare, IDLE_TIMEOUT.id).len(), 1);
    assert_eq!(fixture::only(&bare, TIMEOUTS.id).title, "no statement_timeout is set for the server");
    let finding = fixture::only(&bare, OBSERVABILITY.id);
    assert_eq!(finding.title, "track_io_timing, log_lock_waits, log_temp_files would explain the next incident and are off");
    assert_eq!(finding.fix.unwrap().undo.len(), 4);
    let set = with(&[("idle_in_transaction_session_timeout", "60000", "ms"), ("log_lock_waits", "on", "")]);
    assert!(fixture::found(&set, IDLE_TIMEOUT.id).is_empty());
    assert!(fixture::found(&set, OBSERVABILITY.id).is_empty());
}

#[test]
fn a_change_that_waits_is_named() {
    let mut snapshot = with(&[("max_connections", "100", "")]);
    assert!(fixture::found(&snapshot, RESTART.id).is_empty());
    if let Probe::Ok(settings) = &mut snapshot.settings {
        settings.0.values_mut().for_each(|setting| setting.pending_restart = true);
    }
    assert_eq!(fixture::only(&snapshot, RESTART.id).object.name, "max_connections");
}

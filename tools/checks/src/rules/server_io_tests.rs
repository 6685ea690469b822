use super::*;
use crate::{Probe, Server, SharedIo, SlruCache, Snapshot, fixture};

fn with(io: SharedIo) -> Snapshot {
    Snapshot { server: fixture::server(), shared_io: Probe::Ok(io), ..Snapshot::default() }
}

#[test]
fn flushes_by_clients_are_a_rate() {
    let io = |backend_fsyncs| SharedIo { stats_age_s: Some(10.0 * DAY), backend_fsyncs, ..SharedIo::default() };
    assert_eq!(fixture::only(&with(io(100_000)), FSYNCS.id).severity, Severity::Medium);
    assert!(fixture::found(&with(io(20)), FSYNCS.id).is_empty());
}

#[test]
fn writes_by_clients_are_a_share_of_many() {
    let io = |clients, background| SharedIo {
        backend_writes: Some(clients),
        background_writes: Some(background),
        ..SharedIo::default()
    };
    assert!(fixture::only(&with(io(3_000_000, 1_000_000)), WRITES.id).title.contains("75 % of 4,000,000"));
    assert!(fixture::found(&with(io(1_000_000, 3_000_000)), WRITES.id).is_empty());
    assert!(fixture::found(&with(io(3_000, 1_000)), WRITES.id).is_empty());
}

#[test]
fn a_small_cache_that_misses_has_a_setting_since_17() {
    let snapshot = |version_num, name: &str, read| Snapshot {
        server: Probe::Ok(Server { version_num, ..Server::default() }),
        slru: Probe::Ok(vec![SlruCache { name: name.into(), hit: 500_000, read }]),
        ..Snapshot::default()
    };
    let fix = fixture::only(&snapshot(170_000, "subtransaction", 400_000), SLRU.id).fix.unwrap();
    assert_eq!(fix.statements, ["ALTER SYSTEM SET subtransaction_buffers = '4MB'"]);
    assert!(fixture::only(&snapshot(150_000, "Subtrans", 400_000), SLRU.id).fix.unwrap().statements.is_empty());
    assert!(fixture::found(&snapshot(150_000, "Subtrans", 4_000), SLRU.id).is_empty());
}

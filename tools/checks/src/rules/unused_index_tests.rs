use super::*;
use crate::{Probe, Server, Snapshot, Standby, Table, fixture};

fn snapshot(change: impl Fn(&mut Index)) -> Snapshot {
    let table = fixture::table(1, "orders", 100_000);
    let mut index = fixture::index(2, &table, "orders_note", &["note"]);
    index.scans = 0;
    change(&mut index);
    Snapshot {
        server: fixture::server(),
        tables: Probe::Ok(vec![table]),
        indexes: Probe::Ok(vec![index]),
        ..Snapshot::default()
    }
}

#[test]
fn the_finding_states_its_window() {
    let finding = fixture::only(&snapshot(|_| {}), RULE.id);
    assert!(finding.title.contains("was not used once in 30 days"), "{}", finding.title);
    let fix = finding.fix.unwrap();
    assert_eq!(fix.statements, ["DROP INDEX CONCURRENTLY public.orders_note"]);
    assert_eq!(fix.undo, ["CREATE INDEX CONCURRENTLY orders_note ON public.orders USING btree (note)"]);
}

#[test]
fn indexes_that_guard_data_are_never_listed() {
    let guards: [fn(&mut Index); 6] = [
        |index| index.unique = true,
        |index| index.constraint = Some("c".into()),
        |index| index.replica_identity = true,
        |index| index.referenced_by_foreign_key = true,
        |index| index.clustered = true,
        |index| index.partition_of = Some(7),
    ];
    for guard in guards {
        assert!(fixture::found(&snapshot(guard), RULE.id).is_empty());
    }
}

#[test]
fn a_foreign_keys_only_index_is_kept() {
    let mut snapshot = snapshot(|_| {});
    let child: Table = snapshot.tables.rows()[0].clone();
    let parent = fixture::table(8, "notes", 10);
    snapshot.constraints = Probe::Ok(vec![fixture::foreign_key(&child, &["note"], &parent, &["id"])]);
    assert!(fixture::found(&snapshot, RULE.id).is_empty());
}

#[test]
fn a_short_window_is_silent_and_a_standby_lowers_the_voice() {
    let mut short = snapshot(|_| {});
    short.server = Probe::Ok(Server { stats_age_s: Some(86_400.0), ..fixture::server().get().unwrap().clone() });
    assert!(fixture::found(&short, RULE.id).is_empty());
    let mut replicated = snapshot(|_| {});
    replicated.standbys = Probe::Ok(vec![Standby::default()]);
    assert_eq!(fixture::only(&replicated, RULE.id).severity, Severity::Info);
}

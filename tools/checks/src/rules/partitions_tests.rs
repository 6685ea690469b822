use super::*;
use crate::{Index, Probe, Server, Snapshot, fixture};

const DAY: i64 = 86_400;

fn parent() -> Table {
    Table {
        kind: TableKind::Partitioned,
        partition_key: Some("RANGE (created_at)".into()),
        ..fixture::table(1, "events", 0)
    }
}

fn partition(oid: u32, from: &str, to: &str) -> Table {
    Table {
        partition_of: Some(1),
        partition_bound: Some(format!("FOR VALUES FROM ('{from}') TO ('{to}')")),
        ..fixture::table(oid, &format!("events_{oid}"), 1_000)
    }
}

fn at(date: &str, tables: Vec<Table>) -> Snapshot {
    Snapshot {
        server: Probe::Ok(Server { unix_time: calendar::day(date).unwrap(), ..Server::default() }),
        tables: Probe::Ok(tables),
        ..Snapshot::default()
    }
}

#[test]
fn the_next_partition_is_missed_before_inserts_fail() {
    let tables = || {
        vec![
            parent(),
            partition(2, "2026-01-01", "2026-02-01"),
            partition(3, "2026-02-01 00:00:00+00", "2026-03-01 00:00:00+00"),
        ]
    };
    assert!(fixture::found(&at("2026-02-10", tables()), RULE.id).is_empty());
    let soon = fixture::only(&at("2026-02-27", tables()), RULE.id);
    assert_eq!(soon.severity, Severity::Medium);
    assert!(soon.title.contains("ends in 2 days") || soon.title.contains("ends in 48.0 h"), "{}", soon.title);
    assert_eq!(fixture::only(&at("2026-03-05", tables()), RULE.id).severity, Severity::High);
    let mut with_default = tables();
    with_default.push(Table { default_partition: true, ..partition(4, "", "") });
    assert_eq!(fixture::only(&at("2026-03-05", with_default), RULE.id).severity, Severity::Medium);
    assert!(fixture::found(&at("2027-03-05", tables()), RULE.id).is_empty(), "an archive");
    let by_number = vec![parent(), partition(2, "1", "1000")];
    assert!(fixture::found(&at("2026-03-05", by_number), RULE.id).is_empty());
    assert_eq!(calendar::day("1970-01-02"), Some(DAY));
}

#[test]
fn an_interrupted_detach_is_finished() {
    let half = Table { detach_pending: true, ..partition(2, "2026-01-01", "2026-02-01") };
    let finding = fixture::only(&at("2026-01-10", vec![parent(), half]), PENDING.id);
    assert_eq!(
        finding.fix.unwrap().statements,
        ["ALTER TABLE public.events DETACH PARTITION public.events_2 FINALIZE"]
    );
}

#[test]
fn many_partitions_are_counted() {
    let tables = |count: u32| {
        let mut tables = vec![parent()];
        tables.extend((2..2 + count).map(|oid| partition(oid, "x", "y")));
        tables
    };
    assert!(fixture::only(&at("2026-01-10", tables(1_001)), MANY.id).title.contains("1001 partitions"));
    assert!(fixture::found(&at("2026-01-10", tables(100)), MANY.id).is_empty());
}

#[test]
fn the_index_of_a_partitioned_table_needs_one_in_each_partition() {
    let (top, first, second) = (parent(), partition(2, "x", "y"), partition(3, "y", "z"));
    let on_top = Index { partitioned: true, valid: false, ..fixture::index(10, &top, "by_user", &["user_id"]) };
    let on_first = Index { partition_of: Some(10), ..fixture::index(11, &first, "by_user_2", &["user_id"]) };
    let snapshot =
        Snapshot { indexes: Probe::Ok(vec![on_top, on_first]), ..at("2026-01-10", vec![top, first, second]) };
    let finding = fixture::only(&snapshot, INDEX.id);
    assert!(finding.title.contains("1 of 2 partitions") && finding.title.contains("public.events_3"));
}

#[test]
fn a_look_up_without_the_key_searches_every_partition() {
    let snapshot = |sql: &str| {
        let mut tables = vec![parent()];
        tables.extend((2..22).map(|oid| partition(oid, "x", "y")));
        let statements = fixture::statements(vec![fixture::statement("7", sql, 50_000, 3.0, 50_000)]);
        Snapshot { statements, ..at("2026-01-10", tables) }
    };
    let finding = fixture::only(&snapshot("SELECT * FROM events WHERE id = $1"), UNPRUNED.id);
    assert!(finding.title.contains("all 20 partitions of public.events"));
    let keyed = snapshot("SELECT * FROM events WHERE id = $1 AND created_at = $2");
    assert!(fixture::found(&keyed, UNPRUNED.id).is_empty());
}

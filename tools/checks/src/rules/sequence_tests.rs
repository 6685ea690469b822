use super::*;
use crate::{ColumnStats, Constraint, Probe, RelationName, SequenceOwner, Snapshot, Table, fixture};

fn sequence(data_type: &str, last: i64, column_type: Option<&str>) -> Sequence {
    let table = RelationName::new("public", "orders");
    Sequence {
        name: RelationName::new("public", "orders_id_seq"),
        data_type: data_type.into(),
        last_value: Some(last),
        start: 1,
        min: 1,
        max: if data_type == "bigint" { i64::MAX } else { i64::from(i32::MAX) },
        increment: 1,
        cycle: false,
        owner: column_type.map(|column_type| SequenceOwner {
            table: 1,
            relation: table,
            column: "id".into(),
            column_type: column_type.into(),
            identity: true,
        }),
    }
}

fn snapshot(sequence: Sequence) -> Snapshot {
    let small = Table { oid: 1, reltuples: 100.0, ..Table::default() };
    Snapshot { sequences: Probe::Ok(vec![sequence]), tables: Probe::Ok(vec![small]), ..Snapshot::default() }
}

#[test]
fn the_narrower_of_sequence_and_column_decides() {
    let finding = fixture::only(&snapshot(sequence("bigint", 2_000_000_000, Some("int4"))), RULE.id);
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(finding.fix.unwrap().statements, ["ALTER TABLE public.orders ALTER COLUMN id TYPE bigint"]);

    let fix = fixture::only(&snapshot(sequence("integer", 1_600_000_000, Some("int8"))), RULE.id).fix.unwrap();
    assert_eq!(fix.statements, ["ALTER SEQUENCE public.orders_id_seq AS bigint NO MAXVALUE"]);
    assert_eq!(fixture::found(&snapshot(sequence("integer", 1_600_000_000, None)), RULE.id).len(), 1);
    assert_eq!(fixture::found(&snapshot(sequence("bigint", 30_000, Some("int2"))), RULE.id).len(), 1);
}

#[test]
fn bigints_young_and_cycling_sequences_are_fine() {
    assert!(fixture::found(&snapshot(sequence("bigint", 2_000_000_000, Some("int8"))), RULE.id).is_empty());
    assert!(fixture::found(&snapshot(sequence("integer", 1_000_000, Some("int4"))), RULE.id).is_empty());
    let cycling = Sequence { cycle: true, ..sequence("integer", 2_000_000_000, Some("int4")) };
    assert!(fixture::found(&snapshot(cycling.clone()), RULE.id).is_empty());
    let too_wide = Sequence { max: i64::MAX, ..cycling };
    assert_eq!(fixture::found(&snapshot(too_wide), RULE.id).len(), 1, "the column ends before the cycle");
}

#[test]
fn downward_sequences_run_out_too() {
    let down = Sequence { increment: -1, start: -1, max: -1, min: i64::from(i32::MIN), ..sequence("integer", -2_000_000_000, None) };
    assert_eq!(fixture::found(&snapshot(down), RULE.id).len(), 1);
}

#[test]
fn referring_columns_are_named() {
    let parent = fixture::table(1, "orders", 10);
    let child = fixture::table(2, "items", 10);
    let mut snapshot = snapshot(sequence("integer", 2_100_000_000, Some("int4")));
    snapshot.constraints = Probe::Ok(vec![fixture::foreign_key(&child, &["order_id"], &parent, &["id"])]);
    let notes = fixture::only(&snapshot, RULE.id).fix.unwrap().notes.unwrap();
    assert!(notes.contains("public.items.order_id"), "{notes}");
}

#[test]
fn a_key_without_a_sequence_is_judged_by_its_values() {
    let table = fixture::table(1, "orders", 10);
    let stats = ColumnStats { max_value: Some(2_050_000_000), ..ColumnStats::default() };
    let key = Constraint {
        kind: ConstraintKind::PrimaryKey,
        table: 1,
        relation: table.name.clone(),
        columns: vec!["id".into()],
        validated: true,
        ..Constraint::default()
    };
    let mut snapshot = Snapshot {
        columns: Probe::Ok(vec![fixture::with_stats(fixture::column(&table, "id", "int4"), stats)]),
        constraints: Probe::Ok(vec![key]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot, KEY.id).severity, Severity::High);
    snapshot.sequences = Probe::Ok(vec![sequence("integer", 5, Some("int4"))]);
    assert!(fixture::found(&snapshot, KEY.id).is_empty(), "the sequence knows better");
}

#[test]
fn a_large_table_is_not_rewritten_at_once() {
    let mut snapshot = snapshot(sequence("bigint", 2_000_000_000, Some("int4")));
    snapshot.tables = Probe::Ok(vec![Table { oid: 1, reltuples: 5e6, relpages: 50_000, ..Table::default() }]);
    let fix = fixture::only(&snapshot, RULE.id).fix.unwrap();
    assert!(fix.statements.is_empty());
    assert!(fix.notes.unwrap().contains("dbwright migrate new 'change type of public.orders.id to bigint'"));
}

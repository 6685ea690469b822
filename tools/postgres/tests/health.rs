//! `check_health` on real servers: planted faults are found, healthy databases are silent, and
//! what cannot be read is a stated gap.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_checks::{Part, Thresholds};
use dbwright_contract::Tool;
use dbwright_finding::Severity;
use dbwright_postgres::{CheckHealth, CheckHealthArgs, Databases, Health, check, snapshot};
use support::{Fixture, cx};

/// The rules that fired, once each.
fn rules(health: &Health) -> Vec<&str> {
    let mut rules: Vec<&str> = health.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[tokio::test]
async fn every_part_can_be_read_by_a_superuser() {
    let fixture = Fixture::new("health_parts").await;
    fixture
        .sql(
            "CREATE EXTENSION pg_stat_statements;
             CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
             CREATE TABLE child (id serial PRIMARY KEY, parent_id bigint REFERENCES parent ON DELETE CASCADE, note text);
             CREATE INDEX child_note ON child (parent_id, lower(note) DESC) INCLUDE (id) WHERE note IS NOT NULL;
             INSERT INTO parent (name) SELECT 'n' || i FROM generate_series(1, 1000) i;
             INSERT INTO child (parent_id, note) SELECT i, 'x' FROM generate_series(1, 1000) i;
             ANALYZE",
        )
        .await;
    let snapshot = snapshot(&fixture.db, &Part::ALL).await.unwrap();
    assert_eq!(dbwright_checks::gaps(&snapshot), Vec::<String>::new());
    let child = snapshot.tables.rows().iter().find(|table| table.name.name == "child").unwrap();
    assert_eq!((child.reltuples as i64, child.columns_with_stats, child.column_count), (1000, Some(3), 3));
    assert!(child.heap_bytes > 0 && !child.size_estimated);
    let index = snapshot.indexes.rows().iter().find(|index| index.name.name == "child_note").unwrap();
    assert_eq!(index.key_names(), ["parent_id", "lower(note)"]);
    assert!(index.keys[1].descending && index.keys[1].column.is_none() && index.valid);
    assert_eq!(
        (index.include.clone(), index.predicate.as_deref()),
        (vec!["id".to_owned()], Some("(note IS NOT NULL)"))
    );
    let key = snapshot.constraints.rows().iter().find(|constraint| constraint.references.is_some()).unwrap();
    let reference = key.references.as_ref().unwrap();
    assert_eq!((key.columns.clone(), reference.columns.clone()), (vec!["parent_id".to_owned()], vec!["id".to_owned()]));
    assert_eq!((reference.on_delete.as_str(), reference.relation.name.as_str()), ("cascade", "parent"));
    let owners: Vec<(String, bool, String, Option<i64>)> = snapshot
        .sequences
        .rows()
        .iter()
        .filter_map(|sequence| {
            let owner = sequence.owner.as_ref()?;
            Some((
                format!("{}.{}", owner.relation.name, owner.column),
                owner.identity,
                owner.column_type.clone(),
                sequence.last_value,
            ))
        })
        .collect();
    assert_eq!(
        owners,
        [
            ("child.id".to_owned(), false, "int4".to_owned(), Some(1000)),
            ("parent.id".to_owned(), true, "int8".to_owned(), Some(1000))
        ]
    );
    let id = snapshot.columns.rows().iter().find(|column| column.name == "id" && column.table == child.oid).unwrap();
    assert_eq!((id.base_type.as_str(), id.stats.as_ref().unwrap().max_value), ("int4", Some(1000)));
}

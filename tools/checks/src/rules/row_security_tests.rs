use super::*;
use crate::{PolicyFunction, Probe, Snapshot, Table, fixture};

fn policy(table: &Table, using: &str, volatility: &str) -> Policy {
    Policy {
        name: "own_rows".into(),
        table: table.oid,
        relation: table.name.clone(),
        permissive: true,
        command: "ALL".into(),
        roles: vec!["public".into()],
        using: Some(using.into()),
        functions: vec![PolicyFunction {
            schema: "app".into(),
            name: "tenant".into(),
            volatility: volatility.into(),
        }],
        ..Policy::default()
    }
}

fn snapshot(rows: i64, enabled: bool, using: &str, volatility: &str) -> Snapshot {
    let table = Table { row_security: enabled, ..fixture::table(1, "documents", rows) };
    Snapshot {
        policies: Probe::Ok(vec![policy(&table, using, volatility)]),
        columns: Probe::Ok(vec![fixture::column(&table, "tenant_id", "int8")]),
        indexes: Probe::Ok(vec![fixture::primary_key(2, &table, "id")]),
        tables: Probe::Ok(vec![table]),
        ..Snapshot::default()
    }
}

const PLAIN: &str = "(tenant_id = app.tenant())";
const WRAPPED: &str = "(tenant_id = ( SELECT app.tenant() AS tenant))";

#[test]
fn policies_protect_only_where_they_are_enforced() {
    let off = snapshot(10, false, WRAPPED, "stable");
    assert_eq!(fixture::only(&off, RULE.id).severity, Severity::High);
    assert!(fixture::found(&snapshot(10, true, WRAPPED, "stable"), RULE.id).is_empty());
    let mut none = snapshot(10, true, WRAPPED, "stable");
    none.policies = Probe::Ok(Vec::new());
    assert_eq!(fixture::found(&none, NO_POLICY.id).len(), 1);
}

#[test]
fn volatility_size_and_wrapping_decide_on_calls() {
    let severity = |rows, using, volatility| {
        fixture::found(&snapshot(rows, true, using, volatility), PER_ROW.id).first().map(|finding| finding.severity)
    };
    assert_eq!(severity(50_000, PLAIN, "volatile"), Some(Severity::High));
    assert_eq!(severity(10, PLAIN, "volatile"), Some(Severity::Medium));
    assert_eq!(severity(10, PLAIN, "stable"), Some(Severity::Low));
    assert_eq!(severity(50_000, PLAIN, "immutable"), None);
    assert_eq!(severity(50_000, WRAPPED, "volatile"), None);
}

#[test]
fn the_filtered_column_wants_an_index() {
    let mut bare = snapshot(50_000, true, WRAPPED, "stable");
    assert_eq!(fixture::only(&bare, NO_INDEX.id).object.columns, ["tenant_id"]);
    let table = bare.tables.rows()[0].clone();
    bare.indexes = Probe::Ok(vec![fixture::index(3, &table, "by_tenant", &["tenant_id", "id"])]);
    assert!(fixture::found(&bare, NO_INDEX.id).is_empty());
    assert!(fixture::found(&snapshot(100, true, WRAPPED, "stable"), NO_INDEX.id).is_empty());
}

#[test]
fn open_policies_for_writing_are_reported() {
    assert_eq!(fixture::found(&snapshot(10, true, "true", "stable"), OPEN.id).len(), 1);
    let mut reading = snapshot(10, true, "true", "stable");
    if let Probe::Ok(policies) = &mut reading.policies {
        policies[0].command = "SELECT".into();
    }
    assert!(fixture::found(&reading, OPEN.id).is_empty());
}

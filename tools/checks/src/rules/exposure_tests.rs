use super::*;
use crate::{DefinerFunction, Probe, RelationName, SchemaGrant, Snapshot, Table, View, fixture};

fn grant(role: &str, write: bool) -> Grant {
    Grant { role: role.into(), read: true, write }
}

fn with(tables: Vec<Table>) -> Snapshot {
    Snapshot {
        server: fixture::server(),
        tables: Probe::Ok(tables),
        schema_grants: Probe::Ok(vec![SchemaGrant {
            schema: "public".into(),
            usage: vec!["public".into(), "anon".into()],
            ..SchemaGrant::default()
        }]),
        ..Snapshot::default()
    }
}

#[test]
fn a_table_open_to_the_api_needs_policies() {
    let table = |role: &str, write, row_security| Table {
        grants: vec![grant(role, write)],
        row_security,
        ..fixture::table(1, "notes", 10)
    };
    assert_eq!(fixture::only(&with(vec![table("anon", true, false)]), RULE.id).severity, Severity::High);
    assert_eq!(fixture::only(&with(vec![table("anon", false, false)]), RULE.id).severity, Severity::Medium);
    assert!(fixture::found(&with(vec![table("anon", true, true)]), RULE.id).is_empty());
    assert!(fixture::found(&with(vec![table("reporting", true, false)]), RULE.id).is_empty());
}

#[test]
fn secrets_are_known_by_their_names() {
    let table = Table { grants: vec![grant("public", false)], ..fixture::table(1, "users", 10) };
    let snapshot = |name: &str| Snapshot {
        columns: Probe::Ok(vec![fixture::column(&table, name, "text")]),
        ..with(vec![table.clone()])
    };
    assert_eq!(fixture::only(&snapshot("user_password"), SENSITIVE.id).object.columns, ["user_password"]);
    assert!(fixture::found(&snapshot("password_changed_at"), SENSITIVE.id).is_empty());
}

#[test]
fn copies_have_no_policies() {
    let view = |kind| View {
        name: RelationName::new("public", "totals"),
        kind,
        grants: vec![grant("anon", false)],
        ..View::default()
    };
    let snapshot = |kind| Snapshot { views: Probe::Ok(vec![view(kind)]), ..with(Vec::new()) };
    let fix = fixture::only(&snapshot(ViewKind::Materialized), COPIES.id).fix.unwrap();
    assert_eq!(fix.undo, ["GRANT SELECT ON public.totals TO anon"]);
    assert!(fixture::found(&snapshot(ViewKind::View), COPIES.id).is_empty());
}

#[test]
fn a_view_with_its_owners_rights_shows_every_row() {
    let view = |security_invoker, bypassed: &[&str]| View {
        name: RelationName::new("public", "all_notes"),
        owner: "postgres".into(),
        security_invoker,
        bypassed: bypassed.iter().map(|name| (*name).to_owned()).collect(),
        grants: vec![grant("app", false)],
        ..View::default()
    };
    let snapshot = |view| Snapshot { views: Probe::Ok(vec![view]), ..with(Vec::new()) };
    let finding = fixture::only(&snapshot(view(false, &["public.notes"])), VIEW.id);
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(finding.fix.unwrap().statements, ["ALTER VIEW public.all_notes SET (security_invoker = true)"]);
    assert!(fixture::found(&snapshot(view(true, &["public.notes"])), VIEW.id).is_empty());
    assert!(fixture::found(&snapshot(view(false, &[])), VIEW.id).is_empty());
}

#[test]
fn definer_functions_in_reach_of_the_api() {
    let function = DefinerFunction {
        function: RelationName::new("public", "promote"),
        arguments: "integer".into(),
        owner: "owner".into(),
        fixed_search_path: true,
        public_execute: true,
        ..DefinerFunction::default()
    };
    let snapshot = |function| Snapshot { definer_functions: Probe::Ok(vec![function]), ..with(Vec::new()) };
    assert_eq!(fixture::only(&snapshot(function.clone()), FUNCTION.id).severity, Severity::Medium);
    let closed = DefinerFunction { public_execute: false, ..function };
    assert!(fixture::found(&snapshot(closed), FUNCTION.id).is_empty());
}

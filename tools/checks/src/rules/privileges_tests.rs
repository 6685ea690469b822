use super::*;
use crate::{DefinerFunction, Probe, RelationName, SchemaGrant, Server, Snapshot, fixture};

#[test]
fn create_for_everybody_is_milder_where_it_is_the_default() {
    let snapshot = |version_num| Snapshot {
        server: Probe::Ok(Server { version_num, ..Server::default() }),
        schema_grants: Probe::Ok(vec![
            SchemaGrant { schema: "public".into(), public_create: true, ..SchemaGrant::default() },
            SchemaGrant { schema: "app".into(), ..SchemaGrant::default() },
        ]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot(150_000), RULE.id).severity, Severity::Medium);
    assert_eq!(fixture::only(&snapshot(140_000), RULE.id).severity, Severity::Low);
}

#[test]
fn definer_functions_need_a_fixed_path() {
    let function = DefinerFunction {
        function: RelationName::new("app", "promote"),
        arguments: "integer, text".into(),
        owner: "postgres".into(),
        owner_superuser: true,
        fixed_search_path: false,
        public_execute: true,
        executable_by: Vec::new(),
    };
    let snapshot =
        |function| Snapshot { definer_functions: Probe::Ok(vec![function]), ..Snapshot::default() };
    let finding = fixture::only(&snapshot(function.clone()), DEFINER.id);
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(
        finding.fix.unwrap().statements,
        ["ALTER FUNCTION app.promote(integer, text) SET search_path = pg_catalog, pg_temp"]
    );
    assert!(fixture::found(&snapshot(DefinerFunction { fixed_search_path: true, ..function.clone() }), DEFINER.id).is_empty());
    assert!(fixture::found(&snapshot(DefinerFunction { public_execute: false, ..function }), DEFINER.id).is_empty());
}

#[test]
fn md5_passwords() {
    let snapshot = |method| Snapshot {
        server: fixture::server(),
        settings: fixture::settings(&[("password_encryption", method, "")]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot("md5"), PASSWORDS.id).severity, Severity::Low);
    assert!(fixture::found(&snapshot("scram-sha-256"), PASSWORDS.id).is_empty());
}
